"""What has reached its day goes: single answers first, then whatever belongs to an owner whole."""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from django.db.models import Q
from django.utils import timezone

from forms.vault import erasing, holds, retention
from forms.vault.models import ExpiringFields, SealedRecord
from forms.vault.services import Changed, Erased, Unreadable

logger = logging.getLogger(__name__)
BATCH = 200
# One commit: short, because on SQLite it keeps families waiting.
AT_ONCE = 25


@dataclass
class Report:
    """What a purge did, or would do; what was due and kept, because it is handled or on hold.

    `lapsed` counts what was begun and not sent, by the name its room registered.
    """

    owners: int = 0
    answers: int = 0
    lapsed: Counter[str] = field(default_factory=Counter)
    in_use: int = 0
    on_hold: int = 0
    failed: int = 0


class Lapse(Protocol):
    """Gives up what a room keeps by a term of its own and has passed it; how much that is."""

    def __call__(self, now: datetime, *, dry_run: bool) -> int: ...


_lapsing: dict[str, Lapse] = {}


def register(name: str, lapse: Lapse) -> None:
    """Names what else a purge reaches; the name stands in its report."""
    _lapsing[name] = lapse


def purge(now: datetime | None = None, *, dry_run: bool = False) -> Report:
    """Erases what is due, in batches; safe beside families and beside itself."""
    now = now or timezone.now()
    report = Report()
    for name, lapse in _lapsing.items():
        report.lapsed[name] = lapse(now, dry_run=dry_run)
    _purge_fields(now, report, dry_run=dry_run)
    _purge_owners(now, report, dry_run=dry_run)
    return report


def _purge_fields(now: datetime, report: Report, *, dry_run: bool) -> None:
    today = timezone.localdate(now)
    for batch in _due_fields(now):
        owners = {row.record.bound_to for row in batch}
        busy, held = retention.in_use(owners), holds.held(owners, today)
        for row in batch:
            if row.record.bound_to in busy:
                report.in_use += 1
            elif row.record.bound_to in held:
                report.on_hold += 1
            elif dry_run:
                report.answers += len(row.keys)
            else:
                _forget(row, report)


def _forget(row: ExpiringFields, report: Report) -> None:
    try:
        report.answers += len(erasing.forget(row.record, row.keys))
    except Erased:
        pass  # gone as a whole
    except (Unreadable, Changed, holds.OnHold) as error:
        # Tried again with the next purge.
        report.failed += 1
        logger.error("Answers of %r could not be cut out: %s", row.record, type(error).__name__)
        return
    erasing.fields_done(row)


def _due_fields(now: datetime) -> Iterator[list[ExpiringFields]]:
    rows = ExpiringFields.objects.filter(forgotten_at__isnull=True, purge_at__lte=now)
    rows = rows.select_related("record").order_by("purge_at", "pk")
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        last = batch[-1]
        beyond = Q(purge_at__gt=last.purge_at) | Q(purge_at=last.purge_at, pk__gt=last.pk)
        batch = list(rows.filter(beyond)[:BATCH])


def _purge_owners(now: datetime, report: Report, *, dry_run: bool) -> None:
    today = timezone.localdate(now)
    for batch in _due_records(now):
        owners = {record.bound_to for record in batch}
        # An owner is due with the last of its records: question and answer go together.
        later = SealedRecord.objects.filter(bound_to__in=owners, erased_at__isnull=True)
        owners -= set(later.exclude(purge_at__lte=now).values_list("bound_to", flat=True))
        busy = retention.in_use(owners)
        held = holds.held(owners - busy, today)
        report.in_use += len(busy)
        report.on_hold += len(held)
        due = owners - busy - held
        if dry_run:
            report.owners += len(due)
            continue
        for few in _in_lots(sorted(due), AT_ONCE):
            _erase(few, report)


def _erase(owners: list[uuid.UUID], report: Report) -> None:
    try:
        erasing.erase_many(owners, why=erasing.BY_TERM)
    except holds.OnHold:
        # One of them was put on hold in this moment: the others go all the same.
        if len(owners) == 1:
            report.on_hold += 1
        for owner in owners if len(owners) > 1 else ():
            _erase([owner], report)
    else:
        report.owners += len(owners)


def _in_lots(owners: list[uuid.UUID], size: int) -> Iterator[list[uuid.UUID]]:
    for start in range(0, len(owners), size):
        yield owners[start : start + size]


def _due_records(now: datetime) -> Iterator[list[SealedRecord]]:
    rows = SealedRecord.objects.filter(erased_at__isnull=True, purge_at__lte=now)
    rows = rows.only("bound_to", "purge_at").order_by("purge_at", "pk")
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        last = batch[-1]
        beyond = Q(purge_at__gt=last.purge_at) | Q(purge_at=last.purge_at, pk__gt=last.pk)
        batch = list(rows.filter(beyond)[:BATCH])
