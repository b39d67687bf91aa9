"""Pages that go out, or off, at a set minute. Run by beat; a missed minute is caught up.

Wagtail's command does the same, but the first page that fails keeps every later one from its
minute, for as long as it fails.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Revision

from home.pages.authority import NotAuthorised
from home.pages.prechecks import NotReady

logger = logging.getLogger(__name__)


def publish_due() -> tuple[int, int]:
    """Publishes what is due and takes off what has expired; how many of each.

    A page that may not go out loses its schedule, and the log says why. Raises an ExceptionGroup at
    the end where something else went wrong with a page; that page is tried again by the next run.
    """
    now = timezone.now()
    errors: list[Exception] = []
    expired = Page.objects.filter(live=True, expire_at__lte=now).order_by("expire_at", "pk")
    due = Revision.page_revisions.filter(approved_go_live_at__lte=now)
    taken_off = _each(expired, _take_off, errors)
    published = _each(due.order_by("approved_go_live_at", "pk"), _publish, errors)
    if errors:
        raise ExceptionGroup(
            "pages that could not be published or taken off at their minute", errors
        )
    return published, taken_off


def _each(rows: Any, deed: Callable[[int], bool], errors: list[Exception]) -> int:
    """Does the deed to each row; one that fails keeps none of the others back."""
    done = 0
    for pk in list(rows.values_list("pk", flat=True)):
        try:
            done += deed(pk)
        except Exception as error:  # whatever it is, the next page still has its minute
            logger.exception("%s %s failed at its minute", rows.model.__name__, pk)
            errors.append(error)
    return done


@transaction.atomic
def _take_off(pk: int) -> bool:
    """False where another worker was faster, or the time was changed just now."""
    due = Page.objects.filter(pk=pk, live=True, expire_at__lte=timezone.now())
    page = due.select_for_update(of=("self",)).first()
    if page is None:
        return False
    page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
    return True


@transaction.atomic
def _publish(pk: int) -> bool:
    due = Revision.page_revisions.filter(pk=pk, approved_go_live_at__lte=timezone.now())
    revision = due.select_for_update(of=("self",)).first()
    if revision is None:
        return False
    try:
        with transaction.atomic():
            revision.publish(log_action="wagtail.publish.scheduled")
    except (NotAuthorised, NotReady) as refusal:
        # What was found stands in the editor's check; a log has no page's words.
        logger.error("Revision %s was not published at its minute: %s", revision.pk, refusal)
        revision.approved_go_live_at = None
        revision.save(update_fields=["approved_go_live_at"])
        return False
    return True
