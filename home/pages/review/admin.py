"""Days of review and drafts for named people, in the admin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods
from wagtail import hooks
from wagtail.admin.api.views import PagesAdminAPIViewSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import AdminDateInput, Button
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page

from home.directory.models import Role, User
from home.directory.selectors import holders_of, requester_has_role
from home.pages import prechecks
from home.pages.review import drafts, editing, reminders
from home.pages.review.upkeep import DraftAccess, ReviewDue

PER_PAGE = 50
SENTENCES_SHOWN = 3
NEXT_LOOK = timedelta(days=365)
KEEPERS = (Role.EDITOR, Role.REVIEWER)


class NamedUserField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_full_name()}（{obj.username}）"


class NamedUsersField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_full_name()}（{obj.username}）"


class DueForm(forms.Form):
    """By which day who looks at the page again."""

    due_on = forms.DateField(label=gettext_lazy("复核日期"), widget=AdminDateInput)
    person = NamedUserField(queryset=User.objects.none(), label=gettext_lazy("负责人"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = _keepers()  # type: ignore[attr-defined]

    def clean_due_on(self) -> date:
        due_on: date = self.cleaned_data["due_on"]
        if due_on <= timezone.localdate():
            raise forms.ValidationError(_("请填今天以后的日期。"))
        return due_on


class AccessForm(forms.Form):
    """Who sees the draft."""

    people = NamedUsersField(
        queryset=User.objects.none(),
        label=gettext_lazy("哪些人可以看到草稿"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("您自己总能看到。审核人也要在名单里，才能审核这份草稿。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = _keepers()  # type: ignore[attr-defined]


def _keepers() -> Any:
    return (holders_of(Role.EDITOR) | holders_of(Role.REVIEWER)).distinct().order_by("pk")


class PagesApi(PagesAdminAPIViewSet):
    """Wagtail's list of pages for its own scripts, which asks for no rights."""

    def get_queryset(self) -> Any:
        return super().get_queryset().exclude(pk__in=drafts.hidden_from(self.request.user))


editing.install()


# ── addresses, menu, buttons ────────────────────────────────────────────────────────────────────


@hooks.register("register_admin_urls")
def urls() -> list[URLPattern]:
    return [
        path("reports/review-due/", report, name="review_due"),
        path("pages/<int:page_id>/review-due/", due, name="review_due_page"),
        path("pages/<int:page_id>/draft-access/", access, name="draft_access"),
    ]


class KeepersMenuItem(MenuItem):
    def is_shown(self, request: HttpRequest) -> bool:
        return requester_has_role(request, *KEEPERS) or request.user.is_superuser


@hooks.register("register_reports_menu_item")
def menu_item() -> MenuItem:
    return KeepersMenuItem(
        gettext_lazy("待复核"), reverse("review_due"), icon_name="calendar-check", order=90
    )


@hooks.register("register_page_header_buttons")
def header_buttons(page: Page, user: Any, view_name: str, next_url: str = "") -> Iterator[Button]:
    """The ways to the day of review and to the named people, from the page's editor."""
    if view_name != "edit" or not page.permissions_for_user(user).can_edit():
        return
    if reminders.has_a_day(page):
        yield Button(
            _("复核日期"),
            reverse("review_due_page", args=[page.pk]),
            icon_name="calendar-check",
            priority=46,
        )
    yield Button(
        _("草稿限定"), reverse("draft_access", args=[page.pk]), icon_name="lock", priority=47
    )


@hooks.register("construct_explorer_page_queryset")
@hooks.register("construct_page_chooser_queryset")
def only_what_the_person_sees(*args: Any) -> Any:
    """The explorer hands over (parent, pages, request), the chooser (pages, request)."""
    pages, request = args[-2:]
    if not drafts.edits_pages(request.user):
        pages = pages.live()
    return pages.exclude(pk__in=drafts.hidden_from(request.user))


@hooks.register("construct_admin_api")
def pages_api(router: Any) -> None:
    router.register_endpoint("pages", PagesApi)


@hooks.register("after_copy_page")
def the_copy_is_for_the_same_people(request: HttpRequest, page: Page, copied: Page) -> None:
    drafts.restrict_copy(page, copied)


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def what_must_be_mended_is_said_on_submitting(request: HttpRequest, page: Page) -> None:
    """The last stage could not approve it: the editor hears of it now, and not three stages on."""
    if not request.POST.get("action-submit") or not page.workflow_in_progress:
        return
    reasons = prechecks.reasons_not_to_publish(page.specific)
    if reasons:
        messages.warning(
            request,
            _("已送审，但还有%(count)d处必须改，改好才能通过终审：%(first)s")
            % {"count": len(reasons), "first": "".join(reasons[:SENTENCES_SHOWN])},
        )


