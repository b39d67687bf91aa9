"""What the worker does for this room."""

from __future__ import annotations

from celery import shared_task

from home.pages import checked, scheduling
from home.pages.releases import services
from home.pages.review import reminders

# So many pages are checked in far less than the time between two calls.
PAGES_A_RUN = 200


@shared_task
def check_live_pages() -> None:
    """Looks again at the live pages whose turn it is (报表 › 发布前检查)."""
    checked.check_live_pages(PAGES_A_RUN)


@shared_task
def go_live_due() -> None:
    """Puts on line the releases whose minute has come, or was missed while nothing ran."""
    services.go_live_due()


@shared_task
def publish_due() -> None:
    """Publishes what was set for a minute that has come."""
    scheduling.publish_due()


@shared_task
def remind_of_reviews() -> None:
    """Promises the reminders of pages whose day to be looked at again has come."""
    reminders.remind()
