"""Changing the master key, and the blind indexes' key, while everything runs.

How far a rotation has come is written in each row (`key_id`): a run that was killed goes on where
it stood, and one that has nothing to do changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from forms.vault import keys, masters, sealing
from forms.vault.models import BlindIndex, SealedRecord, VaultSecret
from forms.vault.services import Changed, Erased, Unreadable, open_record, remember, rewrap

logger = logging.getLogger(__name__)
BATCH = 200
# Finds the numbers by which a record is to be found again: (kind, number) of its content.
Numbers = Callable[[SealedRecord, dict[str, Any]], Iterable[tuple[str, str]]]
# Puts one row's key under the newest master key. Raises Changed, Unreadable.
Rewrap = Callable[[Any], None]

_numbers: list[Numbers] = []
_also_wrapped: dict[str, tuple[Callable[[], QuerySet[Any]], Rewrap]] = {}


@dataclass
class Report:
    """What a run did. `left` counts what is not under the newest key, `unreadable` among it."""

    done: dict[str, int] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    left: int = 0


def register_numbers(numbers: Numbers) -> None:
    """Names a function that finds the numbers of the records it knows, and none of others."""
    if numbers not in _numbers:
        _numbers.append(numbers)


def register_wrapped(name: str, rows: Callable[[], QuerySet[Any]], rewrap_row: Rewrap) -> None:
    """Names further rows with a wrapped key and the columns `key_id` and `wrapped_key`."""
    _also_wrapped[name] = (rows, rewrap_row)


def rotate() -> Report:
    """Puts every secret and data key under the newest master key, in batches."""
    report = Report()
    report.done["secrets"] = _rotate_secrets(report)
    sources: dict[str, tuple[Callable[[], QuerySet[Any]], Rewrap]] = {
        "records": (SealedRecord.objects.all, rewrap),
        **_also_wrapped,
    }
    for name, (rows, rewrap_row) in sources.items():
        report.done[name] = _rotate_rows(name, rows, rewrap_row, report)
        # A process that was started with the old setting may have sealed more meanwhile.
        report.left += _under_older_keys(rows()).count()
    return report


def _rotate_secrets(report: Report) -> int:
    done = 0
    for row in VaultSecret.objects.exclude(key_id=masters.newest().key_id):
        old = sealing.Wrapped(row.key_id, row.algorithm, bytes(row.wrapped))
        try:
            new = sealing.rewrap(old, identity=keys.identity_of(row), label="secret")
        except sealing.DoesNotOpen:
            report.unreadable.append(f"secret {row}")
            continue
        # Another run may have rewrapped it, or done away with an old generation.
        same = VaultSecret.objects.filter(pk=row.pk, wrapped=row.wrapped)
        done += same.update(key_id=new.key_id, wrapped=new.wrapped)
    return done


def _under_older_keys(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(wrapped_key__isnull=False).exclude(key_id=masters.newest().key_id)


def _rotate_rows(
    name: str, rows: Callable[[], QuerySet[Any]], rewrap_row: Rewrap, report: Report
) -> int:
    done, after = 0, 0
    while True:
        batch = list(_under_older_keys(rows()).filter(pk__gt=after).order_by("pk")[:BATCH])
        if not batch:
            return done
        after = batch[-1].pk
        # One commit for a batch; short, because on SQLite it keeps families waiting.
        with transaction.atomic():
            for row in batch:
                try:
                    rewrap_row(row)
                except Changed:
                    continue  # erased or rotated by somebody else; what is left is counted
                except Unreadable:
                    report.unreadable.append(f"{name} {row.uuid}")
                else:
                    done += 1


def rotate_index() -> Report:
    """Gives the blind indexes a new key and writes each of them anew.

    The generation before stays, because processes that run know no newer one yet; whatever they
    write with it is found, and written anew by the next run. Older ones go.
    """
    report = Report()
    newest, *older = keys.index_generations()
    if not _rows_of_other_generations(newest).exists():
        keys.add_secret(VaultSecret.INDEX, newest + 1, keys.new_secret())
        VaultSecret.objects.filter(name=VaultSecret.INDEX, generation__in=older).delete()
        newest += 1
    report.done["indexes"] = _write_indexes_anew(newest, report)
    report.left = _rows_of_other_generations(newest).count()
    return report


def _rows_of_other_generations(generation: int) -> QuerySet[BlindIndex]:
    return BlindIndex.objects.exclude(key_id=str(generation))


def _write_indexes_anew(generation: int, report: Report) -> int:
    done, after = 0, 0
    while True:
        old = _rows_of_other_generations(generation).filter(record__gt=after)
        ids = list(old.order_by("record").values_list("record", flat=True).distinct()[:BATCH])
        if not ids:
            return done
        after = ids[-1]
        for record in SealedRecord.objects.filter(pk__in=ids):
            try:
                done += _write_index_anew(record, generation)
            except Erased:
                continue
            except Unreadable:
                report.unreadable.append(f"records {record.uuid}")


def _write_index_anew(record: SealedRecord, generation: int) -> int:
    document = open_record(record)
    found = {pair for numbers in _numbers for pair in numbers(record, document)}
    with transaction.atomic():
        # As it was read: what was erased or cut out meanwhile must not be found by its number.
        same = SealedRecord.objects.filter(pk=record.pk, wrapped_key=record.wrapped_key)
        if not same.select_for_update(no_key=True).exists():
            return 0
        before = BlindIndex.objects.filter(record=record).exclude(key_id=str(generation))
        count = before.count()
        for kind, number in found:
            remember(record, kind, number, generation=generation)
        before.delete()
    return count
