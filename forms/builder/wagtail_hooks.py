"""In the admin: no listing of answers, and no deletion of a form that has some."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Page

from forms.builder.models import FormPage
from forms.builder.selectors import forms_with_submissions


@hooks.register("filter_form_submissions_for_user")
def nobody_reads_answers_here(user: Any, editable_forms: Any) -> Any:
    """Empties Wagtail's own listing, export and deletion of submissions, and hides its menu."""
    return editable_forms.none()


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
