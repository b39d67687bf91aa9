"""The queue of files: half a message, no message, no folder."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from kombu import Connection
from kombu.simple import SimpleQueue

import config  # noqa: F401  (puts our transport in the place of kombu's)
from config.embedded import queue_folders
from delivery.filequeue import tidy

QUEUE = "tongban"


@pytest.fixture
def sender(tmp_path: Path) -> Celery:
    app = Celery("sender", set_as_current=False)
    app.conf.update(
        broker_url="filesystem://localhost/",
        broker_transport_options=queue_folders(tmp_path),
        task_default_queue=QUEUE,
        task_ignore_result=True,
    )
    return app


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[SimpleQueue]:
    with (
        Connection(
            "filesystem://localhost/", transport_options=queue_folders(tmp_path)
        ) as connection,
        connection.SimpleQueue(QUEUE) as queue,
    ):
        yield queue


def taken(queue: SimpleQueue) -> list[str]:
    """The names of the tasks that come out, until none does."""
    names: list[str] = []
    while True:
        try:
            message = queue.get(block=False)
        except queue.Empty:
            return names
        names.append(message.headers["task"])
        message.ack()


def waiting(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "queue" / "messages").iterdir())


def test_tasks_come_out_in_the_order_they_went_in(
    sender: Celery, queue: SimpleQueue, tmp_path: Path
) -> None:
    for number in range(5):
        sender.send_task(f"task {number}")
    assert taken(queue) == [f"task {number}" for number in range(5)]
    assert waiting(tmp_path) == []
    assert list((tmp_path / "queue" / "processed").iterdir()) == []


def test_an_unfinished_message_is_not_seen_until_it_is_whole(
    sender: Celery, queue: SimpleQueue, tmp_path: Path
) -> None:
    sender.send_task("whole")
    (path,) = waiting(tmp_path)
    whole = path.read_bytes()
    path.unlink()
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(whole[:100])
    assert taken(queue) == []
    draft.write_bytes(whole)
    draft.rename(path)
    assert taken(queue) == ["whole"]


GARBAGE = [
    b"",
    b"\x00",
    b"\xff\xfe\x80 no utf-8",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"[" * 100_000,
    b'{"properties": null, "body": ""}',
    b'{"properties": {}, "body": "e30="}',
    b'{"properties": {"delivery_tag": "1"}, "body": "!!!", "headers": null}',
    json.dumps(
        {
            "body": "W10=",
            "content-type": "application/x-python-serialize",
            "headers": {"task": "os.system", "id": "1"},
            "properties": {
                "delivery_tag": "1",
                "body_encoding": "base64",
                "delivery_info": {"exchange": "", "routing_key": QUEUE},
            },
        }
    ).encode(),
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
def test_what_is_no_message_is_set_aside_and_the_next_one_comes_out(
    sender: Celery, queue: SimpleQueue, tmp_path: Path, garbage: bytes
) -> None:
    (tmp_path / "queue" / "messages" / f"0_garbage.{QUEUE}.msg").write_bytes(garbage)
    sender.send_task("good")
    assert taken(queue) == ["good"]
    assert waiting(tmp_path) == []
    (aside,) = (tmp_path / "queue" / "processed").iterdir()
    assert aside.read_bytes() == garbage


def test_half_of_a_real_message_at_every_length_is_set_aside(
    sender: Celery, queue: SimpleQueue, tmp_path: Path
) -> None:
    sender.send_task("cut")
    (path,) = waiting(tmp_path)
    whole = path.read_bytes()
    path.unlink()
    for length in range(0, len(whole), 37):
        path.with_name(f"0_{length:05}.{QUEUE}.msg").write_bytes(whole[:length])
    assert taken(queue) == []
    assert waiting(tmp_path) == []


def test_folders_and_other_files_in_the_queue_do_no_harm(
    sender: Celery, queue: SimpleQueue, tmp_path: Path
) -> None:
    messages = tmp_path / "queue" / "messages"
    (messages / f"0_folder.{QUEUE}.msg").mkdir()
    (messages / "README").write_text("hello")
    (messages / f"0_link.{QUEUE}.msg").symlink_to(tmp_path / "nowhere")
    sender.send_task("good")
    assert taken(queue) == ["good"]


def test_emptied_and_deleted_folders_are_made_again(
    sender: Celery, queue: SimpleQueue, tmp_path: Path
) -> None:
    sender.send_task("lost")
    shutil.rmtree(tmp_path / "queue")
    assert taken(queue) == []
    sender.send_task("found")  # through the connection it had before
    assert taken(queue) == ["found"]


def test_leftovers_are_cleared_away_once_they_are_old(sender: Celery, tmp_path: Path) -> None:
    options = queue_folders(tmp_path)
    sender.send_task("waits")
    messages, processed = tmp_path / "queue" / "messages", tmp_path / "queue" / "processed"
    old = time.time() - 2 * 86_400
    for path in (messages / "1_a.tongban.msg.part", processed / "2_b.tongban.msg"):
        path.write_text("{")
        os.utime(path, (old, old))
    (processed / "3_c.tongban.msg").write_text("{")
    (waits,) = messages.glob("*.msg")
    os.utime(waits, (old, old))
    assert tidy(options) == 2
    assert waits.exists(), "a message that waits is never cleared away"
    assert (processed / "3_c.tongban.msg").exists()
