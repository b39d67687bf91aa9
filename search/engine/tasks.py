"""Thin tasks; the work is in `search.engine.indexing`. None of them takes an argument."""

from __future__ import annotations

import logging
import time

from celery import Task, shared_task

from search.engine import comparing, indexing, mirror, quality, query_log

logger = logging.getLogger(__name__)

# A run ends after this long; the next sweep goes on.
RUN_SECONDS = 50.0
# What goes through all pages may take longer than other tasks.
REBUILD_SECONDS = 6 * 3600


@shared_task
def work_off_marks() -> None:
    """Works off the marks that are due, in portions."""
    end = time.monotonic() + RUN_SECONDS
    while indexing.work_off().more and time.monotonic() < end:
        pass


@shared_task(soft_time_limit=REBUILD_SECONDS, time_limit=REBUILD_SECONDS + 60)
def sweep() -> None:
    """The same, every minute: finds what no message told of, and an index of an older version.

    While that is built anew, the sweeps of the next minutes leave it alone.
    """
    if indexing.is_stale() and not indexing.is_being_built():
        indexing.rebuild()
    work_off_marks()


@shared_task
def look_after_mirror() -> None:
    """Brings to Elasticsearch what is due, every 20 seconds, and mends what it lost."""
    mirror.look_after()


@shared_task
def forget_rare_queries() -> None:
    """Every night: what was hardly ever asked is forgotten."""
    query_log.forget_rare()


@shared_task(soft_time_limit=REBUILD_SECONDS, time_limit=REBUILD_SECONDS + 60)
def compare_with_pages() -> None:
    """Every night: mends what no mark told of."""
    comparing.compare()


@shared_task
def check_quality() -> None:
    """Goes on with the check of the search's quality that is under way, if there is one."""
    quality.work_off()


def wake_worker() -> None:
    """Asks the worker to work off the marks soon. A broker that is down costs a line in the log."""
    _ask_for(work_off_marks)


def wake_for_check() -> None:
    """Asks the worker to begin with the check of quality; without, the next minute does."""
    _ask_for(check_quality)


def _ask_for(task: Task) -> None:
    try:
        task.apply_async(retry=False, expires=300)
    except Exception as error:  # whatever a broker's client raises: the sweep does the work
        logger.warning("The queue does not take messages (%s)", type(error).__name__)
