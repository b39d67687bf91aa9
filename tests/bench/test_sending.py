"""How many requests for help are stored in a second, and how long a family waits for its receipt.

`pytest -m bench -s tests/bench/test_sending.py`, with DATABASE_URL for PostgreSQL. The product is
started as `make run` does it, over a state folder of its own; every sending is a whole form with a
key of its own, and its commit is durable. Prints a table; asserts only that nothing was lost.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import secrets
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings

from tests.processes import environment, eventually, running

pytestmark = pytest.mark.bench

FORM = "/requests/help/"
PACE, SECONDS = int(os.environ.get("PACE", "60")), int(os.environ.get("SECONDS", "20"))
SENDERS, EACH = int(os.environ.get("SENDERS", "200")), int(os.environ.get("EACH", "15"))
# Which question has which key, and how much has been stored, on whatever database there is.
KEYS = """
import json
from forms.builder.models import FormPage
from forms.builder.selectors import current_version
version = current_version(FormPage.objects.get(slug="help"))
print(json.dumps({q["role"]: q["key"] for q in version.schema if q["role"]}))
"""
COUNT = "from forms.builder.models import Submission; print(Submission.objects.count())"


@dataclass(frozen=True)
class Site:
    """A running product, asked in one way."""

    port: int
    environment: dict[str, str]

    def asks(self, program: str) -> str:
        """What a program prints that runs inside the product's environment."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", program],
            cwd=settings.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip().splitlines()[-1]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = {"DATABASE_URL": url} if (url := os.environ.get("DATABASE_URL")) else {}
    own = environment(
        PORT=str(port),
        DATA_DIR=str(tmp_path),
        DJANGO_SETTINGS_MODULE="config.settings.embedded",
        **database,
    )
    with running([sys.executable, "manage.py", "serve"], tmp_path / "serve.log", own):
        eventually(lambda: _answers(port, "live"), seconds=240, pause=0.5)
        # Worker and beat load longer, and what they load with is not to be measured.
        eventually(lambda: _beats(port), seconds=120, pause=0.5)
        yield Site(port, own)


def test_sending(site: Site) -> None:
    cookie, token, hidden = _opened(site)
    answers = _filled_in(json.loads(site.asks(KEYS)))
    before = int(site.asks(COUNT))

    def request() -> bytes:
        fields = {**hidden, "submission_key": secrets.token_hex(16), **answers}
        body = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        head = (
            f"POST {FORM} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nCookie: {cookie}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    paced = asyncio.run(_paced([request() for _ in range(PACE * SECONDS)], site.port))
    began = time.perf_counter()
    crowd = asyncio.run(
        _crowd([[request() for _ in range(EACH)] for _ in range(SENDERS)], site.port)
    )
    took = time.perf_counter() - began
    stored = int(site.asks(COUNT)) - before
    engine = "postgresql" if "DATABASE_URL" in site.environment else "sqlite"
    print(
        f"\n{engine}: {PACE} a second for {SECONDS} s: {_told(paced)}"
        f"\n{engine}: {SENDERS} senders, {EACH} each: {len(crowd) / took:.0f} a second,"
        f" {_told(crowd)}"
    )
    assert {status for status, _ in paced + crowd} == {303}
    assert stored == len(paced) + len(crowd)


Sent = list[tuple[int, float]]


def _told(sent: Sent) -> str:
    times = sorted(seconds * 1000 for _, seconds in sent)
    p95 = times[int(len(times) * 0.95)]
    return f"median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms, most {times[-1]:.0f} ms"


async def _paced(requests: list[bytes], port: int) -> Sent:
    """Sent at a steady pace, whether answers come or not, each on a connection of its own."""

    async def one(place: int, request: bytes) -> tuple[int, float]:
        await asyncio.sleep(place / PACE)
        return (await _sent(port, [request]))[0]

    return list(await asyncio.gather(*(one(*pair) for pair in enumerate(requests))))


async def _crowd(requests: list[list[bytes]], port: int) -> Sent:
    """Every sender sends its next as soon as the last was answered."""
    sent = await asyncio.gather(*(_sent(port, own) for own in requests))
    return [one for own in sent for one in own]


async def _sent(port: int, requests: list[bytes]) -> Sent:
    answered: Sent = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        answered.append((int(head.split(" ", 2)[1]), time.perf_counter() - began))
        if re.search(r"(?i)connection: close", head):
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()
    return answered


def _opened(site: Site) -> tuple[str, str, dict[str, str]]:
    """(cookie, csrf token, hidden fields) of the form as a browser gets it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{site.port}{FORM}") as answer:
        page = answer.read().decode()
        cookie = "; ".join(one.split(";")[0] for one in answer.headers.get_all("Set-Cookie") or [])
    inputs = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    hidden = {
        name[1]: (re.search(r'value="([^"]*)"', one) or ["", ""])[1]
        for one in inputs
        if (name := re.search(r'name="([^"]+)"', one))
    }
    return cookie, hidden.pop("csrfmiddlewaretoken"), hidden


def _filled_in(keys: dict[str, str]) -> dict[str, str]:
    areas = {"residence": ("210100", "210102"), "registration": ("210000", "210200", "210202")}
    plain = {
        "danger": "no",
        "applicant": "parent",
        "age_group": "6-13",
        "matter": "education",
        "story": "孩子转学需要什么材料。" * 20,
        "phone": "13800138000",
        "consent": "request-notice.1",
    }
    return {keys[role]: value for role, value in plain.items()} | {
        f"{keys[role]}_{level}": code
        for role, codes in areas.items()
        for level, code in enumerate(codes)
    }


def _answers(port: int, which: str) -> dict[str, Any]:
    """What the product says of itself; nothing where it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/{which}") as answer:
            return dict(json.load(answer))
    except OSError:
        return {}


def _beats(port: int) -> bool:
    return _answers(port, "ready").get("beat_age_seconds") is not None
