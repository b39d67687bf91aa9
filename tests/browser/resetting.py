"""A line that breaks: passes bytes between a browser and the product, and resets on demand."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from urllib.parse import urlsplit

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time at all
PIECE = 16 * 1024


class Line:
    """Listens at `url`. While `cut_after` is set, every connection that sends more than so many
    bytes is reset in the middle (a browser tries once more of itself)."""

    def __init__(self, to: str) -> None:
        parts = urlsplit(to)
        self.to = (parts.hostname or "127.0.0.1", parts.port or 80)
        self.cut_after: int | None = None
        self.cuts = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                browser, _address = self.server.accept()
                product = socket.create_connection(self.to)
                for pair in ((browser, product, True), (product, browser, False)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, sending: bool) -> None:
        sent = 0
        with contextlib.suppress(OSError):
            # A socket that another thread reads is not closed before that has returned; the other
            # direction may have closed this one already.
            source.settimeout(0.1)
            while piece := self._read(source):
                sent += len(piece)
                if sending and self.cut_after is not None and sent > self.cut_after:
                    self.cuts += 1
                    for side in (source, target):
                        side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        side.close()
                    return
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def _read(self, source: socket.socket) -> bytes:
        while True:
            try:
                return source.recv(PIECE)
            except TimeoutError:
                continue
