"""How a request arrives: within a time, and its body whole or not at all.

Whoever sends a byte a second would hold a thread of the web server for hours, and there are few.
And a body that broke off (a lost connection) must not be taken for a shorter one: a form would be
stored without its end.

A body has `FIRST_SECONDS`, and as much longer as what has arrived is worth at the speed of a bad
network; what its head promises buys no time. Where too many are slow at once, the slowest goes: a
telephone on a bad network is still faster than what is slow on purpose.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

# A head is a packet or two.
HEAD_SECONDS = 10.0
FIRST_SECONDS = 20.0
# A telephone on the slowest network sends more than the first; photos need more than a few words.
BYTES_A_SECOND = 1_000
BYTES_A_SECOND_OF_FILES = 4_000
WORDS = 256 * 1024
LONGEST_SECONDS = 1_800.0
# Of four threads in a process (config.gunicorn): two stay free for everybody else.
MOST_SLOW = 2
LOOKS_EVERY_SECONDS = 1.0
_PIECE = 2 * 1024
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class BrokenOff(OSError):
    """The body ended before it was all there. Django makes an UnreadablePostError of it."""


class Arriving(Protocol):
    """Something that is waited for."""

    def is_late(self, now: float) -> bool: ...

    def speed(self, now: float) -> float | None:
        """Bytes a second, where it is slow."""

    def hang_up(self) -> None: ...


class Watch:
    """A thread that looks at all that arrives in this process, and hangs up on what is late."""

    def __init__(self) -> None:
        self._arriving: dict[int, Arriving] = {}
        self._lock = threading.Lock()
        self._process = 0

    def begin(self, one: Arriving) -> None:
        with self._lock:
            if self._process != os.getpid():
                # Not before the first request: a thread does not come along to a forked worker.
                self._process = os.getpid()
                self._arriving.clear()
                threading.Thread(target=self._look, name="arriving", daemon=True).start()
            self._arriving[id(one)] = one

    def end(self, one: Arriving) -> None:
        with self._lock:
            self._arriving.pop(id(one), None)

    def _look(self) -> None:
        while True:
            time.sleep(LOOKS_EVERY_SECONDS)
            with self._lock:
                for one in late(list(self._arriving.values()), time.monotonic()):
                    self._arriving.pop(id(one), None)
                    one.hang_up()


def late(arriving: list[Arriving], now: float) -> list[Arriving]:
    """Those that are not waited for any longer."""
    over = [one for one in arriving if one.is_late(now)]
    slow = [
        (speed, one)
        for one in arriving
        if one not in over and (speed := one.speed(now)) is not None
    ]
    slow.sort(key=lambda pair: pair[0])
    return over + [one for _speed, one in slow[: max(0, len(slow) - MOST_SLOW)]]


watch = Watch()


class Head:
    """The head of a request on `connection`, until it is read."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._until = time.monotonic() + HEAD_SECONDS

    def is_late(self, now: float) -> bool:
        return now > self._until

    def speed(self, now: float) -> float | None:
        return None

    def hang_up(self) -> None:
        _hang_up(self._connection)


def whole_bodies(application: Application) -> Application:
    """The application, with a `wsgi.input` that keeps to the above."""

    def with_whole_bodies(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) == 0:
            return application(environ, start_response)
        body = Body(environ["wsgi.input"], int(length), environ.get("gunicorn.socket"))
        environ["wsgi.input"] = body
        try:
            return application(environ, start_response)
        finally:
            body.stop_waiting()

    return with_whole_bodies


class Body:
    """A request's body of a known length, read from `connection`; nothing is read beyond it."""

    def __init__(self, stream: Any, length: int, connection: Any) -> None:
        self._stream = stream
        self._left = length
        self._connection = connection
        self._began: float | None = None
        self._received = 0

    def read(self, size: int | None = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        self._start(wanted)
        pieces = []
        while wanted:
            # In pieces, so that what has arrived counts at once.
            piece = self._stream.read(min(wanted, _PIECE))
            if not piece:
                raise BrokenOff("The body of the request broke off.")
            wanted -= len(piece)
            pieces.append(self._counted(piece))
        return b"".join(pieces)

    def readline(self, size: int | None = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        self._start(wanted)
        line: bytes = self._stream.readline(wanted) if wanted else b""
        if not line.endswith(b"\n") and len(line) < wanted:
            raise BrokenOff("The body of the request broke off.")
        return self._counted(line)

    def stop_waiting(self) -> None:
        """All is read, or nobody reads any more."""
        watch.end(self)

    def is_late(self, now: float) -> bool:
        waited = now - (self._began or now)
        words = min(self._received, WORDS) / BYTES_A_SECOND
        files = max(0, self._received - WORDS) / BYTES_A_SECOND_OF_FILES
        return waited > min(FIRST_SECONDS + words + files, LONGEST_SECONDS)

    def speed(self, now: float) -> float | None:
        waited = now - (self._began or now)
        return self._received / waited if waited > FIRST_SECONDS else None

    def hang_up(self) -> None:
        _hang_up(self._connection)

    def _start(self, wanted: int) -> None:
        if wanted and self._began is None and self._connection is not None:
            # Not before somebody reads: what never asks for its body is not timed.
            self._began = time.monotonic()
            watch.begin(self)

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        self._received += len(data)
        if not self._left:
            self.stop_waiting()
        return data


def _hang_up(connection: socket.socket) -> None:
    # Whoever waits in `read` wakes with what there is; the other side may have hung up first.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RD)
