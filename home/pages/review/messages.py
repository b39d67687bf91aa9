"""Mails about a review: that something waits, and where. Never a title or a text.

They go through the outbox in place of Wagtail's own, which are sent inside the request and are lost
with a mail server that is down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.models import AbstractGroupApprovalTask, Page, TaskState, WorkflowState
from wagtail.signals import task_submitted, workflow_approved, workflow_rejected, workflow_submitted
from wagtail.users.models import UserProfile

from delivery import registry
from delivery.links import link_to
from delivery.registry import Mail
from delivery.services import enqueue
from home.directory.models import User
from home.pages.review import selectors
from home.pages.review.models import ReviewTask, ReviewTaskState

if TYPE_CHECKING:
    from delivery.models import OutboxMessage

STAGE_MAIL = "review-stage"
OUTCOME_MAIL = "review-outcome"


def connect() -> None:
    """Takes the place of Wagtail's receivers: a signal keeps the first one of each dispatch_uid.

    This app stands before wagtail.admin in INSTALLED_APPS, so ours are the first.
    """
    for sender in (TaskState, ReviewTaskState):
        task_submitted.connect(
            stage_began,
            sender=sender,
            dispatch_uid="group_approval_task_submitted_email_notification",
        )
    for signal, uid in (
        (workflow_approved, "workflow_state_approved_email_notification"),
        (workflow_rejected, "workflow_state_rejected_email_notification"),
    ):
        signal.connect(review_ended, sender=WorkflowState, dispatch_uid=uid)
    # Whoever has to act hears of it with the stage; superusers need not hear of every page.
    workflow_submitted.connect(
        nothing_to_say,
        sender=WorkflowState,
        dispatch_uid="workflow_state_submitted_email_notification",
    )
    registry.register(STAGE_MAIL, stage_mail)
    registry.register(OUTCOME_MAIL, outcome_mail)


def nothing_to_say(**kwargs: Any) -> None:
    """Stands where Wagtail's mail to all superusers was."""


def stage_began(instance: TaskState, **kwargs: Any) -> None:
    """task_submitted: a mail to each person who could do this stage."""
    with transaction.atomic():
        for person in _who_could_act(instance):
            if _wants(person, "submitted"):
                enqueue(
                    STAGE_MAIL,
                    event_key=f"review-stage:{instance.pk}",
                    destination=f"user:{person.pk}",
                    subject_id=instance.pk,
                )


def review_ended(instance: WorkflowState, user: User | None = None, **kwargs: Any) -> None:
    """workflow_approved and workflow_rejected: a mail to whoever handed the page in."""
    person = instance.requested_by
    if person is None or person == user:
        return
    approved = instance.status == WorkflowState.STATUS_APPROVED
    if not _wants(person, "approved" if approved else "rejected"):
        return
    with transaction.atomic():
        enqueue(
            OUTCOME_MAIL,
            event_key=f"review-outcome:{instance.pk}:{instance.current_task_state_id}",
            destination=f"user:{person.pk}",
            subject_id=instance.current_task_state_id or 0,
        )


def stage_mail(message: OutboxMessage) -> Mail | None:
    """The mail to a reviewer; None where the stage is over, or is no longer theirs."""
    state = TaskState.objects.filter(
        pk=message.subject_id, status=TaskState.STATUS_IN_PROGRESS
    ).first()
    person = _recipient(message)
    if state is None or person is None or person not in _who_could_act(state):
        return None
    page = state.workflow_state.content_object
    return Mail(
        to=(person.email,),
        subject=_("有一个页面等您审核（%(stage)s）") % {"stage": state.task.name},
        body=_("请登录后审核：%(link)s") % {"link": _link(page)},
    )


def outcome_mail(message: OutboxMessage) -> Mail | None:
    """The mail to whoever handed the page in: it went out, or came back."""
    state = TaskState.objects.filter(pk=message.subject_id).first()
    person = _recipient(message)
    if state is None or person is None:
        return None
    page = state.workflow_state.content_object
    if state.status == TaskState.STATUS_REJECTED:
        subject, body = _("您送审的页面被退回"), _("请登录查看修改意见：%(link)s")
    else:
        subject, body = _("您送审的页面已通过审核"), _("可以登录查看：%(link)s")
    return Mail(to=(person.email,), subject=subject, body=body % {"link": _link(page)})


def _who_could_act(state: TaskState) -> list[User]:
    task = state.task.specific
    page = state.workflow_state.content_object
    if isinstance(task, ReviewTask):
        people = selectors.reviewers_of(page)
        return [
            person
            for person in people.exclude(email="").order_by("pk")
            if not selectors.reason_not_to_approve(person, page, state.workflow_state)
        ]
    if isinstance(task, AbstractGroupApprovalTask):
        members = User.objects.filter(is_active=True, groups__in=task.groups.all())
        return list(members.exclude(email="").distinct().order_by("pk"))
    return []


def _wants(person: User, what: str) -> bool:
    """Whether the person's own settings in the admin let this kind of mail through."""
    return bool(getattr(UserProfile.get_for_user(person), f"{what}_notifications"))


def _recipient(message: OutboxMessage) -> User | None:
    pk = message.destination.removeprefix("user:")
    return User.objects.filter(pk=pk, is_active=True).exclude(email="").first()


def _link(page: Page) -> str:
    return link_to(reverse("wagtailadmin_pages:edit", args=[page.pk]))
