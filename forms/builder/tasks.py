"""Periodic duties of the builder; thin."""

from __future__ import annotations

from celery import shared_task

from forms.builder import drafts


@shared_task
def expire_drafts() -> int:
    """Gives up the drafts whose thirty days are over; how many."""
    return drafts.expire()
