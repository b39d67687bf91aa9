"""What the worker does for this room, each minute."""

from __future__ import annotations

from celery import shared_task

from home.pages import scheduling
from home.pages.releases import services


@shared_task
def go_live_due() -> None:
    """Puts on line the releases whose minute has come, or was missed while nothing ran."""
    services.go_live_due()


@shared_task
def publish_due() -> None:
    """Publishes what was set for a minute that has come."""
    scheduling.publish_due()
