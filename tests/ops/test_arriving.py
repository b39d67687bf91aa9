"""Bodies that come slowly, break off, or come as they should."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from config import arriving
from config.arriving import Body, BrokenOff, whole_bodies


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


def test_whoever_drips_is_not_waited_for(wire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "FIRST_SECONDS", 0.3)
    monkeypatch.setattr(arriving, "BYTES_A_SECOND", 1_000_000)
    theirs, ours = wire
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.02):
            try:
                theirs.sendall(b"x")
            except OSError:
                return

    dripping = threading.Thread(target=drip)
    dripping.start()
    began = time.monotonic()
    try:
        with pytest.raises(BrokenOff):
            body(ours, 100_000).read()
    finally:
        over.set()
        dripping.join()
    assert time.monotonic() - began < 5


def test_a_body_nobody_reads_is_not_timed(wire: Any) -> None:
    before = threading.active_count()
    reader = body(wire[1], 100)
    assert threading.active_count() == before
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
