"""gunicorn's worker, whose threads nobody holds for nothing.

Stock, it waits for the head of a request for as long as that takes; and it closes a connection
politely (waiting until the other side has) in the one thread that accepts all others: ten clients
that keep silent then stop a whole worker for twenty seconds.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

from config.arriving import Head, watch

LINGER_SECONDS = 5.0
# What a browser still sends of a form that was refused unread: else it never shows the answer.
MOST_THROWN_AWAY = 32 * 1024 * 1024
MOST_LINGERING = 200


class Worker(ThreadWorker):
    """A worker that gives a request's head its time, and closes connections out of the way."""

    def handle(self, conn: Any) -> Any:
        conn.close = partial(_close, conn.sock)
        conn.head = Head(conn.sock)
        watch.begin(conn.head)
        try:
            return super().handle(conn)
        finally:
            watch.end(conn.head)

    def handle_request(self, req: Any, conn: Any) -> Any:
        watch.end(conn.head)
        return super().handle_request(req, conn)


class Lingering:
    """Closes connections once the other side has, or after some seconds: a connection that is cut
    while something is still on its way takes the answer with it (RFC 9112, 9.6)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = 0
        self._selector: selectors.BaseSelector
        self._new: list[socket.socket] = []
        self._open: dict[socket.socket, tuple[float, int]] = {}

    def add(self, connection: socket.socket) -> None:
        with self._lock:
            if self._process != os.getpid():
                self._process = os.getpid()
                self._new, self._open = [], {}
                self._selector = selectors.DefaultSelector()
                threading.Thread(target=self._wait, name="lingering", daemon=True).start()
            if len(self._new) + len(self._open) < MOST_LINGERING:
                self._new.append(connection)
                return
        connection.close()

    def _wait(self) -> None:
        while True:
            with self._lock:
                new, self._new = self._new, []
            for connection in new:
                self._open[connection] = (time.monotonic() + LINGER_SECONDS, 0)
                self._selector.register(connection, selectors.EVENT_READ)
            if not self._open:
                time.sleep(0.1)
            for key, _events in self._selector.select(0.1) if self._open else ():
                self._throw_away(key.fileobj)
            now = time.monotonic()
            for connection in [one for one, (until, _count) in self._open.items() if until < now]:
                self._end(connection)

    def _throw_away(self, connection: Any) -> None:
        until, count = self._open[connection]
        try:
            data = connection.recv(64 * 1024)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        count += len(data)
        if not data or count > MOST_THROWN_AWAY:
            self._end(connection)
        else:
            self._open[connection] = (until, count)

    def _end(self, connection: socket.socket) -> None:
        del self._open[connection]
        self._selector.unregister(connection)
        connection.close()


lingering = Lingering()


def _close(connection: socket.socket, graceful: bool = False) -> None:
    if not graceful:
        with contextlib.suppress(OSError):
            connection.close()
        return
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.setblocking(False)
    except OSError:
        connection.close()  # it is gone already
    else:
        lingering.add(connection)
