"""How far the access log went, day by day, noted outside the database.

A chain shows a change or a gap, but not that its newest entries were cut off. An anchor says, of
all entries up to a number, how many there are and a digest over all of them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from forms.vault import keys
from forms.vault.canonical import canonical_json
from forms.vault.chain import first_broken
from forms.vault.models import AccessEntry

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """The first place that is not as it was written, in words for an operator."""

    place: str


def path() -> Path:
    return Path(settings.DATA_DIR) / "log" / "access-anchors.jsonl"


def add() -> dict[str, Any]:
    """Writes an anchor over all entries there are now."""
    last = AccessEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    count, head = _over_entries_up_to(last)
    anchor: dict[str, Any] = {
        "at": timezone.now().isoformat(timespec="seconds"),
        "last": last,
        "count": count,
        "head": head,
    }
    anchor["digest"] = _digest(anchor)
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as file:
        file.write(canonical_json(anchor) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return anchor


def verify() -> tuple[int, Finding | None]:
    """Walks every chain and compares with the anchors; how many entries, and what is broken."""
    total = AccessEntry.objects.count()
    entries = AccessEntry.objects.select_related("record").order_by("record_id", "number")
    for _record, chain in groupby(entries.iterator(CHUNK), key=lambda entry: entry.record_id):
        broken = first_broken(chain)
        if broken is not None:
            place = f"record {broken.record.uuid}, entry {broken.number} (row {broken.pk})"
            return total, Finding(f"{place}: changed, or the entry before it was removed")
    return total, _first_broken_anchor()


def _first_broken_anchor() -> Finding | None:
    for number, anchor in enumerate(_anchors(), start=1):
        where = f"anchor {number} in {path()}"
        try:
            digest = anchor.pop("digest", "")
            genuine = digest == _digest(anchor)
        except (AttributeError, ValueError):
            genuine = False
        if not genuine:
            return Finding(f"{where}: changed")
        count, head = _over_entries_up_to(anchor["last"])
        if count < anchor["count"]:
            return Finding(
                f"{where} of {anchor['at']}: {anchor['count']} entries were there up to row "
                f"{anchor['last']}, {count} are left: entries were cut off"
            )
        if head != anchor["head"]:
            return Finding(f"{where} of {anchor['at']}: the entries are not those of that day")
    return None


def _anchors() -> Iterator[dict[str, Any]]:
    if path().exists():
        with path().open("rb") as file:
            for raw in file:
                try:
                    line = json.loads(raw)
                except ValueError:
                    line = {}
                yield line if isinstance(line, dict) else {}


def _over_entries_up_to(last: int) -> tuple[int, str]:
    total, count = hashlib.sha256(), 0
    rows = AccessEntry.objects.filter(pk__lte=last).order_by("pk")
    for digest in rows.values_list("digest", flat=True).iterator(chunk_size=CHUNK):
        total.update(digest.encode())
        count += 1
    return count, total.hexdigest()


def _digest(anchor: dict[str, Any]) -> str:
    return keys.keyed(keys.ACCESS_CHAIN, b"anchor", canonical_json(anchor)).hex()
