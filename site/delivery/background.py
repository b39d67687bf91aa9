"""Wagtail's background tasks (django-tasks), handed to the worker after the commit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import get_random_id

from delivery.faults import traceback_without_text

logger = logging.getLogger(__name__)

# How long the queue is left alone after it refused a task, so that an editor who saves ten pages
# while it is down waits for it once.
PAUSE_SECONDS = 30.0
_refused_at = -PAUSE_SECONDS
_left_out: ContextVar[tuple[str, ...]] = ContextVar("tasks_left_out", default=())


class CeleryBackend(BaseTaskBackend):
    """Hands a task to Celery when the transaction commits; runs it here if the queue is down.

    django-tasks' own immediate backend runs it inside the request and its transaction, and keeps
    what goes wrong to itself.
    """

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        self.validate_task(task)
        result: TaskResult = TaskResult(
            task=task,
            id=get_random_id(),
            status=TaskResultStatus.READY,
            enqueued_at=None,
            started_at=None,
            last_attempted_at=None,
            finished_at=None,
            args=args,
            kwargs=kwargs,
            backend=self.alias,
            errors=[],
            worker_ids=[],
        )
        if task.module_path in _left_out.get():
            return result
        hand_over = partial(_hand_over, task.module_path, result.args, result.kwargs)
        transaction.on_commit(hand_over, robust=True)
        return result


@contextmanager
def tasks_left_out(*paths: str) -> Iterator[None]:
    """The tasks at these import paths are not handed out inside.

    For whoever saves rows by the thousand and does for all of them at the end what each would ask
    the queue for.
    """
    token = _left_out.set(paths)
    try:
        yield
    finally:
        _left_out.reset(token)


def run(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Runs the task at this import path; an error is logged and goes no further.

    A message of the queue can name nothing but a declared task: ValueError for anything else.
    """
    task = import_string(path)
    if not isinstance(task, Task):
        raise ValueError(f"{path} is not a background task")
    try:
        task.call(*args, **kwargs)
    except Exception as error:  # the task's own fault: repeating would repeat it
        logger.error("Background task %s failed: %s", path, traceback_without_text(error))


def _hand_over(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    from delivery.tasks import run_background

    send: Callable[..., object] = partial(run_background.apply_async, retry=False)
    if not _queue_takes(partial(send, args=[path, args, kwargs])):
        run(path, args, kwargs)


def _queue_takes(send: Callable[[], object]) -> bool:
    global _refused_at
    if time.monotonic() - _refused_at < PAUSE_SECONDS:
        return False
    try:
        send()
    except Exception as error:  # whatever a broker's client raises
        _refused_at = time.monotonic()
        logger.warning(
            "The queue does not take background tasks (%s): they run in this process",
            type(error).__name__,
        )
        return False
    return True
