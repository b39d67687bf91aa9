"""Pages that go out, or off, at a set minute. Run by beat; a missed minute is caught up."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Revision

from home.pages.authority import NotAuthorised

logger = logging.getLogger(__name__)


def publish_due() -> tuple[int, int]:
    """Publishes what is due and takes off what has expired; how many of each.

    Unlike Wagtail's command, a page that may not go out keeps none of the others back: its
    schedule is taken from it, and the log says why.
    """
    now = timezone.now()
    taken_off = 0
    for page in Page.objects.filter(live=True, expire_at__lte=now).order_by("expire_at"):
        page.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")
        taken_off += 1
    due = Revision.page_revisions.filter(approved_go_live_at__lte=now)
    published = sum(map(_publish, due.order_by("approved_go_live_at", "pk")))
    return published, taken_off


def _publish(revision: Revision) -> bool:
    try:
        with transaction.atomic():
            revision.publish(log_action="wagtail.publish.scheduled")
    except NotAuthorised as refusal:
        logger.error("Revision %s was not published at its minute: %s", revision.pk, refusal)
        revision.approved_go_live_at = None
        revision.save(update_fields=["approved_go_live_at"])
        return False
    return True
