"""What the worker does for this room. Without arguments: the rows say what is due."""

from __future__ import annotations

from celery import shared_task

from forms.vault import files


@shared_task
def scan_waiting_files() -> None:
    """Shows the virus scanner the files it has not seen."""
    files.scan_waiting()


@shared_task
def tidy_files() -> None:
    """Removes bytes that belong to no file."""
    files.tidy()
