"""In the admin: no listing of answers, and no deletion of a form that has some."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.widgets import Button
from wagtail.models import Page

from forms.builder import exchange_views
from forms.builder.models import FormPage, RequestIndexPage
from forms.builder.selectors import forms_with_submissions


@hooks.register("filter_form_submissions_for_user")
def nobody_reads_answers_here(user: Any, editable_forms: Any) -> Any:
    """Empties Wagtail's own listing, export and deletion of submissions, and hides its menu."""
    return editable_forms.none()


@hooks.register("register_admin_urls")
def exchange_urls() -> list[URLPattern]:
    return exchange_views.urlpatterns


@hooks.register("register_page_header_buttons")
def exchange_buttons(
    page: Page, user: Any, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    """Templates beside the list of forms; a form's file in its own menu."""
    specific = page.specific_deferred
    rights = page.permissions_for_user(user)
    if isinstance(specific, RequestIndexPage) and rights.can_add_subpage():
        url = reverse("builder_begin", args=[page.pk])
        yield Button(_("用模板新建表单"), url, icon_name="form", priority=12)
    if isinstance(specific, FormPage) and rights.can_edit():
        url = reverse("builder_export", args=[page.pk])
        yield Button(_("导出表单"), url, icon_name="download", priority=80)
        url = reverse("builder_import", args=[page.pk])
        yield Button(_("导入表单"), url, icon_name="upload", priority=81)


@hooks.register("before_delete_page")
def keep_forms_with_submissions(request: HttpRequest, page: Page) -> HttpResponse | None:
    return _refuse(request, [page])


@hooks.register("before_bulk_action")
def keep_forms_in_bulk(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    if action_type != "delete":
        return None
    return _refuse(request, [item for item in objects if isinstance(item, Page)])


def _refuse(request: HttpRequest, pages: list[Page]) -> HttpResponse | None:
    kept: list[FormPage] = forms_with_submissions(pages)
    if not kept:
        return None
    names = "、".join(f"“{form.title}”" for form in kept)
    messages.error(
        request,
        _("不能删除：%s已经收到提交的内容，必须保留。请改为“取消发布”，公众就看不到它了。") % names,
    )
    return redirect("wagtailadmin_explore", pages[0].get_parent().pk)
