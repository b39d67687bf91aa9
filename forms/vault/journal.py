"""The journal of erasures (删除台账): outside the database, so that an old backup can't undo them.

A line is written, and on the disk, before the database forgets; another one when it has. Lines hold
ids and nothing else, and are chained by keyed digests. The file is DATA_DIR/journal/erasures.jsonl.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
import secrets
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils import timezone

from forms.vault import keys
from forms.vault.canonical import canonical_json

BEGIN, ERASE, FORGET, DONE, VOID = "begin", "erase", "forget", "done", "void"
# The first line names the journal.
FIRST_DEED = 2
_LONGEST_LINE = 1 << 20


class NotWritten(Exception):
    """The disk did not take a line: nothing may be erased now, and nothing was."""


class Broken(Exception):
    """The journal is not what was written; `line` is the first line that isn't."""

    def __init__(self, line: int) -> None:
        super().__init__(f"The journal of erasures is broken at line {line}.")
        self.line = line


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be forgotten: these records of an owner, or some answers of them."""

    what: str
    owner: uuid.UUID
    records: Sequence[uuid.UUID]
    fields: Sequence[str] = ()
    why: str = ""
    # When it was written; None while it isn't.
    at: datetime | None = None


def path() -> Path:
    return Path(settings.DATA_DIR) / "journal" / "erasures.jsonl"


def begin(deeds: Sequence[Deed]) -> list[int]:
    """Writes that these deeds are about to be done; their numbers. On the disk when it returns.

    Raises NotWritten.
    """
    return _append(
        [
            {
                "what": deed.what,
                "owner": str(deed.owner),
                "records": sorted(str(one) for one in deed.records),
                "fields": sorted(deed.fields),
                "why": deed.why,
            }
            for deed in deeds
        ]
    )


def finish(numbers: Sequence[int], what: str = DONE) -> int:
    """Writes that these deeds are done, or (VOID) were not to be done; the line's number.

    Raises NotWritten.
    """
    return _append([{"what": what, "of": list(numbers)}])[-1]


def last_number(file: Path | None = None) -> int:
    """The number of the last line that can be read; 0 where there is none."""
    file = file or path()
    if not file.exists():
        return 0
    with file.open("rb") as opened:
        line = _last_line(opened)
        return int(line["n"]) if line else 0


def name(file: Path | None = None) -> str:
    """The random name of the journal; empty where there is none."""
    file = file or path()
    if not file.exists():
        return ""
    first = next((line for line in lines(file) if line["what"] == BEGIN), None)
    return str(first["journal"]) if first else ""


def deeds(file: Path | None = None) -> Iterator[tuple[int, Deed]]:
    """Every deed that was not called off, in order. Reads the file twice, line by line."""
    called_off = _numbers_of(VOID, file)
    for line in lines(file):
        if line["what"] in (ERASE, FORGET) and line["n"] not in called_off:
            yield line["n"], _deed(line)


def unfinished(file: Path | None = None) -> list[tuple[int, Deed]]:
    """The deeds of which nobody wrote how they ended: whoever did them died."""
    open_ones: dict[int, Deed] = {}
    for line in lines(file):
        if line["what"] in (ERASE, FORGET):
            open_ones[line["n"]] = _deed(line)
        else:
            for number in line.get("of", ()):
                open_ones.pop(number, None)
    return sorted(open_ones.items(), key=lambda pair: pair[0])


def lines(file: Path | None = None) -> Iterator[dict[str, Any]]:
    """All whole lines; one that a crash cut off in the middle was never acted on."""
    file = file or path()
    if not file.exists():
        return
    with file.open("rb") as opened:
        for raw in opened:
            line = _parsed(raw)
            if line is not None:
                yield line


def verify(file: Path | None = None) -> int:
    """How many lines there are, each in its place. Raises Broken."""
    previous, number = "", 0
    for number, line in enumerate(lines(file), start=1):
        digest = str(line.pop("digest", ""))
        in_place = line.get("n") == number and line.get("previous") == previous
        if not in_place or not hmac.compare_digest(digest, _digest(line)):
            raise Broken(number)
        previous = digest
    return number


def _numbers_of(what: str, file: Path | None) -> set[int]:
    return {number for line in lines(file) if line["what"] == what for number in line["of"]}


def _deed(line: dict[str, Any]) -> Deed:
    return Deed(
        line["what"],
        uuid.UUID(line["owner"]),
        [uuid.UUID(one) for one in line["records"]],
        line["fields"],
        line["why"],
        datetime.fromisoformat(line["at"]),
    )


def _append(contents: Sequence[dict[str, Any]]) -> list[int]:
    """The numbers of the new lines, which are on the disk. Raises NotWritten: then none is."""
    try:
        with _opened_alone() as file:
            last = _last_line(file)
            heading = [{"what": BEGIN, "journal": secrets.token_hex(16)}] if last is None else []
            new = _chained([*heading, *contents], last)
            _write(file, [canonical_json(line) + b"\n" for line in new])
    except OSError as error:
        raise NotWritten(
            f"The journal of erasures can't be written ({error.strerror}). Nothing was erased: "
            f"make room for {path()}, then do it again."
        ) from error
    return [line["n"] for line in new[len(heading) :]]


def _chained(
    contents: Sequence[dict[str, Any]], last: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """The contents as lines that follow on the last one."""
    before, previous = (int(last["n"]), str(last["digest"])) if last else (0, "")
    found = []
    for number, content in enumerate(contents, start=before + 1):
        now = timezone.now().isoformat(timespec="seconds")
        line = {"n": number, "at": now, **content, "previous": previous}
        line["digest"] = previous = _digest(line)
        found.append(line)
    return found


def _write(file: IO[bytes], new: Sequence[bytes]) -> None:
    """All of it or nothing: half of what was to be done must not be done at the next start."""
    end = file.seek(0, os.SEEK_END)
    try:
        rest, place = b"".join(new), end
        while rest:
            written = os.pwrite(file.fileno(), rest, place)
            rest, place = rest[written:], place + written
        os.fsync(file.fileno())
    except OSError:
        os.truncate(file.fileno(), end)
        raise


@contextmanager
def _opened_alone() -> Iterator[IO[bytes]]:
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = not target.exists()
    with open(os.open(target, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if new:
            folder = os.open(target.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        _cut_torn_end(file)
        yield file


def _cut_torn_end(file: IO[bytes]) -> None:
    """A line without its end was never acted on; behind it nothing could be read."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _LONGEST_LINE)
    file.seek(start)
    tail = file.read()
    if tail and not tail.endswith(b"\n"):
        file.truncate(start + tail.rfind(b"\n") + 1)


def _last_line(file: IO[bytes]) -> dict[str, Any] | None:
    """The last line of ours. Behind it may stand what a crash left: that is `verify`'s to name."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LONGEST_LINE))
    for raw in reversed(file.read().splitlines(keepends=True)):
        line = _parsed(raw)
        if line is not None and line is not _UNREADABLE:
            return line
    return None


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """A line; None where a crash cut it off, `_UNREADABLE` where it is none of ours."""
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
        return line if {"n", "what", "digest"} <= line.keys() else _UNREADABLE
    except (ValueError, AttributeError):
        return _UNREADABLE


_UNREADABLE: dict[str, Any] = {"what": "unreadable", "n": -1}


def _digest(line: dict[str, Any]) -> str:
    return keys.keyed(keys.JOURNAL, canonical_json(line)).hex()
