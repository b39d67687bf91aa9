"""What the worker does for this room. Without arguments: the rows say what is due."""

from __future__ import annotations

import logging

from celery import shared_task

from forms.vault import anchors, erasing, files, purging

logger = logging.getLogger(__name__)


@shared_task
def scan_waiting_files() -> None:
    """Shows the virus scanner the files it has not seen."""
    files.scan_waiting()


@shared_task
def tidy_files() -> None:
    """Removes bytes that belong to no file."""
    files.tidy()


@shared_task
def purge_due() -> None:
    """Erases what has reached its day, and what a crash left between journal and database."""
    erasing.catch_up()
    report = purging.purge()
    if unsettled := erasing.settle():
        logger.warning(unsettled)
    logger.info("Purge: %s", report)


@shared_task
def anchor_access_log() -> None:
    """Notes outside the database how far the access log goes today."""
    anchors.add()
