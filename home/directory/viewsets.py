"""People and places in the Wagtail admin: 组织机构."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.admin.widgets import BaseChooser

from home.directory.forms import (
    DepartmentForm,
    MembershipDatesForm,
    MembershipForm,
    WorkdayExceptionForm,
)
from home.directory.models import Area, Department, Membership, Unit, WorkdayException


class RefusedDeleteView(generic.DeleteView):
    """Says why something is never deleted, and leads back to the list."""

    refusal: str | Promise = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        messages.error(request, self.refusal)
        return redirect(self.index_url_name)


class DirectoryViewSet(ModelViewSet):
    """What the five lists share: the ORM's own search, which finds Chinese, and no copying."""

    copy_view_enabled = False
    add_to_reference_index = False
    search_backend_name = None
    list_per_page = 50
    related: tuple[str, ...] = ()

    @cached_property
    def index_view_class(self) -> type[generic.IndexView]:
        related = self.related

        class IndexView(generic.IndexView):
            def get_base_queryset(self) -> QuerySet[Any]:
                queryset: QuerySet[Any] = super().get_base_queryset()
                return queryset.select_related(*related) if related else queryset

        return IndexView


class DepartmentDeleteView(RefusedDeleteView):
    refusal = _("部门不能删除：文件、单位和办件都以它为据。")


class DepartmentViewSet(DirectoryViewSet):
    model = Department
    name = "departments"
    url_prefix = "directory/departments"
    icon = "group"
    menu_order = 100
    delete_view_class = DepartmentDeleteView
    inspect_view_enabled = True
    list_display = ["name", "short_name", "code"]
    search_fields = ["name", "short_name", "local_name", "code"]
    ordering = ["sort_order", "code"]

    def get_form_class(self, for_update: bool = False) -> type[ModelForm]:
        return DepartmentForm


class AreaDeleteView(RefusedDeleteView):
    refusal = _("行政区划不能删除：单位和办件都以它为据。区划随版本更新。")


class AreaViewSet(DirectoryViewSet):
    model = Area
    name = "areas"
    url_prefix = "directory/areas"
    icon = "globe"
    menu_order = 200
    delete_view_class = AreaDeleteView
    inspect_view_enabled = True
    inspect_view_fields = ["code", "name", "full_name", "level", "parent"]
    list_display = ["full_name", "code", "level"]
    list_filter = ["level"]
    search_fields = ["full_name", "code"]
    ordering = ["code"]
    form_fields = ["name"]  # never shown: nobody may change an area here


class UnitDeleteView(RefusedDeleteView):
    refusal = _("单位不能删除：办件和任职都以它为据。不再使用的单位请取消“启用”。")


class UnitViewSet(DirectoryViewSet):
    model = Unit
    name = "units"
    url_prefix = "directory/units"
    icon = "home"
    menu_order = 300
    delete_view_class = UnitDeleteView
    related = ("department", "area")
    list_display = [
        "name",
        Column("department", label=_("部门"), accessor="department.short_name"),
        Column("area", label=_("区划"), accessor="area.full_name"),
        "email",
        "phone",
        BooleanColumn("active", label=_("启用")),
    ]
    list_filter = ["department", "active"]
    search_fields = [
        "name",
        "area__full_name",
        "area__code",
        "department__name",
        "department__short_name",
    ]
    form_fields = ["name", "email", "phone", "active"]


class UnitFilterForm(BaseFilterForm):
    """The chooser's search: Wagtail's own finds nothing in Chinese."""

    q = forms.CharField(
        label=_("查找"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": _("单位名称，如：和平区民政")}),
    )

    def filter(self, objects: QuerySet[Unit]) -> QuerySet[Unit]:
        objects = super().filter(objects)
        query = self.cleaned_data.get("q")
        if not query:
            return objects
        self.is_searching = True
        self.search_query = query
        return objects.filter(
            Q(name__icontains=query)
            | Q(department__short_name__icontains=query)
            | Q(area__code=query)
        )


class UnitChooseView(chooser.ChooseView):
    filter_form_class = UnitFilterForm


class UnitChooseResultsView(chooser.ChooseResultsView):
    filter_form_class = UnitFilterForm


class UnitChooserWidget(BaseChooser):
    """Shows nothing for what is no id, where Wagtail's own fails before the form can speak."""

    def get_instance(self, value: Any) -> Unit | None:
        if value is None or isinstance(value, Unit):
            return value
        try:
            return Unit.objects.filter(pk=int(value)).first()
        except (TypeError, ValueError, OverflowError):
            return None


class UnitChooserViewSet(ChooserViewSet):
    """Lets any form of the admin choose one of the units."""

    model = Unit
    icon = "home"
    choose_one_text = _("选择单位")
    choose_another_text = _("另选单位")
    edit_item_text = _("编辑单位")
    base_widget_class = UnitChooserWidget
    choose_view_class = UnitChooseView
    choose_results_view_class = UnitChooseResultsView

    def get_object_list(self) -> QuerySet[Unit]:
        return Unit.objects.filter(active=True)


unit_chooser = UnitChooserViewSet("unit_chooser", url_prefix="directory/unit-chooser")


class MembershipCreationForm(MembershipForm):
    class Meta(MembershipForm.Meta):
        # 2,436 units are too many for a drop-down list.
        widgets = {**MembershipForm.Meta.widgets, "unit": unit_chooser.widget_class}


class MembershipEditView(generic.EditView):
    def get_page_subtitle(self) -> str:
        return f"{self.object.user.get_short_name()} · {self.object}"


class MembershipViewSet(DirectoryViewSet):
    model = Membership
    edit_view_class = MembershipEditView
    name = "memberships"
    url_prefix = "directory/memberships"
    icon = "user"
    menu_order = 400
    related = ("user", "unit")
    list_display = [
        "__str__",
        Column("user", label=_("用户"), accessor="user.get_short_name"),
        Column("username", label=_("用户名"), accessor="user.username", sort_key="user__username"),
        "valid_from",
        "valid_to",
    ]
    list_filter = ["role"]
    search_fields = ["user__username", "user__last_name", "user__first_name", "unit__name"]
    ordering = ["user__username", "unit__area__code", "role"]

    def get_form_class(self, for_update: bool = False) -> type[ModelForm]:
        return MembershipDatesForm if for_update else MembershipCreationForm


class WorkdayExceptionViewSet(DirectoryViewSet):
    model = WorkdayException
    name = "workday_exceptions"
    url_prefix = "directory/working-days"
    icon = "calendar"
    menu_order = 500
    list_display = ["date", "kind", "note", "source"]
    list_filter = ["kind"]
    search_fields = ["note", "source"]
    ordering = ["-date"]

    def get_form_class(self, for_update: bool = False) -> type[ModelForm]:
        return WorkdayExceptionForm


class DirectoryViewSetGroup(ModelViewSetGroup):
    menu_label = _("组织机构")
    menu_icon = "group"
    menu_order = 700
    items = (
        DepartmentViewSet,
        AreaViewSet,
        UnitViewSet,
        MembershipViewSet,
        WorkdayExceptionViewSet,
    )
