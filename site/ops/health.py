"""Is everything the product leans on there? Asked by machines, answered in seconds.

Every probe runs in a thread of its own with a time limit: a server that does not answer must not
hold the question up.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections

from delivery.services import outbox_health
from forms.vault import scanner
from forms.vault.files import held_count
from ops.preparing import pending_migrations
from search.engine.engines import elasticsearch, is_mirrored

logger = logging.getLogger(__name__)

PROBE_SECONDS = 3.0
CONNECT_SECONDS = 2.0
HEARTBEAT = "ops.heartbeat"
# Migrations do not come and go while a process runs.
MIGRATIONS_SECONDS = 60.0

UP, DOWN, OFF, MIGRATIONS_PENDING = "up", "down", "off", "migrations pending"


def beat() -> None:
    """Notes the time, for every machine in the cache and for the supervisor in a file."""
    heartbeat_file().touch()
    cache.set(HEARTBEAT, time.time(), timeout=None)


def heartbeat_file() -> Path:
    return Path(settings.DATA_DIR) / "run" / "heartbeat"


def readiness() -> dict[str, Any]:
    """The state of each part: "up", "down", "off" where it is not configured; counts and ages."""
    answers = ask_all(
        {
            "database": (_database, DOWN),
            "queue": (_queue, DOWN),
            "search": (_search, DOWN),
            "mail": (_mail, DOWN),
            "scanner": (_scanner, DOWN),
            "files_held": (held_count, None),
            "outbox": (outbox_health, None),
            "beat_age_seconds": (_beat_age, None),
        }
    )
    outbox = answers.pop("outbox")
    return {
        **answers,
        "outbox_pending": outbox.pending if outbox else None,
        "outbox_oldest_seconds": outbox.oldest_seconds if outbox else None,
        "outbox_dead": outbox.dead if outbox else None,
    }


_under_way: dict[str, threading.Thread] = {}


def ask_all(questions: dict[str, tuple[Callable[[], Any], Any]]) -> dict[str, Any]:
    """Asks all at once; the second of each pair is the answer where none comes, or an error.

    A question whose last asking still hangs is not asked again.
    """
    answers = {name: otherwise for name, (_ask, otherwise) in questions.items()}

    def put(name: str, ask: Callable[[], Any]) -> None:
        try:
            answers[name] = ask()
        except Exception as error:  # any error at all is the answer "down"; the log says which
            logger.warning("Asked how %s is: %s", name, type(error).__name__)
        finally:
            connections.close_all()

    threads = []
    for name, (ask, _otherwise) in questions.items():
        if name in _under_way and _under_way[name].is_alive():
            continue
        thread = threading.Thread(target=put, args=(name, ask), name=f"probe-{name}", daemon=True)
        _under_way[name] = thread
        thread.start()
        threads.append(thread)
    until = time.monotonic() + PROBE_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return dict(answers)


_migrated_at = -MIGRATIONS_SECONDS


def _database() -> str:
    global _migrated_at
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if time.monotonic() - _migrated_at > MIGRATIONS_SECONDS:
        if pending_migrations():
            return MIGRATIONS_PENDING
        _migrated_at = time.monotonic()
    return UP


def _queue() -> str:
    with current_app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, timeout=CONNECT_SECONDS)
    return UP


def _search() -> str:
    if is_mirrored():
        return DOWN if elasticsearch.status() == "red" else UP
    connection.ensure_connection()  # the index lies in the database
    return UP


def _mail() -> str:
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        address = (settings.EMAIL_HOST, int(settings.EMAIL_PORT))
        with socket.create_connection(address, timeout=CONNECT_SECONDS) as server:
            # With TLS from the first byte no greeting comes before the handshake.
            if not settings.EMAIL_USE_SSL and not server.recv(64).startswith(b"220"):
                return DOWN
    return UP


def _scanner() -> str:
    if not scanner.is_configured():
        return OFF
    return UP if scanner.answers_ping() else DOWN


def _beat_age() -> int | None:
    at = cache.get(HEARTBEAT)
    return None if at is None else max(0, int(time.time() - at))
