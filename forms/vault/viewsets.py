"""In the admin: notices and their versions (告知书), and how long content is kept (保存期限)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from forms.vault import reference, retention
from forms.vault.forms import NextVersionForm
from forms.vault.models import ConsentText, RetentionClass


class NextVersionView(generic.CreateView):
    """Begins with the last version of the text that is named, and publishes the next."""

    def get_initial_form_instance(self) -> ConsentText | None:
        texts = ConsentText.objects.order_by("-created_at", "-pk")
        wanted = self.request.GET.get("from", "")
        last = texts.filter(key=wanted).first() if wanted else texts.first()
        if last is None:
            return None
        return ConsentText(key=last.key, title=last.title, statement=last.statement, body=last.body)

    def save_instance(self) -> ConsentText:
        typed = self.form.cleaned_data
        last = ConsentText.objects.filter(key=typed["key"]).order_by("-version")[0]
        return reference.add_version(
            typed["key"],
            title=typed["title"],
            statement=typed["statement"],
            body=typed["body"],
            basis=last.basis,
            published_by=self.request.user,
        )


class ConsentTextViewSet(ModelViewSet):
    """Every version there was. A new one is written from the last; none is edited or deleted."""

    model = ConsentText
    name = "notices"
    url_prefix = "notices"
    icon = "doc-full"
    add_to_admin_menu = True
    menu_label = _("告知书")
    menu_order = 510
    add_view_class = NextVersionView
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
        return _as_families_see_it


@never_cache
def _as_families_see_it(request: HttpRequest, pk: int) -> HttpResponse:
    text = get_object_or_404(ConsentText, pk=pk)
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
    list_display = ["name", "days", "source", "is_example"]
    form_fields = ["name", "days", "source", "is_example"]
