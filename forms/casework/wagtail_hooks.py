"""Puts the desk into the Wagtail admin, for those who handle cases and nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.site_summary import SummaryItem
from wagtail.admin.ui.components import Component
from wagtail.admin.viewsets.base import ViewSet

from forms.casework.models import Case
from forms.casework.selectors import ROLES, TABS, counts
from forms.casework.viewsets import TimeLimitViewSet
from home.directory.selectors import requester_has_role


def handles_cases(request: HttpRequest) -> bool:
    """Whether the desk is of any use to whoever asks."""
    return requester_has_role(request, *ROLES)


@hooks.register("register_admin_urls")
def desk_urls() -> list[URLPattern | URLResolver]:
    return [path("cases/", include("forms.casework.urls"))]


class DeskMenuItem(MenuItem):
    """The way to the desk."""

    def is_shown(self, request: HttpRequest) -> bool:
        return handles_cases(request)


@hooks.register("register_admin_menu_item")
def desk_menu_item() -> MenuItem:
    return DeskMenuItem(
        _("办件"), reverse("casework_desk"), name="cases", icon_name="tasks", order=1
    )


class DeskPanel(Component):
    """The first thing on the admin's home page: how much waits, and the way there."""

    name = "casework"
    template_name = "casework/home_panel.html"
    order = 10

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        shown = counts(Case.objects.visible_to(self.request.user))
        desk = reverse("casework_desk")
        return {
            "desk_url": desk,
            "tabs": [
                {"label": tab.label, "count": shown[tab.name], "url": f"{desk}?tab={tab.name}"}
                for tab in TABS
            ],
        }


@hooks.register("construct_homepage_panels")
def desk_panel(request: HttpRequest, panels: list[Component]) -> None:
    if handles_cases(request):
        panels.append(DeskPanel(request))


class PendingSummaryItem(SummaryItem):
    """How many cases nobody has accepted yet, among the site's figures."""

    order = 10
    template_name = "casework/summary_item.html"

    def is_shown(self) -> bool:
        return handles_cases(self.request)

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        pending = Case.objects.visible_to(self.request.user).filter(state=TABS[0].state)
        return {"number": pending.count(), "url": reverse("casework_desk")}


@hooks.register("construct_homepage_summary_items")
def pending_summary_item(request: HttpRequest, items: list[SummaryItem]) -> None:
    items.append(PendingSummaryItem(request))


@hooks.register("register_admin_viewset")
def time_limits() -> ViewSet:
    return TimeLimitViewSet()


@hooks.register("insert_global_admin_css")
def desk_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("css/desk.css"))
