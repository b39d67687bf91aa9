"""Policies in the Wagtail admin."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from home.directory.models import User
from home.policies import editions_admin
from home.policies.importing import may_import
from home.policies.models import PolicyIndexPage
from home.policies.reports import FeedbackReport

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
