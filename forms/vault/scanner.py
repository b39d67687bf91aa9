"""Asks ClamAV's daemon (CLAMD_URL) about a file, over its INSTREAM protocol.

Whatever is not a plain answer is none: a scanner that is down, slow, cut off or garbled never lets
a file through, and never accuses one.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings

CONNECT_SECONDS = 2.0
# All of it: connecting, sending, the scan. A family waits for as long.
SCAN_SECONDS = 25.0
PORT = 3310
_REPLY_SIZE = 4096
# What clamd says of files it gave up on, where it is set to report them at all.
_GAVE_UP = "Heuristics.Limits.Exceeded"


class NoAnswer(Exception):
    """The scanner said neither yes nor no: the file is held."""


class NotThere(NoAnswer):
    """It can't be reached: neither would it answer about the next file."""


def is_configured() -> bool:
    """Whether this installation has a scanner at all."""
    return bool(settings.CLAMD_URL)


def is_clean(chunks: Iterable[bytes]) -> bool:
    """Whether the scanner finds nothing in the file. Raises NoAnswer."""
    until = time.monotonic() + SCAN_SECONDS
    with _connected(settings.CLAMD_URL) as scanner:
        try:
            reply = _exchange(scanner, chunks, until)
        except OSError as error:
            raise NoAnswer(type(error).__name__) from error
    return _verdict(reply)


def answers_ping() -> bool:
    """Whether the scanner is there and at work. Raises NotThere."""
    with _connected(settings.CLAMD_URL) as scanner:
        try:
            scanner.sendall(b"zPING\0")
            return scanner.recv(16).startswith(b"PONG")
        except OSError as error:
            raise NotThere(type(error).__name__) from error


def _exchange(scanner: socket.socket, chunks: Iterable[bytes], until: float) -> bytes:
    try:
        scanner.sendall(b"zINSTREAM\0")
        for chunk in chunks:
            if chunk:
                scanner.settimeout(_left(until))
                scanner.sendall(struct.pack("!I", len(chunk)))
                scanner.sendall(chunk)
        scanner.sendall(struct.pack("!I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has hung up on a file that is too large for it, and may have said so
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < _REPLY_SIZE:
        scanner.settimeout(_left(until))
        part = scanner.recv(_REPLY_SIZE)
        if not part:
            break
        reply += part
    return reply


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _verdict(reply: bytes) -> bool:
    if not reply.endswith(b"\0"):
        raise NoAnswer("The answer was cut off.")
    text = reply[:-1].decode("ascii", "replace")
    if text == "stream: OK":
        return True
    if text.startswith("stream: ") and text.endswith(" FOUND") and _GAVE_UP not in text:
        return False
    # The text is the scanner's own, but it may name what is in the file.
    raise NoAnswer("The scanner gave no verdict.")


def _connected(url: str) -> socket.socket:
    address = urlsplit(url)
    try:
        if address.scheme == "unix":
            local = socket.socket(socket.AF_UNIX)
            try:
                local.settimeout(CONNECT_SECONDS)
                local.connect(address.path)
            except OSError:
                local.close()
                raise
            return local
        return socket.create_connection(
            (address.hostname or "127.0.0.1", address.port or PORT), CONNECT_SECONDS
        )
    except (OSError, ValueError) as error:  # ValueError: an address that is none
        raise NotThere(type(error).__name__) from error
