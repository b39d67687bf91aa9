"""Policies in the Wagtail admin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from home.directory.models import User
from home.pages.review import drafts
from home.policies import editions_admin
from home.policies.choosers import ClauseKeyChooserViewSet, clause_chooser
from home.policies.coverage import unexplained_policies
from home.policies.coverage_report import CoverageReport
from home.policies.importing import may_import
from home.policies.models import PolicyIndexPage, PolicyPage
from home.policies.reports import FeedbackReport
from home.policies.services import register_keys

# Everything about policies that isn't a page: `register_policies_menu_item` adds to it.
policies_menu = Menu(register_hook_name="register_policies_menu_item")


@hooks.register("register_admin_urls")
def import_urls() -> list[URLPattern | URLResolver]:
    return [path("policies/import/", include("home.policies.import_urls"))]


@hooks.register("register_admin_menu_item")
def policies_menu_item() -> MenuItem:
    return SubmenuMenuItem(
        _("政策文件"), policies_menu, name="policies", icon_name="doc-full-inverse", order=110
    )


class ImportMenuItem(MenuItem):
    """The way to importing, for those who may make or change a policy."""

    def is_shown(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and may_import(request.user)


@hooks.register("register_policies_menu_item")
def import_menu_item() -> MenuItem:
    return ImportMenuItem(
        _("导入公文"), reverse("policies_import"), name="import", icon_name="upload", order=100
    )


@hooks.register("register_page_header_buttons")
def import_button(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    """Beside the list of policies, where one would look for it."""
    if isinstance(page.specific_deferred, PolicyIndexPage) and may_import(user):
        yield Button(_("导入公文"), reverse("policies_import"), icon_name="upload", priority=12)


class FeedbackMenuItem(MenuItem):
    """The way to 条款反馈, for those who may read it."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("policies.view_clauseusefulness"))


@hooks.register("register_reports_menu_item")
def feedback_menu_item() -> MenuItem:
    return FeedbackMenuItem(
        _("条款反馈"),
        reverse("policies_feedback_report"),
        name="clause-feedback",
        icon_name="help",
        order=300,
    )


@hooks.register("register_admin_urls")
def feedback_urls() -> list[URLPattern | URLResolver]:
    report, results = FeedbackReport.as_view(), FeedbackReport.as_view(results_only=True)
    return [
        path("reports/clause-feedback/", report, name="policies_feedback_report"),
        path("reports/clause-feedback/results/", results, name="policies_feedback_report_results"),
    ]


hooks.register("register_page_header_buttons", editions_admin.header_items)
hooks.register("register_page_listing_buttons", editions_admin.listing_items)


@hooks.register("register_admin_urls")
def edition_urls() -> list[URLPattern]:
    return editions_admin.urlpatterns


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
    return drafts.edits_pages(request.user)


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
