"""Pages that others rest on are archived, never deleted; Wagtail's ways of deleting say so."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from wagtail import hooks
from wagtail.models import Page

from home.pages.keeping import reasons_to_keep
from home.pages.releases import wagtail_hooks as releases  # noqa: F401 (registers its hooks)
from home.pages.review import admin as review_admin  # noqa: F401 (registers its hooks)


@hooks.register("before_delete_page")
def refuse_to_delete(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Deleting one page (and with it everything below)."""
    reasons = reasons_to_keep([page])
    if not reasons or request.method != "POST":
        return None
    messages.error(request, _refusal(reasons))
    return redirect("wagtailadmin_explore", page.get_parent().pk)


@hooks.register("before_bulk_action")
def refuse_to_delete_in_bulk(
    request: HttpRequest, action_type: str, objects: Sequence[object], action: object
) -> HttpResponse | None:
    """Deleting several pages from the listing."""
    if action_type != "delete":
        return None
    reasons = reasons_to_keep([page for page in objects if isinstance(page, Page)])
    if not reasons:
        return None
    messages.error(request, _refusal(reasons))
    return redirect("wagtailadmin_explore_root")


def _refusal(reasons: Sequence[str]) -> str:
    return _("没有删除。%(reasons)s 请改用“取消发布”。") % {"reasons": "".join(reasons)}
