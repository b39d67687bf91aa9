"""The deeds of private files: receive, read, serve, scan again, erase.

The bytes lie sealed below PRIVATE_ROOT/files, under the file's uuid; `SealedFile` has the rest.
Nothing of a file is ever on the disk in clear, and nothing of it is served that the scanner has not
passed (where there is one).
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import logging
import os
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from forms.vault import chunks, scanner, sealing
from forms.vault.canonical import canonical_json
from forms.vault.file_names import clean_name
from forms.vault.inspection import FileRefused, inspected
from forms.vault.inspector import JPEG, PNG
from forms.vault.models import Scan, SealedFile
from forms.vault.services import Changed, Erased, Unreadable, keyed_digest
from forms.vault.uploading import SealedUpload, room_left

__all__ = [
    "FileRefused",
    "NotServed",
    "contents",
    "erase_file",
    "erase_files_of",
    "files_of",
    "name_of",
    "receive",
    "response_for",
    "scan_waiting",
    "tidy",
]

logger = logging.getLogger(__name__)

# Written anew by us, so a browser may show them.
SHOWN_INLINE = (JPEG, PNG)
# After this long no request is under way that could still want what it wrote.
LEFT_BEHIND = timedelta(hours=24)
SCANNED_AT_ONCE = 50
# Less than the time between two runs: a scanner that answers nothing must not hold the worker.
SCAN_RUN_SECONDS = 100.0
_TRIES_FOR_A_PLACE = 3
_UNFINISHED = ".part"


class NotServed(Exception):
    """The file is there and is not given out; `message` says why, in Chinese."""

    def __init__(self, scan: str) -> None:
        super().__init__(scan)
        self.scan = scan
        self.message = (
            _("这个文件没有通过病毒检查，已经封存，不能打开。")
            if scan == Scan.INFECTED
            else _("这个文件正在等待病毒检查，通过以后才能打开。请过一会儿再看。")
        )


def receive(
    upload: Any,
    *,
    bound_to: uuid.UUID,
    question: str,
    still_wanted: Callable[[], None] | None = None,
) -> SealedFile:
    """Checks an upload, seals it and keeps it for its owner. Raises FileRefused.

    It may take seconds (another process looks into the file, the scanner is asked): never call it
    inside a transaction, which on SQLite would keep everybody else from writing. `still_wanted` is
    asked inside the transaction that keeps the file, and raises what it likes where the owner has
    gone meanwhile: a file of nobody's would stay for ever.
    """
    _refuse_by_numbers(upload, bound_to)
    file = SealedFile(bound_to=bound_to, question=question)
    key = chunks.new_key(sealing.current_kind())
    path = path_of(file)
    try:
        _seal_bytes(file, upload, key, path)
        file.scan = _scanned(upload.chunks())
        if file.scan == Scan.INFECTED:
            raise FileRefused("infected")
        file.scan_tried_at = timezone.now()
        _seal_head(file, clean_name(upload.name, file.kind), key)
        _save_in_a_free_place(file, still_wanted)
    except OSError as error:
        _remove(path)
        logger.error("An upload could not be kept: %s", error.strerror)
        raise FileRefused("no-room") from error
    except BaseException:
        _remove(path)
        raise
    return file


def contents(file: SealedFile) -> Iterator[bytes]:
    """The file's bytes, every chunk checked before it is given out. Raises Erased, Unreadable.

    Both are raised here, before the first byte, unless the bytes are damaged further on.
    """
    _name, key = _head(file)
    try:
        sealed = path_of(file).open("rb")
    except FileNotFoundError:
        raise Unreadable(f"{file!r} has no bytes.") from None
    try:
        opened = chunks.Opened(sealed, key=key, identity=_identity(file), size=file.size)
    except sealing.DoesNotOpen:
        sealed.close()
        raise Unreadable(f"{file!r} does not open.") from None
    return _given_out(file, sealed.close, opened)


def name_of(file: SealedFile) -> str:
    """The name it came under, fit to be shown. Raises Erased and Unreadable."""
    return _head(file)[0]


def files_of(bound_to: uuid.UUID) -> QuerySet[SealedFile]:
    """What its owner has sent and is not erased, in the order it came."""
    return SealedFile.objects.filter(bound_to=bound_to, erased_at__isnull=True).order_by("pk")


def response_for(file: SealedFile, *, inline: bool = False) -> StreamingHttpResponse:
    """The file for whoever may open it; to ask that, and to log it, is the caller's.

    Only an image that we wrote is ever shown `inline`. Raises NotServed, Erased and Unreadable.
    """
    if file.scan in (Scan.HELD, Scan.INFECTED):
        raise NotServed(file.scan)
    shown = inline and file.kind in SHOWN_INLINE
    response = StreamingHttpResponse(contents(file), content_type=file.kind)
    response["Content-Length"] = str(file.size)
    disposition = content_disposition_header(as_attachment=not shown, filename=name_of(file))
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Referrer-Policy"] = "no-referrer"
    return response


def erase_file(file: SealedFile) -> None:
    """Drops the key, the name and the bytes. A second call changes nothing."""
    with transaction.atomic():
        SealedFile.objects.filter(pk=file.pk, erased_at__isnull=True).update(
            wrapped_key=None, sealed_head=b"", digest="", place=None, erased_at=timezone.now()
        )
        # Undone with the transaction, should it fail; where the process dies in between, `tidy`
        # finds bytes without a key.
        transaction.on_commit(partial(path_of(file).unlink, missing_ok=True))
    file.refresh_from_db()


def erase_files_of(bound_to: uuid.UUID, questions: Collection[str] | None = None) -> int:
    """Erases what its owner has sent, all of it or for some questions; how many files that were."""
    with transaction.atomic():
        rows = files_of(bound_to)
        files = list(rows if questions is None else rows.filter(question__in=questions))
        for file in files:
            erase_file(file)
    return len(files)


def rewrap(file: SealedFile) -> None:
    """Puts the file's key under the newest master key. Raises Unreadable and Changed."""
    before = file.wrapped_key
    try:
        new = sealing.rewrapped(_sealed_head(file), identity=_identity_parts(file))
    except sealing.DoesNotOpen:
        raise Unreadable(f"{file!r} does not open.") from None
    moved = SealedFile.objects.filter(pk=file.pk, wrapped_key=before).update(
        key_id=new.key_id,
        algorithm=new.algorithm,
        wrapped_key=new.wrapped_key,
        nonce=new.nonce,
        sealed_head=new.ciphertext,
    )
    if not moved:
        raise Changed(f"{file!r} was erased or rewrapped by somebody else.")


