"""In the admin: notices and their versions (告知书), and how long content is kept (保存期限)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from forms.vault import reference, retention
from forms.vault.forms import NextVersionForm
from forms.vault.models import ConsentText, RetentionClass
from forms.vault.services import current_text


class NextVersionView(generic.CreateView):
    """Begins with the last version of the text that is named, and publishes the next."""

    page_title = _("写下一版")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.key = request.GET.get("from", "")
        if not ConsentText.objects.filter(key=self.key).exists():
            messages.info(request, _("请先打开要改的文本，再按“写下一版”。"))
            return redirect("notices:index")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_add_url(self) -> str:
        return f"{super().get_add_url()}?{urlencode({'from': self.key})}"

    def get_initial_form_instance(self) -> ConsentText:
        last = current_text(self.key)
        return ConsentText(title=last.title, statement=last.statement, body=last.body)

    def form_valid(self, form: NextVersionForm) -> HttpResponse:
        if "preview" in self.request.POST:
            typed = {name: form.cleaned_data[name] for name in form.Meta.fields}
            last = current_text(self.key)
            text = ConsentText(key=self.key, version=last.version + 1, basis=last.basis, **typed)
            return _as_families_see(self.request, text)
        response: HttpResponse = super().form_valid(form)
        return response

    def save_instance(self) -> ConsentText:
        typed = self.form.cleaned_data
        last = current_text(self.key)
        return reference.add_version(
            self.key,
            title=typed["title"],
            statement=typed["statement"],
            body=typed["body"],
            basis=last.basis,
            published_by=self.request.user,
        )


class VersionsView(generic.IndexView):
    """No button to add a text: the next version is written from the last one."""

    def get_add_url(self) -> None:
        return None


class ConsentTextViewSet(ModelViewSet):
    """Every version there was. A new one is written from the last; none is edited or deleted."""

    model = ConsentText
    name = "notices"
    url_prefix = "notices"
    icon = "doc-full"
    add_to_admin_menu = True
    menu_label = _("告知书")
    menu_order = 510
    index_view_class = VersionsView
    add_view_class = NextVersionView
    create_template_name = "vault/create_notice.html"
    copy_view_enabled = False
    inspect_view_enabled = True
    inspect_template_name = "vault/inspect_notice.html"
    inspect_view_fields = ["key", "version", "basis", "published_by", "created_at"]
    add_to_reference_index = False
    search_backend_name = None
    list_display = [
        "title",
        "key",
        "version",
        "basis",
        "created_at",
        Column("published_by", label=_("发布人"), accessor=lambda text: _publisher(text)),
    ]
    list_filter = ["key"]
    ordering = ["key", "-version"]

    def get_form_class(self, for_update: bool = False) -> type[NextVersionForm]:
        return NextVersionForm

    def get_urlpatterns(self) -> list[URLPattern]:
        seen = path("seen/<int:pk>/", self.seen, name="seen")
        return [*super().get_urlpatterns(), seen]

    @property
    def seen(self) -> Any:
        return _seen


@never_cache
def _seen(request: HttpRequest, pk: int) -> HttpResponse:
    return _as_families_see(request, get_object_or_404(ConsentText, pk=pk))


def _as_families_see(request: HttpRequest, text: ConsentText) -> HttpResponse:
    return render(request, "vault/notice.html", {"text": text})


def _publisher(text: ConsentText) -> str:
    return text.published_by.get_short_name() if text.published_by else str(_("系统装载"))


class RetentionEditView(generic.EditView):
    """Moves the day of all that is kept under the class, with the change itself."""

    def save_instance(self) -> RetentionClass:
        row: RetentionClass = super().save_instance()
        retention.apply_changed_term(row)
        return row


class RetentionClassViewSet(ModelViewSet):
    """The days an administrator sets. The classes themselves come with the product."""

    model = RetentionClass
    name = "retention"
    url_prefix = "retention"
    icon = "time"
    add_to_admin_menu = True
    menu_label = _("保存期限")
    menu_order = 520
    edit_view_class = RetentionEditView
    copy_view_enabled = False
    add_to_reference_index = False
    search_backend_name = None
    list_display = [
        "name",
        "days",
        "source",
        Column(
            "checked",
            label=_("核定"),
            accessor=lambda row: _("示例，待核定") if row.is_example else _("已核定"),
        ),
    ]
    form_fields = ["name", "days", "source", "is_example"]
