"""What the worker does for this room, each minute."""

from __future__ import annotations

from celery import shared_task

from home.pages import scheduled
from home.pages.releases import services


@shared_task
def go_live_due() -> None:
    """Puts on line the releases whose minute has come, or was missed while nothing ran."""
    services.go_live_due()


@shared_task
def publish_scheduled() -> None:
    """Publishes and withdraws single pages at the times set in their own editor."""
    scheduled.publish_and_withdraw_due()