def held_count() -> int:
    """How many files nobody can open until the virus scanner has answered."""
    return SealedFile.objects.filter(scan=Scan.HELD, erased_at__isnull=True).count()


def scan_waiting(limit: int = SCANNED_AT_ONCE) -> None:
    """Shows the scanner what it has not seen yet, whatever was tried longest ago first.

    A file found infected now, after its family had its receipt, stays sealed and is never served:
    a scanner may be wrong, and the family may have no other copy.
    """
    if not scanner.is_configured():
        return
    waiting = SealedFile.objects.filter(
        scan__in=(Scan.HELD, Scan.UNSCANNED), erased_at__isnull=True
    ).order_by(F("scan_tried_at").asc(nulls_first=True), "pk")
    until = time.monotonic() + SCAN_RUN_SECONDS
    for file in waiting[:limit]:
        if time.monotonic() > until:
            return
        try:
            scan = Scan.CLEAN if scanner.is_clean(contents(file)) else Scan.INFECTED
        except scanner.NotThere:
            logger.warning("The virus scanner can't be reached; files wait for it.")
            return
        except scanner.NoAnswer as error:
            logger.warning("The virus scanner gave no answer about %r: %s", file, error)
            scan = Scan.HELD
        except Erased:
            continue
        except Unreadable:
            logger.error("%r waits for the virus scanner and does not open.", file)
            scan = Scan.HELD
        if scan == Scan.INFECTED:
            logger.warning("%r is infected and stays sealed.", file)
        SealedFile.objects.filter(pk=file.pk, erased_at__isnull=True).update(
            scan=scan, scan_tried_at=timezone.now()
        )


