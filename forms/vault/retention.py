"""How long sealed content is kept: a class gives days, a row stores the day (保存期限).

What is still in use is not purged: an app above says which owners are (`register_in_use`), and
tells when the days begin to count (`count_from`), as at the closing of a case.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from forms.vault.models import ExpiringFields, RetentionClass, SealedRecord

CASE, IDENTITY, DRAFT, SIGN_UP = "case", "identity", "draft", "sign-up"

Terms = Mapping[str, timedelta]
InUse = Callable[[Collection[uuid.UUID]], set[uuid.UUID]]
_in_use: list[InUse] = []


def register_in_use(ask: InUse) -> None:
    """Names a function that says which of these owners are still being handled."""
    if ask not in _in_use:
        _in_use.append(ask)


def in_use(owners: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the owners that some app above still handles."""
    return {owner for ask in _in_use for owner in ask(owners)}


def terms() -> Terms:
    """Each class and its time."""
    rows = RetentionClass.objects.values_list("code", "days")
    return {code: timedelta(days=days) for code, days in rows}


def end(terms: Terms, code: str, kept_from: datetime) -> datetime | None:
    """When content of a class is due; None where the class is not known: it is kept."""
    return kept_from + terms[code] if code in terms else None


def note_fields(
    record: SealedRecord,
    terms: Terms,
    document: Mapping[str, Any],
    class_of_field: Mapping[str, str],
) -> None:
    """Notes the answers that end before their record."""
    whole = terms.get(record.retention)
    by_class: defaultdict[str, list[str]] = defaultdict(list)
    for key, code in class_of_field.items():
        answered = document.get(key) not in (None, "", [])
        if answered and code in terms and (whole is None or terms[code] < whole):
            by_class[code].append(key)
    ExpiringFields.objects.bulk_create(
        ExpiringFields(
            record=record,
            retention=code,
            keys=sorted(keys),
            purge_at=end(terms, code, record.kept_from),
        )
        for code, keys in by_class.items()
    )


def count_from(bound_to: uuid.UUID, moment: datetime) -> None:
    """From this moment the days of all that belongs to an owner count."""
    known = terms()
    with transaction.atomic():
        live = SealedRecord.objects.filter(bound_to=bound_to, erased_at__isnull=True)
        # In the order in which an erasure takes them: two deeds that lock in one order never
        # deadlock.
        list(live.select_for_update().order_by("pk").values_list("pk"))
        for code in set(live.order_by().values_list("retention", flat=True)):
            live.filter(retention=code).update(kept_from=moment, purge_at=end(known, code, moment))
        parts = ExpiringFields.objects.filter(record__in=live, forgotten_at__isnull=True)
        for code in set(parts.order_by().values_list("retention", flat=True)):
            parts.filter(retention=code).update(purge_at=end(known, code, moment))


def make_due(bound_to: uuid.UUID, moment: datetime) -> None:
    """What belongs to an owner has reached its end now: the next purge takes it, if nobody else."""
    live = SealedRecord.objects.filter(bound_to=bound_to, erased_at__isnull=True)
    live.update(purge_at=moment)


def apply_changed_term(row: RetentionClass) -> int:
    """Moves the day of all that is kept under a class whose days were changed; how many rows."""
    days = timedelta(days=row.days)
    with transaction.atomic():
        moved = SealedRecord.objects.filter(retention=row.code, erased_at__isnull=True).update(
            purge_at=F("kept_from") + days
        )
        parts = ExpiringFields.objects.filter(retention=row.code, forgotten_at__isnull=True)
        for moment in set(parts.order_by().values_list("record__kept_from", flat=True)):
            moved += parts.filter(record__kept_from=moment).update(purge_at=moment + days)
    return moved
