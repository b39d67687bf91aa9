"""The deeds of a review: a stage begins, is approved, or sends back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page, Revision, TaskState, WorkflowState

from home.pages import prechecks
from home.pages.authority import NotAuthorised, digest_of, reviews_demanded
from home.pages.review import selectors
from home.pages.review.forms import form_for
from home.pages.review.models import STAGES, ReviewTask, ReviewTaskState

if TYPE_CHECKING:
    from home.directory.models import User


Reasons = Callable[[Page], list[str]]
_reasons_not_to_submit: list[Reasons] = []


def register_reasons_not_to_submit(ask: Reasons) -> None:
    """Adds something that must be settled before a page may be handed in for review at all."""
    if ask not in _reasons_not_to_submit:
        _reasons_not_to_submit.append(ask)


def start_stage(
    task: ReviewTask,
    workflow_state: WorkflowState,
    start: Callable[..., TaskState],
    user: User | None,
) -> TaskState:
    """Begins a stage, or passes over it where fewer reviews are demanded of this kind of page."""
    page = workflow_state.content_object
    draft = page.get_latest_revision_as_object()
    before = workflow_state.current_task_state
    # A changed text that begins again was handed in already: what is saved is never refused.
    asks = (
        _reasons_not_to_submit
        if before is None or before.status == TaskState.STATUS_APPROVED
        else []
    )
    if reasons := [reason for ask in asks for reason in ask(draft)]:
        raise NotAuthorised(_("没有送审：%(reasons)s") % {"reasons": "".join(reasons)})
    # Wagtail resumes at the stage that sent back, though the earlier ones approved another text.
    _carry_over(workflow_state, page.get_latest_revision())
    first = workflow_state.get_next_task()
    if first is not None and first.pk != task.pk:
        return first.specific.start(workflow_state, user=user)
    if task.stage in STAGES[reviews_demanded(page)]:
        return start(workflow_state, user=user)
    return ReviewTaskState.objects.create(
        workflow_state=workflow_state,
        task=task,
        revision=page.get_latest_revision(),
        status=TaskState.STATUS_SKIPPED,
        finished_at=timezone.now(),
    )


@transaction.atomic
def decide(state: ReviewTaskState, user: User, action: str, **answers: Any) -> None:
    """Approves a stage or sends the page back. Raises `NotAuthorised` with the reason.

    `answers` is what the stage's form asks; it is checked here again, since one of Wagtail's ways
    to this point hands on what the browser sends.
    """
    # Two reviewers who press at once: the second finds the stage finished.
    WorkflowState.objects.select_for_update().get(pk=state.workflow_state_id)
    state = ReviewTaskState.objects.select_related("workflow_state", "task").get(pk=state.pk)
    if state.status != TaskState.STATUS_IN_PROGRESS:
        raise NotAuthorised(_("这一审刚刚已经有人处理过了。"))
    task: ReviewTask = state.task.specific
    page: Page = state.workflow_state.content_object
    form = form_for(task, action)(answers)
    if not form.is_valid():
        raise NotAuthorised(
            "".join(str(error) for errors in form.errors.values() for error in errors)
        )
    if action == "reject":
        if not selectors.is_reviewer_of(user, page):
            raise NotAuthorised(_("这个页面由其他部门的审核人审核。"))
        state.reject(user=user, comment=form.cleaned_data["comment"])
        return
    if reason := selectors.reason_not_to_approve(user, page, state.workflow_state):
        raise NotAuthorised(_("没有通过审核：%(reason)s") % {"reason": reason})
    revision = page.get_latest_revision()
    _carry_over(state.workflow_state, revision)
    state.revision = revision
    state.digest = digest_of(revision)
    state.checked = form.cleaned_data.get("checked", [])
    if _is_last(state) and (reasons := prechecks.reasons_not_to_publish(revision.as_object())):
        raise NotAuthorised(_("没有通过审核：%(reasons)s") % {"reasons": "".join(reasons)})
    state.approve(user=user, comment=form.cleaned_data["comment"])


@transaction.atomic
def begin_again(page: Page, user: User | None) -> str:
    """Takes a page whose text changed in review back to the first stage that has to look again.

    Returns the stage's name; empty where the page is in no review, or every approval still fits.
    """
    running = (
        WorkflowState.objects.select_for_update()
        .for_instance(page)
        .filter(status=WorkflowState.STATUS_IN_PROGRESS)
        .first()
    )
    if running is None:
        return ""
    current = ReviewTaskState.objects.filter(
        pk=running.current_task_state_id, status=TaskState.STATUS_IN_PROGRESS
    ).first()
    if current is None:
        return ""
    revision = running.content_object.get_latest_revision()
    _carry_over(running, revision)
    first = running.get_next_task()
    if first is None or first.pk == current.task_id:
        return ""
    current.cancel(user=user, comment=_("文字改动后重新审核。"))
    log(
        instance=page,
        action="pages.review_again",
        user=user,
        revision=revision,
        data={"stage": first.name},
    )
    return str(first.name)


def revision_that_says(page: Page) -> Revision | None:
    """The latest revision, where the page in hand says the same."""
    latest = Page.objects.get(pk=page.pk).get_latest_revision()
    if latest is None:
        return None
    in_hand = Revision(content=page.serializable_data())
    return latest if digest_of(latest) == digest_of(in_hand) else None


def _carry_over(workflow_state: WorkflowState, revision: Revision) -> None:
    """Lets approvals of the same text stand for its newest revision: a remark is no change.

    Approvals of another text stay with the revision they were given for, and Wagtail, which counts
    those of the newest revision alone, asks for them again.
    """
    digest = digest_of(revision)
    states = ReviewTaskState.objects.filter(workflow_state=workflow_state)
    states.filter(status=TaskState.STATUS_APPROVED, digest=digest).update(revision=revision)
    states.filter(status=TaskState.STATUS_SKIPPED).update(revision=revision)
    # Autosave may have written another text over the same revision.
    states.filter(status=TaskState.STATUS_APPROVED, revision=revision).exclude(
        digest=digest
    ).update(status=TaskState.STATUS_CANCELLED)


def _is_last(state: ReviewTaskState) -> bool:
    """Whether no other stage is open once this one has approved."""
    done = state.workflow_state.successful_task_states.values("task_id")
    return not (
        state.workflow_state.workflow.tasks.filter(active=True)
        .exclude(pk__in=done)
        .exclude(pk=state.task_id)
        .exists()
    )
