"""Who reviews which page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from wagtail.models import Page, Revision, TaskState, WorkflowState

from home.directory.models import Role, User
from home.directory.selectors import has_role, holders_of
from home.pages.authority import review_settings
from home.pages.review import drafts, evidence

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from home.pages.review.models import ReviewTask


def reviewers_of(page: Page) -> QuerySet[User]:
    """The reviewers of the page's department; where it has none, the house's own; else any.

    The page as it stands decides: the draft of a live page does not choose its reviewers.
    """
    return _reviewers_for(_lead_departments(Page.objects.get(pk=page.pk).specific))


def _lead_departments(stored: Page) -> frozenset[int]:
    ask = getattr(stored, "lead_department_ids", None)
    return frozenset(ask()) if ask is not None else frozenset()


def _reviewers_for(departments: frozenset[int]) -> QuerySet[User]:
    house = review_settings().house_department_id
    for wanted in (departments, {house} if house else set()):
        found = holders_of(Role.REVIEWER, departments=wanted) if wanted else User.objects.none()
        if found.exists():
            return found
    return holders_of(Role.REVIEWER)


def is_reviewer_of(user: Any, page: Page) -> bool:
    """Whether this person reviews pages like this one; asked once a request for each page."""
    known: dict[int, bool] = user.__dict__.setdefault("_reviews_page", {})
    if page.pk not in known:
        known[page.pk] = reviewers_of(page).filter(pk=user.pk).exists()
    return known[page.pk]


def reason_not_to_approve(user: Any, page: Page, state: WorkflowState | None = None) -> str:
    """Why this person may not approve the page at its present stage; empty where they may."""
    if not is_reviewer_of(user, page) or not drafts.may_see(user, page):
        return _("这个页面由其他部门的审核人审核。")
    if user.pk in evidence.authors(page):
        return _("这一稿里有您改动过的内容，要由别人审核。")
    state = state or page.current_workflow_state
    if (
        state is not None
        and review_settings().one_person_one_stage
        and _approved_an_earlier_stage(user, state)
    ):
        return _("您已经审过这一稿，下一审要由别人完成。")
    return ""


def _approved_an_earlier_stage(user: Any, state: WorkflowState) -> bool:
    """Whether one of this person's approvals still stands for the text as it is."""
    return state.successful_task_states.filter(
        status=TaskState.STATUS_APPROVED, finished_by=user
    ).exists()


def actions(task: ReviewTask, page: Page, user: Any) -> list[tuple[str, str, bool]]:
    """What the person may do with the page at this stage: (name, label, asks for more)."""
    if not is_reviewer_of(user, page) or not drafts.may_see(user, page):
        return []
    send_back = ("reject", _("退回修改"), True)
    if reason_not_to_approve(user, page):
        return [send_back]
    label = _("%(stage)s通过") % {"stage": task.get_stage_display()}
    return [("approve", label, True), send_back]


def states_waiting_for(user: Any, task: ReviewTask) -> QuerySet[TaskState]:
    """The pages at this stage that this person could approve now.

    The pages are looked at one by one only where the person had a hand in them.
    """
    waiting = task.task_states.filter(status=TaskState.STATUS_IN_PROGRESS)
    rows = list(waiting.select_related("workflow_state"))
    if not rows or not has_role(user, Role.REVIEWER):
        return waiting.none()
    pages = {
        str(page.pk): page
        for page in Page.objects.filter(
            pk__in=[row.workflow_state.object_id for row in rows]
        ).specific()
    }
    had_a_hand_in = set(
        Revision.page_revisions.filter(user=user, object_id__in=list(pages)).values_list(
            "object_id", flat=True
        )
    ) | set(
        TaskState.objects.filter(
            workflow_state__in=[row.workflow_state_id for row in rows], finished_by=user
        ).values_list("workflow_state__object_id", flat=True)
    )
    theirs: dict[frozenset[int], bool] = {}
    found = []
    for row in rows:
        page = pages.get(row.workflow_state.object_id)
        if page is None or not drafts.may_see(user, page):
            continue
        departments = _lead_departments(page)
        if departments not in theirs:
            theirs[departments] = _reviewers_for(departments).filter(pk=user.pk).exists()
        if theirs[departments] and not (
            str(page.pk) in had_a_hand_in and reason_not_to_approve(user, page, row.workflow_state)
        ):
            found.append(row.pk)
    return waiting.filter(pk__in=found)
