"""The ledger: a line for each case that says what there is and what happened, and nobody's story.

Kept beside a backup, or handed to an auditor, it shows whether a case, an answer or an event was
lost or changed since. What a family wrote appears as a keyed digest over what is stored (which
can't be tested without VAULT_KEY), and an erased answer as null (decision 13).
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from forms.casework.models import Case, CaseEvent
from forms.vault.models import SealedFile, SealedRecord
from forms.vault.services import keyed_digest

CHUNK = 500


def lines() -> Iterator[dict[str, Any]]:
    """Every case in the order it came, each line chained to the one before; memory stays flat."""
    previous = ""
    for batch in _batches():
        events = _events_of(batch)
        files = _files_of(batch)
        for case in batch:
            line = _line(case, events.get(case.pk, []), files.get(case.submission.uuid, []))
            line["previous"] = previous
            previous = keyed_digest(f"{previous}\n{sorted(line.items())}".encode())
            line["chain"] = previous
            yield line


def _batches() -> Iterator[list[Case]]:
    cases = Case.objects.select_related("submission__record", "owner_unit").order_by("pk")
    after = 0
    while batch := list(cases.filter(pk__gt=after)[:CHUNK]):
        after = batch[-1].pk
        yield batch


def _line(case: Case, events: list[CaseEvent], files: list[str]) -> dict[str, Any]:
    submission = case.submission
    return {
        "reference": case.reference,
        "submission_key": keyed_digest(submission.submission_key.encode()),
        "payload": _digest_of(submission.record),
        # What explains another digest: sealed in another format, answers cut out at their term.
        "payload_format": submission.record.algorithm,
        "payload_cut": len(submission.record.forgotten),
        "files": files,
        "unit": case.owner_unit_id,
        "unit_name": case.owner_unit.name,
        "state": case.state,
        "version": case.version,
        "received_at": case.received_at.isoformat(),
        "closed_at": case.closed_at.isoformat() if case.closed_at else None,
        "events": [
            {
                "seq": event.seq,
                "kind": event.kind,
                "state": event.state,
                "at": event.at.isoformat(),
                "text": _digest_of(event.record),
            }
            for event in events
        ],
    }


def _digest_of(record: SealedRecord | None) -> str | None:
    if record is None or record.wrapped_key is None:
        return None
    # Of the sealed bytes: nothing is opened for it, so nobody has looked.
    return keyed_digest(record.uuid.bytes + bytes(record.nonce) + bytes(record.ciphertext))


def _events_of(batch: list[Case]) -> dict[int, list[CaseEvent]]:
    rows: QuerySet[CaseEvent] = CaseEvent.objects.filter(case__in=batch).select_related("record")
    ordered = rows.order_by("case_id", "seq")
    return {pk: list(group) for pk, group in groupby(ordered, key=lambda event: event.case_id)}


def _files_of(batch: list[Case]) -> dict[uuid.UUID, list[str]]:
    """Digests of the files that lie sealed, by owner."""
    rows = SealedFile.objects.filter(
        bound_to__in=[case.submission.uuid for case in batch], erased_at__isnull=True
    )
    found: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    for owner, digest in rows.order_by("pk").values_list("bound_to", "digest"):
        found[owner].append(keyed_digest(digest.encode()))
    return found
