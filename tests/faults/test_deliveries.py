"""Processes are killed and the queue is spoiled in the middle of a delivery: nothing is lost."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from delivery.models import OutboxMessage
from tests.faults.conftest import House
from tests.post_box import silent_server
from tests.processes import eventually, is_alive

pytestmark = pytest.mark.faults


def children_of(pid: int) -> list[int]:
    # Each thread lists those it started itself.
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in lists for child in path.read_text().split()]


def state_of(number: int) -> str:
    return OutboxMessage.objects.get(subject_id=number).state


def test_a_worker_killed_in_the_middle_of_a_delivery_costs_a_repeat_and_no_mail(
    house: House,
) -> None:
    house.box.hold()
    house.promise(1)
    with house.worker() as worker:
        house.tell_worker()
        assert house.box.arrived.wait(30), "the server has the mail and has not said so"
        family = [worker.pid, *children_of(worker.pid)]
        assert len(family) == 2
        worker.send_signal(signal.SIGKILL)
        eventually(lambda: not any(map(is_alive, family)), seconds=5, what="nobody is left")
    assert state_of(1) == "ready"
    house.box.released.set()
    # No wake comes: what is due is found by whoever looks, once the dead worker's lease is over.
    house.promise(2)
    eventually(lambda: house.drain() and state_of(1) == "delivered")
    assert [state_of(1), state_of(2)] == ["delivered", "delivered"]
    first, second = (OutboxMessage.objects.get(subject_id=number) for number in (1, 2))
    assert house.box.message_ids().count(first.message_id) == 2, "a repeat, known by its id"
    assert house.box.message_ids().count(second.message_id) == 1
    assert first.attempts == 2


def test_killing_the_working_process_alone_loses_nothing(house: House) -> None:
    house.box.hold()
    house.promise(1)
    with house.worker() as worker:
        house.tell_worker()
        assert house.box.arrived.wait(30)
        (child,) = children_of(worker.pid)
        os.kill(child, signal.SIGKILL)
        house.box.released.set()
        eventually(lambda: children_of(worker.pid) not in ([], [child]), what="a new process")

        def delivered_when_told_again() -> bool:
            house.tell_worker()
            return state_of(1) == "delivered"

        eventually(delivered_when_told_again, pause=1)
        assert worker.poll() is None
    assert set(house.box.message_ids()) == {OutboxMessage.objects.get().message_id}


def test_a_spoiled_queue_stops_neither_the_worker_nor_a_message(house: House) -> None:
    house.messages.mkdir(parents=True)
    (house.messages / "0_before.tongban.msg").write_bytes(b'{"body": "half a mess')
    house.promise(1)
    with house.worker() as worker:
        (house.messages / "0_empty.tongban.msg").touch()
        (house.messages / "0_noise.tongban.msg").write_bytes(os.urandom(500))
        house.tell_worker()
        eventually(lambda: state_of(1) == "delivered")
        # At one blow: the worker is at work in it.
        (house.folder / "queue").rename(house.folder / "queue that was")
        house.promise(2)
        house.tell_worker()
        eventually(lambda: state_of(2) == "delivered")
        assert worker.poll() is None, "the same worker all the time"
    assert len(house.box.mails) == 2


def test_an_emptied_queue_costs_the_wake_and_the_sweep_does_the_work(house: House) -> None:
    house.promise_elsewhere(1, 2, 3)
    assert list(house.messages.glob("*.msg")), "the wake was there"
    shutil.rmtree(house.folder / "queue")
    assert house.manage("sweep").stdout.splitlines()
    assert {state_of(number) for number in (1, 2, 3)} == {"delivered"}


@pytest.mark.parametrize("broker", ["says nothing", "is no folder any more"])
def test_a_broker_that_is_down_neither_fails_nor_delays_a_commit(house: House, broker: str) -> None:
    with silent_server() as port:
        if broker == "is no folder any more":
            house.folder.mkdir(exist_ok=True)
            (house.folder / "queue").mkdir()
            (house.folder / "queue" / "control").mkdir()
            (house.folder / "queue" / "processed").mkdir()
            (house.folder / "queue" / "messages").symlink_to("/proc/self")  # nobody can write here
            took = house.promise_elsewhere(1, 2, 3)
        else:
            url = f"redis://127.0.0.1:{port}/0"
            took = house.promise_elsewhere(1, 2, 3, BROKER_URL=url)
    assert len(took) == 3
    assert max(took) < 1
    assert OutboxMessage.objects.filter(state="ready").count() == 3
