"""What a machine that asks after the product's health is told."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from delivery.models import OutboxMessage
from ops import health
from ops.tasks import heartbeat
from tests.post_box import post_box, silent_server

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@contextmanager
def scanner(answer: bytes) -> Iterator[str]:
    """A virus scanner's door; gives its address."""

    class Door(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            if self.request.recv(16) == b"zPING\0":
                self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def ready(client: Client) -> dict[str, object]:
    answer = client.get("/healthz/ready")
    assert answer.status_code == 200
    return dict(answer.json())


def test_live_answers_without_the_database(client: Client) -> None:
    answer = client.get("/healthz/live")  # no database is allowed in this test
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


@pytest.mark.parametrize("path", ["/healthz/live", "/healthz/ready"])
@pytest.mark.django_db(transaction=True)
def test_no_answer_is_ever_kept_and_none_can_be_posted_to(client: Client, path: str) -> None:
    answer = client.get(path)
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert not answer.cookies
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_ready_names_every_part(client: Client) -> None:
    cache.delete(health.HEARTBEAT)
    state = ready(client)
    assert state == {
        "database": "up",
        "queue": "up",
        "search": "up",
        "mail": "up",
        "scanner": "off",
        "files_held": 0,
        "outbox_pending": 0,
        "outbox_oldest_seconds": 0,
        "outbox_dead": 0,
        "beat_age_seconds": None,
    }


@pytest.mark.django_db(transaction=True)
def test_ready_tells_what_waits_and_since_when(client: Client) -> None:
    for number, hours in ((1, 3), (2, 1)):
        OutboxMessage.objects.create(
            kind="k",
            event_key=f"e{number}",
            destination="unit",
            subject_id=number,
            message_id=f"<{number}@x>",
            created_at=timezone.now() - timedelta(hours=hours),
        )
    state = ready(client)
    assert state["outbox_pending"] == 2
    assert 3 * 3600 <= int(str(state["outbox_oldest_seconds"])) < 3 * 3600 + 60


@pytest.mark.django_db(transaction=True)
def test_a_beat_is_seen_in_the_answer_and_by_the_supervisor(client: Client) -> None:
    health.heartbeat_file().unlink(missing_ok=True)
    heartbeat()
    assert int(str(ready(client)["beat_age_seconds"])) <= 2
    assert health.heartbeat_file().exists()


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_is_asked_for_its_greeting(client: Client) -> None:
    with post_box() as box:
        by_smtp = override_settings(
            EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=box.port, EMAIL_USE_SSL=False
        )
        with by_smtp:
            assert ready(client)["mail"] == "up"
    with by_smtp:
        assert ready(client)["mail"] == "down"


@pytest.mark.parametrize(
    ("answer", "state"), [(b"PONG\0", "up"), (b"", "down"), (b"HTTP/1.1 400\r\n", "down")]
)
@pytest.mark.django_db(transaction=True)
def test_a_scanner_is_asked_to_answer(client: Client, answer: bytes, state: str) -> None:
    with scanner(answer) as url, override_settings(CLAMD_URL=url):
        assert ready(client)["scanner"] == state


@pytest.mark.django_db(transaction=True)
def test_servers_that_never_answer_hold_the_question_for_seconds_only(client: Client) -> None:
    with silent_server() as port:
        silent = override_settings(
            CLAMD_URL=f"tcp://127.0.0.1:{port}",
            EMAIL_BACKEND=SMTP,
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=port,
            EMAIL_USE_SSL=False,
        )
        began = time.monotonic()
        with silent:
            state = ready(client)
        assert time.monotonic() - began < health.PROBE_SECONDS + 1
    assert (state["database"], state["scanner"], state["mail"]) == ("up", "down", "down")


def test_a_question_that_still_hangs_is_not_asked_again() -> None:
    asked = []
    go_on = threading.Event()

    def ask() -> str:
        asked.append(1)
        go_on.wait(10)
        return "up"

    questions = {"stuck": (ask, "down")}
    first = threading.Thread(target=health.ask_all, args=(questions,))
    first.start()
    while not asked:
        time.sleep(0.01)
    assert health.ask_all(questions) == {"stuck": "down"}
    go_on.set()
    first.join()
    assert asked == [1]
    assert health.ask_all(questions) == {"stuck": "up"}
