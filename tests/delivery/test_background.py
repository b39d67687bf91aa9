"""Wagtail's background tasks on their way to the worker."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from celery import Celery, current_app
from django.db import transaction
from django.utils.module_loading import import_string

from config.embedded import queue_folders
from delivery import background, tasks
from tests.delivery import background_tasks
from tests.delivery.background_tasks import done, fail, note

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "tests.delivery.background_tasks."
note_later, fail_later = note.using(backend="worker"), fail.using(backend="worker")


@pytest.fixture(autouse=True)
def _a_fresh_start(monkeypatch: pytest.MonkeyPatch) -> None:
    done.clear()
    monkeypatch.setattr(background, "_refused_at", -background.PAUSE_SECONDS)


@contextmanager
def broker(url: str, options: Mapping[str, object]) -> Iterator[None]:
    """The queue is at this address inside this block."""
    before: Celery = current_app._get_current_object()
    app = Celery("tests", set_as_current=True)
    app.conf.update(
        broker_url=url,
        broker_transport_options=dict(options),
        broker_connection_timeout=1,
        task_default_queue="tongban",
        task_ignore_result=True,
    )
    try:
        yield
    finally:
        before.set_current()
        app.close()


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[Path]:
    """The queue of files in a folder of this test's own."""
    with broker("filesystem://localhost/", queue_folders(tmp_path)):
        yield tmp_path / "queue" / "messages"


def nowhere() -> AbstractContextManager[None]:
    return broker("redis://127.0.0.1:1/0", {"socket_connect_timeout": 1})


def test_a_task_waits_in_the_queue_once_the_transaction_commits(queue: Path) -> None:
    with transaction.atomic():
        note_later.enqueue(1, two="二")
        assert list(queue.iterdir()) == []
    assert len(list(queue.iterdir())) == 1
    assert done == [], "it is the worker's"


def test_a_task_of_a_transaction_that_is_undone_is_never_run(queue: Path) -> None:
    with transaction.atomic():
        note_later.enqueue(1)
        transaction.set_rollback(True)
    assert list(queue.iterdir()) == []


def test_the_worker_runs_what_it_was_handed() -> None:
    tasks.run_background(PATH + "note", [1], {"two": "二"})
    assert done == [(1, {"two": "二"})]


def test_a_task_runs_here_after_the_commit_where_the_queue_is_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with nowhere():
        with transaction.atomic():
            note_later.enqueue("first")
            note_later.enqueue("second")
            assert done == []
        assert done == [("first", {}), ("second", {})]
    assert caplog.text.count("The queue does not take background tasks") == 1


@pytest.mark.parametrize("down", [True, False])
def test_a_task_that_fails_is_logged_without_its_words_and_harms_nobody(
    queue: Path, caplog: pytest.LogCaptureFixture, down: bool
) -> None:
    with caplog.at_level(logging.DEBUG):
        if down:
            with nowhere():
                fail_later.enqueue()
        else:
            tasks.run_background(PATH + "fail", [], {})
    assert "background_tasks.fail failed: ValueError" in caplog.text
    assert "canary" not in caplog.text


def test_a_message_of_the_queue_runs_declared_tasks_only() -> None:
    with pytest.raises(ValueError, match="not a background task"):
        tasks.run_background(PATH + "no_task", [], {})
    assert background_tasks.done == []


def test_the_product_hands_wagtails_tasks_to_our_backend() -> None:
    from config.settings import base

    backend = import_string(base.TASKS["default"]["BACKEND"])
    assert backend is background.CeleryBackend