def tidy() -> int:
    """Removes bytes that no file owns: of uploads that broke off, of erasures that were cut short.

    How many were removed.
    """
    before = timezone.now().timestamp() - LEFT_BEHIND.total_seconds()
    removed = 0
    for path in _folder().glob("??/*"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < before and not _is_owned(path.name):
                path.unlink()
                removed += 1
    return removed


def path_of(file: SealedFile) -> Path:
    """Where its sealed bytes lie."""
    name = file.uuid.hex
    return _folder() / name[:2] / name


def _folder() -> Path:
    return Path(settings.PRIVATE_ROOT) / "files"


def _is_owned(name: str) -> bool:
    try:
        owner = uuid.UUID(hex=name)
    except ValueError:
        return False
    return SealedFile.objects.filter(uuid=owner, erased_at__isnull=True).exists()


def _refuse_by_numbers(upload: Any, bound_to: uuid.UUID) -> None:
    if isinstance(upload, SealedUpload) and upload.refusal:
        raise FileRefused(upload.refusal)
    if not upload.size:
        raise FileRefused("empty")
    if upload.size > settings.UPLOAD_MAX_SIZE:
        raise FileRefused("too-large")
    if files_of(bound_to).count() >= settings.UPLOAD_MAX_FILES:
        raise FileRefused("too-many")
    if upload.size > room_left():
        logger.error("No room for files: less than UPLOAD_KEEPS_FREE would be left on the disk.")
        raise FileRefused("no-room")


def _seal_bytes(file: SealedFile, upload: Any, key: chunks.StreamKey, path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + _UNFINISHED)
    try:
        with (
            open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sealed,
            inspected(upload) as found,
        ):
            digest = hashlib.sha256()
            sealer = chunks.Sealer(sealed.write, key=key, identity=_identity(file))
            for chunk in found.chunks:
                digest.update(chunk)
                sealer.add(chunk)
            sealer.finish()
            if sealer.size != found.size:
                raise FileRefused("damaged")  # what looked into it died before it had said all
            sealed.flush()
            os.fsync(sealed.fileno())
        unfinished.rename(path)
        _sync_folder(path.parent)
    finally:
        _remove(unfinished)
    file.kind, file.size = found.kind, found.size
    file.digest = keyed_digest(digest.digest())


def _sync_folder(folder: Path) -> None:
    """Whoever is shown a receipt has a file that a power cut leaves in its place."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _scanned(plain: Iterator[bytes]) -> Scan:
    if not scanner.is_configured():
        return Scan.UNSCANNED
    try:
        return Scan.CLEAN if scanner.is_clean(plain) else Scan.INFECTED
    except scanner.NoAnswer as error:
        logger.warning("A file is held until the virus scanner answers: %s", error)
        return Scan.HELD


def _seal_head(file: SealedFile, name: str, key: chunks.StreamKey) -> None:
    head = {
        "name": name,
        "cipher": key.algorithm,
        "key": base64.b64encode(key.secret).decode(),
    }
    sealed = sealing.encrypt(canonical_json(head), identity=_identity_parts(file))
    file.key_id = sealed.key_id
    file.algorithm = sealed.algorithm
    file.wrapped_key = sealed.wrapped_key
    file.nonce = sealed.nonce
    file.sealed_head = sealed.ciphertext


def _head(file: SealedFile) -> tuple[str, chunks.StreamKey]:
    """The name and the key of the bytes."""
    if file.wrapped_key is None:
        raise Erased(f"{file!r} was erased.")
    try:
        head = json.loads(sealing.decrypt(_sealed_head(file), identity=_identity_parts(file)))
        key = chunks.stored_key(head["cipher"], base64.b64decode(head["key"]))
    except sealing.DoesNotOpen:
        raise Unreadable(f"{file!r} does not open.") from None
    return head["name"], key


def _sealed_head(file: SealedFile) -> sealing.Sealed:
    return sealing.Sealed(
        file.key_id,
        file.algorithm,
        bytes(file.wrapped_key or b""),
        bytes(file.nonce),
        bytes(file.sealed_head),
    )


def _given_out(
    file: SealedFile, close: Callable[[], None], opened: chunks.Opened
) -> Iterator[bytes]:
    try:
        yield from opened.chunks()
    except sealing.DoesNotOpen:
        logger.error("%r is damaged.", file)
        raise Unreadable(f"{file!r} does not open.") from None
    finally:
        close()


def _remove(path: Path) -> None:
    # Of a disk that fails, `tidy` removes it later.
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _save_in_a_free_place(file: SealedFile, still_wanted: Callable[[], None] | None) -> None:
    """The database, not a count, keeps an owner from having one file too many."""
    for _attempt in range(_TRIES_FOR_A_PLACE):
        taken = set(files_of(file.bound_to).values_list("place", flat=True))
        free = [place for place in range(1, settings.UPLOAD_MAX_FILES + 1) if place not in taken]
        if not free:
            raise FileRefused("too-many")
        file.place = free[0]
        try:
            with transaction.atomic():
                if still_wanted is not None:
                    still_wanted()
                file.save()
        except IntegrityError:
            file.pk = None  # another upload took it first
        else:
            return
    raise FileRefused("busy")


def _identity_parts(file: SealedFile) -> tuple[bytes, bytes]:
    return file.uuid.bytes, file.bound_to.bytes


def _identity(file: SealedFile) -> bytes:
    return b"".join(_identity_parts(file))
