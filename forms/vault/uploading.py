"""How an upload comes in: sealed from its first byte.

Django would write a larger upload to the temporary folder in clear. Here it goes to a file without
a name in PRIVATE_ROOT/incoming, under a key that is in this process's memory alone: whatever ends
the request (an answer, a lost connection, a kill) takes file and key with it, and there is nothing
to clear away.
"""

from __future__ import annotations

import contextlib
import io
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from forms.vault.chunks import CHUNK, Opened, Sealer, new_key

logger = logging.getLogger(__name__)
_IDENTITY = b"incoming"


def prepare(request: HttpRequest) -> None:
    """Has the files of this request sealed as they come. To be called before its POST is read."""
    request.upload_handlers = [SealedUploadHandler(request)]


def room_left() -> int:
    """How many bytes uploads may still take of the disk; what is sent without them needs the rest
    (UPLOAD_KEEPS_FREE)."""
    folder = Path(settings.PRIVATE_ROOT)
    try:
        return shutil.disk_usage(folder).free - int(settings.UPLOAD_KEEPS_FREE)
    except OSError:  # nobody has sent anything yet, or nobody may
        return shutil.disk_usage(settings.DATA_DIR).free - int(settings.UPLOAD_KEEPS_FREE)


class SealedUpload(UploadedFile):
    """An upload on its way into the vault. Read it with `chunks()`, as often as need be.

    `refusal` is the code of why `files.receive` will not take it ("too-large", …), or empty: its
    bytes are then gone, and its size is what was sent.
    """

    def __init__(self, opened: Opened | None, *, refusal: str = "", **known: Any) -> None:
        # A buffer of one chunk: each is opened once for many small reads.
        super().__init__(io.BufferedReader(opened, CHUNK) if opened else io.BytesIO(), **known)
        self.refusal = refusal
        self._opened = opened

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        if self._opened is None:
            return iter(())
        return self._opened.chunks()

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:
        return (self.size or 0) > CHUNK

    def __reduce__(self) -> NoReturn:
        raise TypeError("An upload is never pickled: its key is in this process alone.")


class _Incoming:
    """A file that is being received."""

    def __init__(self) -> None:
        folder = Path(settings.PRIVATE_ROOT) / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Without a name where the system can do that, and unlinked at once where it can't.
        self._sealed = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._key = new_key()
        self._sealer = Sealer(self._sealed.write, key=self._key, identity=_IDENTITY)

    def add(self, data: bytes) -> None:
        self._sealer.add(data)

    def finish(self) -> Opened:
        self._sealer.finish()
        self._sealed.flush()
        return Opened(
            self._sealed, key=self._key, identity=_IDENTITY, size=self._sealer.size, owned=True
        )

    def close(self) -> None:
        self._sealed.close()


class SealedUploadHandler(FileUploadHandler):
    """Seals what comes; what is too much it reads to the end and throws away.

    Stopping would reset the connection: the family would see the browser's own error page, and all
    they had typed would be gone.
    """

    chunk_size = CHUNK

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._incoming: _Incoming | None = None
        self._refusal = ""
        self._files = 0
        self._received = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._drop()
        self._files += 1
        self._refusal = "too-many" if self._files > settings.UPLOAD_MAX_FILES else ""
        if not self._refusal:
            with self._owning_up():
                self._begin()

    def _begin(self) -> None:
        if room_left() < settings.UPLOAD_MAX_SIZE:
            logger.error("No room for uploads: the disk has little more than UPLOAD_KEEPS_FREE.")
            self._refuse("no-room")
        else:
            self._incoming = _Incoming()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._received += len(raw_data)
        if not self._refusal and start + len(raw_data) > settings.UPLOAD_MAX_SIZE:
            self._refuse("too-large")
        if not self._refusal and self._received > settings.UPLOAD_MAX_REQUEST:
            self._refuse("too-much")
        if self._incoming is not None:
            with self._owning_up():
                self._incoming.add(raw_data)

    def file_complete(self, file_size: int) -> SealedUpload:
        opened = None
        if self._incoming is not None:
            with self._owning_up():
                opened = self._incoming.finish()
        if opened is not None:
            self._incoming = None
        return SealedUpload(
            opened,
            refusal=self._refusal,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        self._drop()

    @contextlib.contextmanager
    def _owning_up(self) -> Iterator[None]:
        """A disk that takes no more costs the family its file, and nothing else it sent."""
        try:
            yield
        except OSError as error:
            logger.error("An upload could not be written: %s", error.strerror)
            self._refuse("no-room")

    def _refuse(self, code: str) -> None:
        self._refusal = code
        self._drop()

    def _drop(self) -> None:
        if self._incoming is not None:
            self._incoming.close()
            self._incoming = None
