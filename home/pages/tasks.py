"""What the worker does for this room."""

from __future__ import annotations

from celery import shared_task

from home.pages import checked

# So many pages are checked in far less than the time between two calls.
PAGES_A_RUN = 200


@shared_task
def check_live_pages() -> None:
    """Looks again at the live pages whose turn it is (报表 › 发布前检查)."""
    checked.check_live_pages(PAGES_A_RUN)
