"""Bodies that come slowly, break off, or come as they should."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from config import arriving
from config.arriving import Body, BrokenOff, Head, Watch, whole_bodies


@pytest.fixture
def wire() -> Iterator[tuple[socket.socket, socket.socket]]:
    """(the family's end, ours)"""
    theirs, ours = socket.socketpair()
    with theirs, ours:
        yield theirs, ours


def body(ours: socket.socket, length: int) -> Body:
    return Body(ours.makefile("rb"), length, ours)


def test_a_whole_body_is_read_as_it_was_sent(wire: Any) -> None:
    theirs, ours = wire
    theirs.sendall(b"first line\nrest and more that is not ours")
    reader = body(ours, 15)
    assert reader.readline() == b"first line\n"
    assert reader.read(1_000) == b"rest"
    assert reader.read() == b""


def test_what_breaks_off_is_not_taken_for_a_shorter_body(wire: Any) -> None:
    theirs, ours = wire
    theirs.sendall(b"story=half of i")
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(BrokenOff):
        body(ours, 100).read()


def test_a_line_that_breaks_off_is_told_too(wire: Any) -> None:
    theirs, ours = wire
    theirs.sendall(b"half a line")
    theirs.shutdown(socket.SHUT_WR)
    with pytest.raises(BrokenOff):
        body(ours, 100).readline()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds that a test can wait for."""
    monkeypatch.setattr(arriving, "FIRST_SECONDS", 1.0)
    monkeypatch.setattr(arriving, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(arriving, "LOOKS_EVERY_SECONDS", 0.05)
    monkeypatch.setattr(arriving, "watch", Watch())


@contextmanager
def dripping(theirs: socket.socket, piece: bytes = b"x", pause: float = 0.02) -> Iterator[None]:
    """The other side sends a little at a time, for as long as this lasts."""
    over = threading.Event()

    def drip() -> None:
        while not over.wait(pause):
            try:
                theirs.sendall(piece)
            except OSError:
                return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("promised", [1_000, 100_000, 100_000_000])
def test_whoever_drips_is_not_waited_for_whatever_the_head_promised(
    wire: Any, impatient: None, promised: int
) -> None:
    theirs, ours = wire
    began = time.monotonic()
    with dripping(theirs), pytest.raises(BrokenOff):
        body(ours, promised).read()
    assert time.monotonic() - began < 5


def test_who_sends_slowly_and_steadily_is_waited_for(wire: Any, impatient: None) -> None:
    theirs, ours = wire
    with dripping(theirs, b"y" * 200):
        assert body(ours, 10_000).read() == b"y" * 10_000


def test_a_head_that_is_dripped_is_not_waited_for(wire: Any, impatient: None) -> None:
    theirs, ours = wire
    head = Head(ours)
    arriving.watch.begin(head)
    with dripping(theirs):
        began = time.monotonic()
        while ours.recv(100):
            assert time.monotonic() - began < 5
    arriving.watch.end(head)


def test_of_too_many_slow_ones_the_slowest_goes() -> None:
    class Waiting:
        def __init__(self, speed: float | None, *, late: bool = False) -> None:
            self._speed, self._late = speed, late

        def is_late(self, now: float) -> bool:
            return self._late

        def speed(self, now: float) -> float | None:
            return self._speed

        def hang_up(self) -> None: ...

    quick, slow, slower, slowest = Waiting(None), Waiting(9e3), Waiting(5e3), Waiting(1e3)
    over = Waiting(0.1, late=True)
    assert arriving.late([slowest, quick, over, slow, slower], 0) == [over, slowest]
    assert arriving.late([quick, slow, slower], 0) == []


def test_a_body_nobody_reads_is_not_timed(wire: Any) -> None:
    reader = body(wire[1], 100)
    assert not reader.is_late(time.monotonic() + 1e6)
    reader.stop_waiting()


def test_the_application_hears_that_a_form_broke_off(wire: Any) -> None:
    theirs, ours = wire
    theirs.sendall(b"story=half of i")
    theirs.shutdown(socket.SHUT_WR)
    heard: list[Any] = []

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        from django.core.handlers.wsgi import WSGIRequest

        request: HttpRequest = WSGIRequest(environ)
        with pytest.raises(UnreadablePostError):
            heard.append(request.POST)
        return [HttpResponse().content]

    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": "100",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "wsgi.input": ours.makefile("rb"),
        "gunicorn.socket": ours,
    }
    whole_bodies(application)(environ, None)  # type: ignore[arg-type]
    assert not heard


def test_the_product_is_served_this_way() -> None:
    from config.wsgi import application

    assert application.__qualname__ == whole_bodies(get_wsgi_application()).__qualname__
