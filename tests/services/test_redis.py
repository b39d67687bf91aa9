"""A real Redis as the queue: a worker on it, its memory wiped, its silence."""

from __future__ import annotations

import os
import signal
import socket

import pytest
import redis

from delivery.models import OutboxMessage
from tests.faults.conftest import House, house  # noqa: F401  (a fixture)
from tests.faults.test_deliveries import children_of, state_of
from tests.processes import eventually, is_alive

pytestmark = [pytest.mark.services("redis"), pytest.mark.faults]


@pytest.fixture
def queue(house: House) -> redis.Redis:  # noqa: F811
    """The house's queue is a database of Redis of its own."""
    url = os.environ["BROKER_URL"].rpartition("/")[0] + "/15"
    server = redis.Redis.from_url(url)
    server.flushdb()
    house.environment["BROKER_URL"] = url
    return server


def test_a_worker_on_redis_is_woken_and_leaves_nobody_behind(
    house: House,  # noqa: F811
    queue: redis.Redis,
) -> None:
    with house.worker() as worker:
        house.promise_elsewhere(1)
        eventually(lambda: state_of(1) == "delivered")
        assert queue.llen("tongban") == 0
        family = [worker.pid, *children_of(worker.pid)]
        worker.send_signal(signal.SIGKILL)
        eventually(lambda: not any(map(is_alive, family)), seconds=5)


def test_a_redis_that_forgets_everything_costs_the_wake_alone(
    house: House,  # noqa: F811
    queue: redis.Redis,
) -> None:
    house.promise_elsewhere(1)
    assert queue.llen("tongban") == 1
    queue.flushdb()
    house.manage("sweep")
    assert state_of(1) == "delivered"


def test_a_redis_that_falls_silent_delays_no_commit(house: House) -> None:  # noqa: F811
    # A listener of its own: pausing the shared server would pause every other test on it.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        took = house.promise_elsewhere(1, 2, BROKER_URL=url)
    assert max(took) < 1
    assert OutboxMessage.objects.filter(state="ready").count() == 2
