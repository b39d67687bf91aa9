"""Single pages that go live or expire at a time of their own, as Wagtail's editor lets one set it.

Wagtail's command `publish_scheduled` does the same, but one page that fails keeps every later one
from its time, for as long as it fails.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Revision

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did."""

    published: int
    withdrawn: int


def publish_and_withdraw_due() -> Report:
    """Does what is due, each page in a transaction of its own.

    Raises an ExceptionGroup at the end if pages failed; they are tried again by the next run.
    """
    now = timezone.now()
    errors: list[Exception] = []
    withdrawn = published = 0
    for pk in _pks(Page.objects.filter(live=True, expire_at__lt=now).order_by("expire_at")):
        try:
            withdrawn += _withdraw(pk)
        except Exception as error:
            logger.exception("Page %s could not be withdrawn at its time", pk)
            errors.append(error)
    due = Revision.objects.filter(approved_go_live_at__lt=now).order_by("approved_go_live_at")
    for pk in _pks(due):
        try:
            published += _publish(pk)
        except Exception as error:
            logger.exception("Revision %s could not be published at its time", pk)
            errors.append(error)
    if errors:
        raise ExceptionGroup("pages could not be published or withdrawn at their time", errors)
    return Report(published=published, withdrawn=withdrawn)


def _pks(rows: object) -> list[int]:
    return list(rows.values_list("pk", flat=True))  # type: ignore[attr-defined]


@transaction.atomic
def _withdraw(pk: int) -> bool:
    """False where somebody else was faster, or the time was changed."""
    due = Page.objects.select_for_update().filter(pk=pk, live=True, expire_at__lt=timezone.now())
    page = due.first()
    if page is None:
        return False
    page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    return True


@transaction.atomic
def _publish(pk: int) -> bool:
    due = Revision.objects.select_for_update().filter(pk=pk, approved_go_live_at__lt=timezone.now())
    revision = due.first()
    if revision is None:
        return False
    revision.publish(log_action="wagtail.publish.scheduled")
    return True
