"""Reminders of pages to be looked at again: one mail for a page and a day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from delivery.links import link_to
from delivery.registry import Mail
from delivery.services import enqueue
from home.pages.review.upkeep import ReviewDue

if TYPE_CHECKING:
    from delivery.models import OutboxMessage
    from home.directory.models import User

REMINDER = "review-due"
# Pages of these kinds carry a day (BasePage.review_kind).
KINDS = frozenset({"policy", "interpretation", "service"})


def has_a_day(page: Page) -> bool:
    """Whether pages of this kind are looked at again by a day."""
    return getattr(page.specific_class, "review_kind", "") in KINDS


@transaction.atomic
def set_due(page: Page, due_on: date, person: User) -> ReviewDue:
    """Says by which day who looks at the page again."""
    row, _created = ReviewDue.objects.update_or_create(
        page_id=page.pk, defaults={"due_on": due_on, "person": person}
    )
    return row


@transaction.atomic
def looked_at(row: ReviewDue, user: User, next_on: date) -> ReviewDue:
    """The page was looked at and still holds. Raises ValueError for a next day in the past."""
    today = timezone.localdate()
    if next_on <= today:
        raise ValueError("The next day must be after today.")
    row = ReviewDue.objects.select_for_update().get(pk=row.pk)
    row.reviewed_on, row.reviewed_by, row.due_on = today, user, next_on
    row.save()
    return row


@transaction.atomic
def remind(today: date | None = None) -> int:
    """Promises a mail for each page whose day has come; a page is reminded of once for a day set.

    The event's name holds the day, so that a run that is repeated, or was missed and is caught up,
    tells nobody twice.
    """
    due = ReviewDue.objects.filter(due_on__lte=today or timezone.localdate())
    told = 0
    for pk, page_id, due_on, person_id in due.filter(person__is_active=True).values_list(
        "pk", "page_id", "due_on", "person_id"
    ):
        enqueue(
            REMINDER,
            event_key=f"review-due:{page_id}:{due_on.isoformat()}",
            destination=f"user:{person_id}",
            subject_id=pk,
        )
        told += 1
    return told


def reminder_mail(message: OutboxMessage) -> Mail | None:
    """The mail; None where the page was looked at, or given to somebody else, meanwhile."""
    row = ReviewDue.objects.select_related("person").filter(pk=message.subject_id).first()
    if row is None or not message.event_key.endswith(row.due_on.isoformat()):
        return None
    if message.destination != f"user:{row.person_id}" or not row.person.email:
        return None
    link = link_to(reverse("review_due_page", args=[row.page_id]))
    return Mail(
        to=(row.person.email,),
        subject=_("有一个页面到了复核日期"),
        body=_("请登录后核对内容是否仍然准确：%(link)s") % {"link": link},
    )
