"""What editors see of editions: the draft beside the live text, and the list of all editions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.menus.pages import PageMenuItem
from wagtail.admin.widgets.button import Button, ListingButton
from wagtail.models import Page

from home.policies import history
from home.policies.comparing import comparison
from home.policies.models import PolicyPage
from home.policies.snapshots import snapshot


def compare(request: HttpRequest, page_id: int) -> HttpResponse:
    """The draft beside what the public reads, clause by clause."""
    policy = _policy_for(request, page_id)
    public = policy.published_as
    live = public.editions.order_by("-number").first()
    draft = policy.get_latest_revision_as_object()
    return _page(
        request,
        policy,
        _("与线上对比"),
        "policies/admin/compare.html",
        edition=live,
        is_public=public.live,
        comparison=comparison(live.content, snapshot(draft)) if live else None,
        editions_url=reverse("policies_editions", args=[public.pk]),
    )


def editions(request: HttpRequest, page_id: int) -> HttpResponse:
    """All editions of a policy, with who published each of them."""
    policy = _policy_for(request, page_id)
    found = list(policy.editions.order_by("number").select_related("published_by"))
    return _page(
        request,
        policy,
        _("历次版本"),
        "policies/admin/editions.html",
        rows=list(zip(history.edition_rows(found), found[::-1], strict=True)),
        compare_url=reverse("policies_compare", args=[policy.pk]),
    )


def _policy_for(request: HttpRequest, page_id: int) -> PolicyPage:
    policy = get_object_or_404(PolicyPage, pk=page_id)
    rights = policy.permissions_for_user(request.user)
    if not (rights.can_edit() or rights.can_publish()):
        raise PermissionDenied
    return policy


def _page(
    request: HttpRequest, policy: PolicyPage, title: str, template: str, **context: Any
) -> HttpResponse:
    section = policy.get_parent()
    edit_url = reverse("wagtailadmin_pages:edit", args=[policy.pk])
    return TemplateResponse(
        request,
        template,
        {
            **context,
            "policy": policy,
            "page_title": title,
            "header_title": f"{title}：{policy.get_admin_display_title()}",
            "header_icon": "history",
            "breadcrumbs_items": [
                {
                    "url": reverse("wagtailadmin_explore", args=[section.pk]),
                    "label": section.get_admin_display_title(),
                },
                {"url": edit_url, "label": policy.get_admin_display_title()},
                {"url": "", "label": title},
            ],
            "edit_url": edit_url,
        },
    )


urlpatterns: list[URLPattern] = [
    path("policies/<int:page_id>/compare/", compare, name="policies_compare"),
    path("policies/<int:page_id>/editions/", editions, name="policies_editions"),
]


class CompareItem(PageMenuItem):
    """Leads to `compare`, for whoever may edit a policy that has been published."""

    label = gettext_lazy("与线上对比")
    icon_name = "resubmit"
    url_name = "policies_compare"

    def is_shown(self, user: Any) -> bool:
        return isinstance(self.page, PolicyPage) and self.page.permissions_for_user(user).can_edit()


class EditionsItem(CompareItem):
    """Leads to `editions`."""

    label = gettext_lazy("历次版本")
    icon_name = "history"
    url_name = "policies_editions"


def header_items(
    page: Page, user: Any, view_name: str, next_url: str | None = None
) -> Iterator[PageMenuItem | Button]:
    """register_page_header_buttons."""
    specific = page.specific
    yield CompareItem(page=specific, priority=12)
    yield EditionsItem(page=specific, priority=13)


def listing_items(
    page: Page, user: Any, next_url: str | None = None
) -> Iterator[PageMenuItem | Button]:
    """register_page_listing_buttons."""
    if isinstance(page, PolicyPage) and CompareItem(page=page).is_shown(user):
        yield ListingButton(
            _("与线上对比"),
            reverse("policies_compare", args=[page.pk]),
            icon_name="resubmit",
            priority=20,
        )
