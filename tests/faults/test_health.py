"""The one reason for not being ready: a database that is not there, or not as the code expects."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.processes import environment

pytestmark = pytest.mark.faults

ASK = """
import django
django.setup()
from django.test import Client
answer = Client(headers={"host": "localhost"}).get("/healthz/ready")
print(answer.status_code, answer.json()["database"], answer.json()["outbox_pending"])
"""


@pytest.mark.parametrize(
    ("database", "answer"),
    [
        ("sqlite:////nowhere/at/all.sqlite3", "503 down None"),
        ("postgres://nobody@127.0.0.1:1/nothing", "503 down None"),
        ("sqlite:///{folder}/empty.sqlite3", "503 migrations pending None"),
    ],
)
def test_it_is_not_ready(tmp_path: Path, database: str, answer: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=settings.ROOT,
        env=environment(
            DJANGO_SETTINGS_MODULE="config.settings.embedded",
            DATA_DIR=str(tmp_path),
            DATABASE_URL=database.format(folder=tmp_path),
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == answer, done.stderr[-2000:]
