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

ERASE, FORGET, DONE, VOID = "erase", "forget", "done", "void"
_LONGEST_LINE = 1 << 20


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
    """Writes that these deeds are about to be done; their numbers. On the disk when it returns."""
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
    """Writes that these deeds are done, or (VOID) were not to be done; the last number."""
    return _append([{"what": what, "of": list(numbers)}])[-1]


def last_number(file: Path | None = None) -> int:
    """How many lines there are; 0 where there is no journal."""
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
    with file.open("rb") as opened:
        first = _parsed(opened.readline(_LONGEST_LINE))
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
    with _opened_alone() as file:
        last = _last_line(file)
        number, previous = (int(last["n"]), str(last["digest"])) if last else (0, "")
        file.seek(0, os.SEEK_END)
        heading = [{"what": "begin", "journal": secrets.token_hex(16)}] if last is None else []
        numbers = []
        for content in [*heading, *contents]:
            number += 1
            now = timezone.now().isoformat(timespec="seconds")
            line = {"n": number, "at": now, **content, "previous": previous}
            previous = _digest(line)
            line["digest"] = previous
            file.write(canonical_json(line) + b"\n")
            numbers.append(number)
        file.flush()
        os.fsync(file.fileno())
        return numbers[len(heading) :]


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
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _LONGEST_LINE))
    whole = file.read().rsplit(b"\n", 2)
    # Behind the last end of line stands nothing, or a line that was cut off.
    for raw in reversed(whole[:-1]):
        line = _parsed(raw.rpartition(b"\n")[2] + b"\n")
        if line is not None:
            return line
    return None


def _parsed(raw: bytes) -> dict[str, Any] | None:
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
    except ValueError:
        # Not a line of ours: `verify` names its place.
        return {"what": "unreadable", "n": -1}
    return line if isinstance(line, dict) else {"what": "unreadable", "n": -1}


def _digest(line: dict[str, Any]) -> str:
    return keys.keyed(keys.JOURNAL, canonical_json(line)).hex()
