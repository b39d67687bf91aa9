"""Authenticated encryption of a stream, chunk by chunk (the STREAM construction).

A file is not one message: it must be sealed while it comes in and read without holding it whole.
Every chunk is sealed by itself under its number and a flag that says whether it is the last, so a
stream that lost, gained, swapped or repeated a chunk does not open. The nonce is that number and
flag: a key seals one stream and no other. (Hoang, Reyhanitabar, Rogaway, Vizár: CRYPTO 2015.)
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag

from forms.vault.ciphers import AES, KINDS, TAG_LENGTH, Kind
from forms.vault.sealing import DoesNotOpen

CHUNK = 64 * 1024
_SUFFIX = "-STREAM"


@dataclass(frozen=True, slots=True)
class StreamKey:
    """The key of one stream, and the cipher it is for."""

    kind: Kind
    secret: bytes = field(repr=False)

    @property
    def algorithm(self) -> str:
        """What is stored beside the key."""
        return self.kind.name + _SUFFIX


def new_key(kind: Kind = KINDS[AES]) -> StreamKey:
    """A key for one stream."""
    return StreamKey(kind, kind.new_key())


def stored_key(algorithm: str, secret: bytes) -> StreamKey:
    """The key of a stream that was sealed before. Raises DoesNotOpen for an unknown algorithm."""
    kind = KINDS.get(algorithm.removesuffix(_SUFFIX))
    if kind is None or not algorithm.endswith(_SUFFIX):
        raise DoesNotOpen("Sealed with an algorithm this installation does not know.")
    return StreamKey(kind, secret)


def sealed_size(size: int) -> int:
    """How many bytes a stream of this size takes when sealed."""
    return size + TAG_LENGTH * _count(size)


def _count(size: int) -> int:
    # An empty stream has one empty chunk: without it nothing would say that it is whole.
    return max(1, -(-size // CHUNK))


def _place(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _associated(key: StreamKey, identity: bytes, place: bytes) -> bytes:
    return b"|".join((b"tongban/1", b"chunk", key.algorithm.encode(), place, identity))


class Sealer:
    """Seals what is added and hands it to `write`; `finish` says that this was all."""

    def __init__(
        self, write: Callable[[bytes], object], *, key: StreamKey, identity: bytes
    ) -> None:
        self.size = 0
        self._write = write
        self._key = key
        self._cipher = key.kind.under(key.secret)
        self._identity = identity
        self._waiting = bytearray()
        self._number = 0

    def add(self, data: bytes) -> None:
        """Takes the next bytes, however many."""
        self._waiting += data
        # The last chunk may be a full one: a chunk leaves only when something comes behind it.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def finish(self) -> None:
        """Seals what is left as the last chunk."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        place = _place(self._number, last=last)
        associated = _associated(self._key, self._identity, place)
        self._write(self._cipher.encrypt(place, plain, associated))
        self._number += 1
        self.size += len(plain)


class Opened(io.RawIOBase):
    """Reads a sealed stream of a known size, at any place; gives out nothing it has not checked.

    Raises DoesNotOpen, at once where the sealed bytes are too few or too many. Closing it closes
    what it reads, where that is its own.
    """

    def __init__(
        self, sealed: BinaryIO, *, key: StreamKey, identity: bytes, size: int, owned: bool = False
    ) -> None:
        if sealed.seek(0, io.SEEK_END) != sealed_size(size):
            raise DoesNotOpen("The stream is not as long as it was when it was sealed.")
        self.size = size
        self._sealed = sealed
        self._key = key
        self._cipher = key.kind.under(key.secret)
        self._identity = identity
        self._at = 0
        self._held = (-1, b"")
        self._owned = owned

    def close(self) -> None:
        if self._owned and not self.closed:
            self._sealed.close()
        super().close()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self._at >= self.size:
            return 0
        number, offset = divmod(self._at, CHUNK)
        part = self._chunk(number)[offset : offset + len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def chunks(self) -> Iterator[bytes]:
        """The whole stream from its beginning."""
        for number in range(_count(self.size)):
            if chunk := self._chunk(number):
                yield chunk

    def _chunk(self, number: int) -> bytes:
        if self._held[0] != number:
            self._held = (number, self._open(number))
        return self._held[1]

    def _open(self, number: int) -> bytes:
        self._sealed.seek(number * (CHUNK + TAG_LENGTH))
        place = _place(number, last=number == _count(self.size) - 1)
        try:
            associated = _associated(self._key, self._identity, place)
            return self._cipher.decrypt(place, self._sealed.read(CHUNK + TAG_LENGTH), associated)
        except (InvalidTag, ValueError):
            raise DoesNotOpen("A chunk is damaged or stands in the wrong place.") from None
