"""What the admin does differently with our pages.

Pages that others rest on are archived, never deleted, and Wagtail's ways of deleting say so. What
the pre-publication check finds stands in the editor, in a report, and in the way of publishing.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page

from home.pages import precheck_views, prechecks
from home.pages.keeping import reasons_to_keep
from home.pages.refusing import checks_url, refusal
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


# ── the pre-publication check ───────────────────────────────────────────────────────────────────


@hooks.register("before_publish_page")
def refuse_to_publish_unready(request: HttpRequest, page: Page) -> HttpResponse | None:
    """The publish button of the editor: what was typed is kept as a draft, and nothing goes out."""
    reasons = prechecks.reasons_not_to_publish(page.specific)
    if not reasons:
        return None
    # Wagtail's view for new pages has added this one as live, in the transaction that ends with us.
    Page.objects.filter(pk=page.pk, live=True, live_revision=None, first_published_at=None).update(
        live=False, has_unpublished_changes=True
    )
    messages.error(request, refusal(page, reasons) + _("您写的内容已存为草稿。"))
    return redirect(checks_url(page.pk))


@hooks.register("register_admin_urls")
def precheck_urls() -> list[URLPattern]:
    return [
        path(
            "prechecks/<int:page_id>/",
            precheck_views.CheckOnEdit.as_view(),
            name="prechecks_of_page",
        ),
        path(
            "prechecks/add/<slug:content_type_app_name>/<slug:content_type_model_name>/"
            "<int:parent_page_id>/",
            precheck_views.CheckOnCreate.as_view(),
            name="prechecks_of_new_page",
        ),
        path("prechecks/again/", precheck_views.check_again, name="prechecks_again"),
        path(
            "reports/prechecks/", precheck_views.PrecheckReport.as_view(), name="prechecks_report"
        ),
        path(
            "reports/prechecks/results/",
            precheck_views.PrecheckReport.as_view(results_only=True),
            name="prechecks_report_results",
        ),
    ]


@hooks.register("register_reports_menu_item")
def precheck_report_in_menu() -> MenuItem:
    return _EditorsReport(
        gettext_lazy("发布前检查"),
        reverse("prechecks_report"),
        name="prechecks",
        icon_name="glasses",
        order=650,
    )


class _EditorsReport(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return precheck_views.may_see_report(request.user)


@hooks.register("insert_editor_js")
def precheck_script() -> str:
    return format_html('<script src="{}" defer></script>', static("js/prechecks.js"))


@hooks.register("insert_global_admin_css")
def precheck_style() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("css/prechecks.css"))


@hooks.register("register_log_actions")
def log_overrides(actions: LogActionRegistry) -> None:
    actions.register_action(
        "pages.check_overridden",
        gettext_lazy("发布前检查被越过"),
        gettext_lazy("由运维命令发布，越过了发布前检查"),
    )
