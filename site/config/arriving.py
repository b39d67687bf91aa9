"""How the body of a request arrives: within a time, and whole or not at all.

Whoever sends a byte a second would hold a thread of the web server for hours. And a body that broke
off (a lost connection) must not be taken for a shorter one: a form would be stored without its end.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any

# A telephone on the slowest network sends more than this.
FIRST_SECONDS = 20.0
BYTES_A_SECOND = 1_000
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class BrokenOff(OSError):
    """The body ended before it was all there. Django makes an UnreadablePostError of it."""


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
        self._seconds = FIRST_SECONDS + length / BYTES_A_SECOND
        self._clock: threading.Timer | None = None

    def read(self, size: int | None = -1) -> bytes:
        return self._taken(self._stream.read, self._left if size is None or size < 0 else size)

    def readline(self, size: int | None = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        line = self._started(self._stream.readline, wanted)
        if not line.endswith(b"\n") and len(line) < wanted:
            raise BrokenOff("The body of the request broke off.")
        return self._counted(line)

    def stop_waiting(self) -> None:
        """The clock stands still: all is read, or nobody reads any more."""
        if self._clock is not None:
            self._clock.cancel()

    def _taken(self, read: Callable[[int], bytes], size: int) -> bytes:
        wanted = min(size, self._left)
        data = self._started(read, wanted)
        if len(data) < wanted:
            raise BrokenOff("The body of the request broke off.")
        return self._counted(data)

    def _started(self, read: Callable[[int], bytes], wanted: int) -> bytes:
        if wanted and self._clock is None and self._connection is not None:
            # Not before somebody reads: what never asks for its body is not timed.
            self._clock = threading.Timer(self._seconds, self._hang_up)
            self._clock.daemon = True
            self._clock.start()
        return read(wanted) if wanted else b""

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if not self._left:
            self.stop_waiting()
        return data

    def _hang_up(self) -> None:
        # Whoever waits in `read` wakes with what there is; the other side may have hung up first.
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RD)
