"""Real processes of the product on this test's database, with a state folder of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from config.embedded import queue_folders
from delivery import registry
from delivery.services import DrainReport, drain, enqueue
from tests.faults.postoffice.apps import render
from tests.post_box import PostBox, post_box
from tests.processes import environment, eventually, running


class House:
    """A state folder, a post box and the test's database; starts what works with them."""

    def __init__(self, folder: Path, box: PostBox) -> None:
        self.folder = folder
        self.box = box
        self.environment = environment(
            DJANGO_SETTINGS_MODULE="tests.faults.settings",
            DATA_DIR=str(folder),
            DATABASE_URL=database_url(),
            EMAIL_URL=box.url,
            OUTBOX_LEASE_SECONDS="2",
            # This database's secrets are wrapped under it.
            VAULT_KEY=settings.VAULT_KEY,
        )
        self.log = folder / "output"

    @property
    def messages(self) -> Path:
        return self.folder / "queue" / "messages"

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a management command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )

    def promise(self, *numbers: int) -> None:
        """Promises messages in this process."""
        with transaction.atomic():
            for number in numbers:
                enqueue("notice", event_key=f"e {number}", destination="unit", subject_id=number)

    def drain(self) -> DrainReport:
        """Sends in this process what is due."""
        mail = override_settings(
            EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend",
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=self.box.port,
            EMAIL_TIMEOUT=5,
        )
        with mail:
            return drain()

    def promise_elsewhere(self, *numbers: int, **changed: str) -> list[float]:
        """Promises messages in a process of its own; how long each commit took, in seconds."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.promise", *map(str, numbers)],
            cwd=settings.ROOT,
            env={**self.environment, **changed},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return [float(line) for line in done.stdout.split()]

    def tell_worker(self) -> None:
        """Puts the wake for the worker into the queue."""
        app = Celery("teller", set_as_current=False)
        app.conf.update(
            broker_url="filesystem://localhost/",
            broker_transport_options=queue_folders(self.folder),
            task_default_queue="tongban",
            task_ignore_result=True,
        )
        app.send_task("delivery.tasks.drain_outbox")
        app.close()

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        """A real worker that is ready to work."""
        command = [sys.executable, "-m", "celery", "-A", "config.celery", "worker"]
        options = ["--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"]
        said = self.said()
        with running([*command, *options], self.log, self.environment) as process:
            eventually(lambda: "ready." in self.said().removeprefix(said), seconds=60)
            yield process

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""


def database_url() -> str:
    """The address of the database this test runs on."""
    at = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{at['NAME']}"
    login = ":".join(filter(None, [at["USER"], at["PASSWORD"]]))
    return f"postgres://{login}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


@pytest.fixture
def house(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[House]:
    monkeypatch.setitem(registry._renderers, "notice", render)
    with post_box() as box:
        yield House(tmp_path, box)
