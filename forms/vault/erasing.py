"""Erasing all that belongs to an owner (a submission), so that no backup brings it back.

The vault erases what it sealed. Whoever keeps more about an owner (files, drafts, messages)
registers an eraser. What stays tells nobody's story: reference, dates, states, counts.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Model, Q
from django.utils import timezone

from forms.vault import files, holds, journal
from forms.vault.models import BlindIndex, ExpiringFields, JournalMark, SealedFile, SealedRecord
from forms.vault.services import Changed, Erased, Unreadable, forget_fields
from forms.vault.services import erase as erase_record

# Called inside the transaction with the owner's id; says how much it erased. Files go after the
# commit. Must be safe to repeat, and must not need what is sealed: it may be gone already.
Eraser = Callable[[uuid.UUID], int]
BY_FAMILY, BY_TERM, BY_OPERATOR = "asked by the family", "end of term", "by an operator"
logger = logging.getLogger(__name__)
BATCH = 200
LOCK_MILLISECONDS, TRIES_FOR_A_LOCK = 500, 6
_erasers: dict[str, Eraser] = {}


def register(name: str, eraser: Eraser) -> None:
    """Names what else is to be erased; the name stands in reports."""
    _erasers[name] = eraser


def erase(owner: uuid.UUID, *, why: str = BY_OPERATOR) -> Counter[str]:
    """Erases everything of an owner; how much of what. Raises `holds.OnHold` and
    `journal.NotWritten`.

    Call `settle` afterwards, outside any transaction: until then old bytes may stand in the files
    of the database.
    """
    return erase_many([owner], why=why)


def erase_many(owners: Collection[uuid.UUID], *, why: str) -> Counter[str]:
    """The same for several owners, with one line of the journal each and one write to the disk.

    Where it ends in the middle, or fails at the database, the journal keeps the deed open and
    `catch_up` does it.
    """
    counts: Counter[str] = Counter()
    # Durable: where an outer transaction could still undo this, the journal would not be true.
    with transaction.atomic(durable=True):
        live = _locked(owners)
        for owner in owners:
            holds.refuse_held(owner)
        numbers = journal.begin(
            [
                journal.Deed(journal.ERASE, owner, [row.uuid for row in live[owner]], why=why)
                for owner in owners
            ]
        )
        for owner in owners:
            for record in live[owner]:
                erase_record(record, despite_hold=True)
                counts["records"] += 1
            counts += _others(owner)
    _finish(numbers)
    return counts


def _locked(owners: Collection[uuid.UUID]) -> Mapping[uuid.UUID, list[SealedRecord]]:
    """What is sealed for these owners, in one order for everybody: nobody waits in a circle.

    Asked for twice: whoever adds to an owner holds one of its rows (`services.seal_beside`), so
    what was being added is among them the second time.
    """
    rows = SealedRecord.objects.filter(bound_to__in=owners, erased_at__isnull=True).order_by("pk")
    list(rows.select_for_update().values_list("pk"))
    live: defaultdict[uuid.UUID, list[SealedRecord]] = defaultdict(list)
    for record in rows.select_for_update():
        live[record.bound_to].append(record)
    return live


def forget(record: SealedRecord, fields: Iterable[str], *, why: str = BY_TERM) -> list[str]:
    """Cuts answers out of a record, by way of the journal; the keys that were there.

    Raises what `forget_fields` does, and `journal.NotWritten`.
    """
    fields = list(fields)
    holds.refuse_held(record.bound_to)
    deed = journal.Deed(journal.FORGET, record.bound_to, [record.uuid], fields, why)
    numbers = journal.begin([deed])
    try:
        gone = forget_fields(record, fields)
    except (holds.OnHold, Erased, Unreadable, Changed):
        journal.finish(numbers, journal.VOID)
        raise
    files.erase_files_of(record.bound_to, gone)
    _finish(numbers)
    return gone


def catch_up() -> Counter[str]:
    """Does again what the journal says and this database does not know; cheap where it does.

    That is so after a crash between journal and database, and in a database that was brought back
    from a backup. Safe to repeat.
    """
    last, name = journal.last_number(), journal.name()
    if not last or JournalMark.objects.filter(journal=name, done=last).exists():
        return Counter()
    # Read before anything is done again: what another process begins meanwhile is its own.
    unfinished = journal.unfinished()
    held = holds.held({deed.owner for _number, deed in unfinished})
    end = _ended(last, [n for n, deed in unfinished if deed.owner in held], journal.VOID)
    counts = replay()
    end = _ended(end, [n for n, deed in unfinished if deed.owner not in held], journal.DONE)
    JournalMark.objects.update_or_create(journal=name, defaults={"done": end})
    return counts


def _ended(end: int, numbers: Sequence[int], how: str) -> int:
    """Writes how these deeds ended; up to which line everything is known to be done."""
    line = journal.finish(numbers, how) if numbers else 0
    return line if line == end + 1 else end


def replay(file: Path | None = None) -> Counter[str]:
    """Does everything in the journal (or another one) again, in order."""
    counts: Counter[str] = Counter()
    batch: list[journal.Deed] = []
    for _number, deed in journal.deeds(file):
        batch.append(deed)
        if len(batch) == BATCH:
            counts += _repeat(batch)
            batch = []
    return counts + _repeat(batch)


def _repeat(deeds: Collection[journal.Deed]) -> Counter[str]:
    counts: Counter[str] = Counter()
    named = {one for deed in deeds for one in deed.records}
    owners = {deed.owner for deed in deeds if deed.what == journal.ERASE}
    live = SealedRecord.objects.filter(erased_at__isnull=True)
    with transaction.atomic():
        concerned = live.filter(Q(uuid__in=named) | Q(bound_to__in=owners)).order_by("pk")
        for record in concerned.select_for_update():
            counts += _erase_again(record, [deed for deed in deeds if _concerns(deed, record)])
        for deed in deeds:
            if deed.what == journal.ERASE:
                counts += _others(deed.owner)
    return counts


def _erase_again(record: SealedRecord, deeds: Collection[journal.Deed]) -> Counter[str]:
    if any(deed.what == journal.ERASE for deed in deeds):
        erase_record(record, despite_hold=True)
        return Counter(records=1)
    fields = {name for deed in deeds for name in deed.fields}
    # Also of answers that are gone: a crash may have come between them and their files.
    files.erase_files_of(record.bound_to, fields)
    try:
        if forget_fields(record, fields - set(record.forgotten), despite_hold=True):
            return Counter({"records with fields": 1})
    except Unreadable:
        # Its key is not in VAULT_KEY: nobody reads the answer either.
        return Counter({"records that do not open": 1})
    return Counter()


def _concerns(deed: journal.Deed, record: SealedRecord) -> bool:
    """Whether a deed named this record, or erased all of its owner after the record was made: a
    draft that was gone by then may come back from a backup."""
    if record.uuid in deed.records:
        return True
    all_of_it = deed.what == journal.ERASE and deed.owner == record.bound_to
    return all_of_it and deed.at is not None and record.created_at <= deed.at


def _others(owner: uuid.UUID) -> Counter[str]:
    counts: Counter[str] = Counter()
    for name, eraser in _erasers.items():
        counts[name] += eraser(owner)
    return +counts


def _finish(numbers: Sequence[int]) -> None:
    """Writes that these deeds are done, and moves the mark over their lines.

    The mark stays where somebody else wrote in between: what another process began and may not have
    ended must stay in front of it.
    """
    try:
        line = journal.finish(numbers)
    except journal.NotWritten as error:
        # Done all the same; the next start or purge does it again, to no effect.
        logger.error("An erasure is done and not noted as done: %s", error.__cause__)
        return
    if line != numbers[-1] + 1:
        return
    mark = JournalMark.objects.filter(journal=journal.name())
    if not mark.filter(done=numbers[0] - 1).update(done=line) and numbers[0] == journal.FIRST_DEED:
        JournalMark.objects.get_or_create(journal=journal.name(), defaults={"done": line})


def fields_done(row: ExpiringFields) -> None:
    """Notes that these answers are gone."""
    ExpiringFields.objects.filter(pk=row.pk).update(forgotten_at=timezone.now())


def settle() -> str:
    """Lets the database's own files forget what was deleted; what is left to do, or nothing.

    SQLite overwrites what it deletes (secure_delete), but older pages wait in the write-ahead log
    until a checkpoint. PostgreSQL leaves a dead row's bytes in its page, VACUUM too: only a table
    that is written anew forgets them.
    """
    if connection.in_atomic_block:
        return "Inside a transaction the database's files can't be settled."
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
        return "The write-ahead log is in use and was not emptied." if busy else ""
    if connection.vendor == "postgresql":
        in_use = [model._meta.db_table for model in _FORGETFUL if not _written_anew(model)]
        if in_use:
            return f"In use, and not written anew: {', '.join(in_use)}. The next purge tries again."
        return "The server's own write-ahead log and its archive forget in their own time."
    return ""


_LOCK_NOT_AVAILABLE = "55P03"
# What holds a key, or a digest of a number.
_FORGETFUL: list[type[Model]] = [SealedRecord, SealedFile, BlindIndex]


def _written_anew(model: type[Model]) -> bool:
    """Locks the table for as long as it is copied; False where somebody reads it all the while.

    Whoever comes after a lock that is waited for waits as well, so it is waited for but shortly.
    And whoever began to read anything of this database before the erasure (PostgreSQL itself does,
    for its statistics) keeps the dead rows in the copy, too.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_MILLISECONDS}ms'")
        try:
            for _attempt in range(TRIES_FOR_A_LOCK):
                try:
                    with _dead_rows_kept() as kept:
                        cursor.execute(f"VACUUM (FULL, VERBOSE) {table}")
                except OperationalError as error:
                    if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
                        raise
                else:
                    if not any(kept):
                        return True
                time.sleep(LOCK_MILLISECONDS / 1000)
            return False
        finally:
            cursor.execute("RESET lock_timeout")


@contextmanager
def _dead_rows_kept() -> Iterator[list[int]]:
    """How many dead rows each VACUUM inside had to keep: the number its report begins with, in
    whatever language the server speaks."""
    kept: list[int] = []

    def hear(notice: Any) -> None:
        if found := re.match(r"\d+", notice.message_detail or ""):
            kept.append(int(found[0]))

    server = connection.connection
    server.add_notice_handler(hear)
    try:
        yield kept
    finally:
        server.remove_notice_handler(hear)