@hooks.register("register_log_actions")
def log_stages_that_begin_again(actions: LogActionRegistry) -> None:
    actions.register_action(
        "pages.review_again", gettext_lazy("重新审核"), gettext_lazy("审核中文字有改动，重新审核")
    )


# ── views ───────────────────────────────────────────────────────────────────────────────────────


def report(request: HttpRequest) -> HttpResponse:
    """待复核: the pages by the day on which they are to be looked at, the oldest first."""
    if not requester_has_role(request, *KEEPERS) and not request.user.is_superuser:
        raise PermissionDenied
    rows = (
        ReviewDue.objects.exclude(page__in=drafts.hidden_from(request.user))
        .select_related("page__content_type", "person")
        .order_by("due_on", "pk")
    )
    if request.GET.get("mine"):
        rows = rows.filter(person_id=request.user.pk)
    return _page(
        request,
        "pages/admin/review_due_report.html",
        _("待复核"),
        {
            "rows": Paginator(rows, PER_PAGE).get_page(request.GET.get("p")),
            "today": timezone.localdate(),
            "mine": bool(request.GET.get("mine")),
        },
    )


@require_http_methods(["GET", "POST"])
def due(request: HttpRequest, page_id: int) -> HttpResponse:
    """Sets the day and the person; 已复核 sets the next day."""
    page = _editable(request, page_id)
    if not reminders.has_a_day(page):
        raise PermissionDenied
    row = ReviewDue.objects.filter(page=page).select_related("person", "reviewed_by").first()
    next_on = timezone.localdate() + NEXT_LOOK
    initial = {
        "due_on": row.due_on if row and row.due_on > timezone.localdate() else next_on,
        "person": row.person_id if row else request.user.pk,
    }
    form = DueForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        due_on, person = form.cleaned_data["due_on"], form.cleaned_data["person"]
        if row is not None and request.POST.get("deed") == "looked-at":
            reminders.looked_at(row, request.user, due_on)  # type: ignore[arg-type]
            messages.success(request, _("已记录复核，下次复核日期已更新。"))
        else:
            messages.success(request, _("复核日期已保存。"))
        reminders.set_due(page, due_on, person)
        return redirect("review_due")
    return _page(
        request,
        "pages/admin/review_due.html",
        _("复核日期"),
        {"form": form, "row": row, "page": page, "today": timezone.localdate()},
        page,
    )


@require_http_methods(["GET", "POST"])
def access(request: HttpRequest, page_id: int) -> HttpResponse:
    """Names the people of a draft, or lets everybody see it again."""
    page = _editable(request, page_id)
    row = DraftAccess.objects.filter(page=page).prefetch_related("people").first()
    form = AccessForm(
        request.POST or None, initial={"people": list(row.people.all()) if row else []}
    )
    if request.method == "POST" and request.POST.get("deed") == "lift":
        drafts.lift(page)
        messages.success(request, _("已取消限定，能编辑的人都可以看到这份草稿。"))
        return redirect("wagtailadmin_pages:edit", page.pk)
    if request.method == "POST" and form.is_valid():
        drafts.restrict(page, form.cleaned_data["people"], request.user)  # type: ignore[arg-type]
        messages.success(request, _("已限定：只有名单里的人和您能看到这份草稿。"))
        return redirect("wagtailadmin_pages:edit", page.pk)
    return _page(
        request,
        "pages/admin/draft_access.html",
        _("草稿仅限指定人员"),
        {"form": form, "row": row, "page": page},
        page,
    )


def _editable(request: HttpRequest, page_id: int) -> Page:
    page = get_object_or_404(Page, pk=page_id).specific
    if not page.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    return page


def _page(
    request: HttpRequest,
    template: str,
    title: str,
    context: dict[str, Any],
    page: Page | None = None,
) -> HttpResponse:
    above = (
        [
            {
                "url": reverse("wagtailadmin_pages:edit", args=[page.pk]),
                "label": page.get_admin_display_title(),
            }
        ]
        if page
        else []
    )
    return render(
        request,
        template,
        {
            "header_title": title,
            "breadcrumbs_items": [*above, {"url": "", "label": title}],
            **context,
        },
    )
