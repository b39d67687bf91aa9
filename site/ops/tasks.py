"""What the worker does for this room."""

from __future__ import annotations

from celery import shared_task

from ops import health


@shared_task
def heartbeat() -> None:
    """Shows that beat, queue and worker are all at work."""
    health.beat()
