"""What policies add to the Wagtail admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.models import Page
from wagtail.permissions import policy_registry

from home.policies.choosers import ClauseKeyChooserViewSet, clause_chooser
from home.policies.coverage import unexplained_policies
from home.policies.models import PolicyPage
from home.policies.reports import CoverageReport
from home.policies.services import register_keys


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def keep_the_keys(request: HttpRequest, page: Page) -> None:
    """Registers the keys of a draft that somebody saved, so that its interpretation can name them.

    Wagtail saves by itself every half-second, while a number is half typed: the keys given there
    are given anew with the next save, are shown to nobody and are not kept.
    """
    if isinstance(page, PolicyPage) and request.accepts("text/html"):
        register_keys(page, [clause.key for clause in page.clauses.all()])


@hooks.register("register_admin_viewset")
def clause_chooser_viewset() -> ClauseKeyChooserViewSet:
    return clause_chooser


def edits_pages(request: HttpRequest) -> bool:
    """Whether whoever asks writes or reviews pages."""
    policy = policy_registry.get_by_type(Page)
    return bool(policy.user_has_any_permission(request.user, ["add", "change", "publish"]))


class CoverageMenuItem(MenuItem):
    """The way to the report."""

    def is_shown(self, request: HttpRequest) -> bool:
        return edits_pages(request)


@hooks.register("register_reports_menu_item")
def coverage_menu_item() -> MenuItem:
    return CoverageMenuItem(
        _("解读覆盖"),
        reverse("policies_coverage"),
        name="interpretation-coverage",
        icon_name="doc-full",
        order=100,
    )


@hooks.register("register_admin_urls")
def coverage_urls() -> list[URLPattern]:
    return [
        path("reports/interpretations/", CoverageReport.as_view(), name="policies_coverage"),
        path(
            "reports/interpretations/results/",
            CoverageReport.as_view(results_only=True),
            name="policies_coverage_results",
        ),
    ]


class UnexplainedPanel(Component):
    """On the admin's home page: policies that are out without their interpretation."""

    name = "unexplained"
    template_name = "policies/admin/home_panel.html"
    order = 20
    shown = 5

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        policies = unexplained_policies()
        return {
            "policies": policies[: self.shown],
            "more": max(len(policies) - self.shown, 0),
            "report_url": reverse("policies_coverage"),
        }

    def render_html(self, parent_context: Mapping[str, Any] | None = None) -> str:
        """Nothing where nothing is missing."""
        context = self.get_context_data(parent_context)
        if not context["policies"]:
            return ""
        return render_to_string(self.template_name, context)


@hooks.register("construct_homepage_panels")
def unexplained_panel(request: HttpRequest, panels: list[Component]) -> None:
    if edits_pages(request):
        panels.append(UnexplainedPanel())
