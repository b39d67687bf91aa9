"""What the worker does for this room. Arguments are ids, never personal data."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.conf import settings

from delivery import background, filequeue, services
from delivery.wake import wake_worker


@shared_task
def drain_outbox() -> None:
    """Sends what is due; asks to be called again where more is due than fits in one run."""
    if services.drain().more:
        wake_worker()


@shared_task
def run_background(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Runs one of Wagtail's background tasks."""
    background.run(path, args, kwargs)


@shared_task
def tidy_queue() -> None:
    """Clears away what crashes leave in the folders of the embedded queue."""
    if settings.CELERY_BROKER_URL.startswith("filesystem"):
        filequeue.tidy(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
