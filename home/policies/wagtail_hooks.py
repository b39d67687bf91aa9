"""Policies in the Wagtail admin."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from home.policies import editions_admin
from home.policies.reports import FeedbackReport


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
