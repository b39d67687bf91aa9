"""A scanner that does not answer plainly has not answered."""

from __future__ import annotations

import socketserver
import struct
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from forms.vault import files, scanner
from forms.vault.models import Scan, SealedFile
from tests.post_box import silent_server
from tests.vault import made_files as made


@contextmanager
def answering(reply: bytes, received: list[bytes] | None = None) -> Iterator[str]:
    """A door that reads a stream as clamd does and says this; gives its address."""

    class Door(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.read(10) == b"zINSTREAM\0"
            while length := struct.unpack("!I", self.rfile.read(4))[0]:
                part = self.rfile.read(length)
                if received is not None:
                    received.append(part)
            self.wfile.write(reply)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_whole_file_is_shown_and_nothing_else(settings: Any) -> None:
    received: list[bytes] = []
    with answering(b"stream: OK\0", received) as settings.CLAMD_URL:
        assert scanner.is_clean(iter([b"one", b"", b"two"]))
    assert received == [b"one", b"two"]


def test_what_is_found_is_found(settings: Any) -> None:
    with answering(b"stream: Win.Test.EICAR_HDB-1 FOUND\0") as settings.CLAMD_URL:
        assert not scanner.is_clean(iter([b"one"]))


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"stream: OK",
        b"OK\0",
        b"stream: ok\0",
        b"stream: OK stream: X FOUND and more\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
        b"HTTP/1.1 400 Bad Request\r\n\r\n\0",
        b"\xff\xfe\0",
        b"x" * 10_000,
    ],
)
def test_any_other_answer_is_none(settings: Any, reply: bytes) -> None:
    with answering(reply) as settings.CLAMD_URL, pytest.raises(scanner.NoAnswer):
        scanner.is_clean(iter([b"one"]))


@pytest.mark.parametrize(
    "url", ["tcp://127.0.0.1:1", "unix:///nowhere/at/all", "tcp://127.0.0.1:70000", "nonsense"]
)
def test_a_scanner_that_is_not_there_is_said_to_be_away(settings: Any, url: str) -> None:
    settings.CLAMD_URL = url
    with pytest.raises(scanner.NotThere):
        scanner.is_clean(iter([b"one"]))


def test_a_scanner_that_keeps_silent_holds_a_family_for_so_long_and_no_longer(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner, "SCAN_SECONDS", 0.5)
    with silent_server() as port:
        settings.CLAMD_URL = f"tcp://127.0.0.1:{port}"
        began = time.monotonic()
        with pytest.raises(scanner.NoAnswer):
            scanner.is_clean(iter([b"one"]))
        assert time.monotonic() - began < 3


@pytest.mark.django_db
def test_a_file_that_never_gets_an_answer_is_tried_after_the_others(
    settings: Any, tmp_path: Path
) -> None:
    settings.PRIVATE_ROOT = tmp_path
    settings.CLAMD_URL = "tcp://127.0.0.1:1"
    owner = uuid.uuid4()
    for _turn in range(3):
        files.receive(made.upload(made.jpeg()), bound_to=owner, question="f0123456789")
    assert set(files.files_of(owner).values_list("scan", flat=True)) == {Scan.HELD}
    tried: list[int] = []
    with answering(b"garbled\0") as settings.CLAMD_URL:
        for _turn in range(3):
            files.scan_waiting(limit=1)
            newest = SealedFile.objects.order_by("-scan_tried_at").first()
            assert newest is not None
            tried.append(newest.pk)
    assert sorted(tried) == sorted(files.files_of(owner).values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_log_never_names_a_file(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PRIVATE_ROOT = tmp_path
    with answering(f"{made.CANARY}\0".encode()) as settings.CLAMD_URL:
        files.receive(
            made.upload(made.jpeg(), f"{made.CANARY}.jpg"),
            bound_to=uuid.uuid4(),
            question="f0123456789",
        )
        files.scan_waiting()
    assert "held" in caplog.text
    assert made.CANARY not in caplog.text
