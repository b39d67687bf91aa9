"""A mail server of the tests' own: real SMTP over a real socket, with the faults one asks for."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern

REFUSED = b"550 no such mailbox\r\n"


class PostBox(socketserver.ThreadingTCPServer):
    """Keeps every mail it was given. `hold` makes it take a mail and not say so until released."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Dialogue)
        self.mails: list[bytes] = []
        self.connections = 0
        self.refused: set[str] = set()
        self.hang_up_after_data = False
        self.arrived = threading.Event()
        self.released = threading.Event()
        self.released.set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def hold(self) -> None:
        self.released.clear()

    def messages(self) -> list[EmailMessage]:
        return [BytesParser(policy=modern).parsebytes(mail) for mail in self.mails]

    def message_ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.messages()]


class _Dialogue(socketserver.StreamRequestHandler):
    server: PostBox

    def handle(self) -> None:
        # Whoever calls may be killed at any moment.
        with contextlib.suppress(ConnectionError):
            self._talk()

    def _talk(self) -> None:
        self.server.connections += 1
        self.wfile.write(b"220 post box\r\n")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                if not self._take_mail():
                    return
            elif verb == b"RCPT" and any(bad.encode() in line for bad in self.server.refused):
                self.wfile.write(REFUSED)
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")

    def _take_mail(self) -> bool:
        self.wfile.write(b"354 go on\r\n")
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line[1:] if line.startswith(b"..") else line)
        else:
            return False  # hung up in the middle: no mail
        self.server.mails.append(b"".join(lines))
        self.server.arrived.set()
        self.server.released.wait(60)
        if self.server.hang_up_after_data:
            return False
        self.wfile.write(b"250 taken\r\n")
        return True


@contextmanager
def post_box(port: int = 0) -> Iterator[PostBox]:
    """A running post box."""
    box = PostBox(port)
    thread = threading.Thread(target=box.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield box
    finally:
        box.released.set()
        box.shutdown()
        box.server_close()
        thread.join(5)


@contextmanager
def silent_server() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
        yield int(listener.getsockname()[1])
