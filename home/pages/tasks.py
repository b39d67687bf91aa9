"""What the worker does for this room."""

from __future__ import annotations

from celery import shared_task

from home.pages import scheduling


@shared_task
def publish_due() -> None:
    """Publishes what was set for a minute that has come."""
    scheduling.publish_due()
