"""The chain of looks at a record: each entry's digest covers the one before."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import UTC

from forms.vault import keys
from forms.vault.canonical import canonical_json
from forms.vault.models import AccessEntry, SealedRecord


def entry_digest(entry: AccessEntry) -> str:
    """The keyed digest over all an entry says and the digest before it."""
    content = {
        "record": str(entry.record.uuid),
        "number": entry.number,
        "user": entry.user_id,
        "what": entry.what,
        "fields": entry.fields,
        "reason": entry.reason,
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "previous": entry.previous_digest,
    }
    return keys.keyed(keys.ACCESS_CHAIN, canonical_json(content)).hex()


def first_broken_entry(record: SealedRecord) -> AccessEntry | None:
    """The first entry that was changed, or before which one was removed; None where all hold.

    That the newest entries were cut off is not seen here: that takes a copy kept elsewhere.
    """
    return first_broken(AccessEntry.objects.filter(record=record).order_by("number"))


def first_broken(entries: Iterable[AccessEntry]) -> AccessEntry | None:
    """The same for the entries of one record, in order."""
    previous = ""
    for number, entry in enumerate(entries, start=1):
        in_place = entry.number == number and entry.previous_digest == previous
        if not in_place or not hmac.compare_digest(entry.digest, entry_digest(entry)):
            return entry
        previous = entry.digest
    return None
