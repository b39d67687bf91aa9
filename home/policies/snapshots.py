"""What an edition keeps: everything the public could read, as plain data with a format number.

Snapshots outlive the models. Whoever changes what is kept raises `FORMAT` and adds a step to
`_UPGRADES` that gives older snapshots what they did not say; snapshots themselves are never
rewritten. `read` is the only way to an old one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from home.policies.models import Clause, PolicyPage

FORMAT = 2

Data = dict[str, Any]


class UnknownFormat(ValueError):
    """A snapshot that was made by a later release."""


def snapshot(policy: PolicyPage) -> Data:
    """Everything a reader could read on the policy's page, as plain data.

    `clauses` is a list in reading order of key, parent_key, level, number, heading, text, the
    departments' names, and validity with its note and day; dates are ISO 8601 or null.
    """
    successor = policy.superseded_by
    return {
        "format": FORMAT,
        "title": policy.title,
        "document_number": policy.document_number,
        "index_number": policy.index_number,
        "addressees": policy.addressees,
        "adopted_on": day_text(policy.adopted_on),
        "published_on": day_text(policy.published_on),
        "source": policy.source,
        "validity": policy.validity,
        "validity_note": policy.validity_note,
        "superseded_by": f"{successor.title}（{successor.document_number}）" if successor else "",
        "expires_on": day_text(policy.expires_on),
        "repealed_on": day_text(policy.repealed_on),
        "preamble": policy.preamble,
        "plan_title": policy.plan_title,
        "plan_preamble": policy.plan_preamble,
        "issuers": [issuer.name for issuer in policy.issuers.all()],
        "attachments": [attachment.name for attachment in policy.attachments.all()],
        "clauses": [
            clause_data(clause, (department.name for department in clause.departments.all()))
            for clause in policy.clauses.all()
        ],
    }


def clause_data(clause: Clause, departments: Iterable[str]) -> Data:
    """A clause as `snapshot` keeps it."""
    return {
        "key": clause.key,
        "parent_key": clause.parent_key,
        "level": clause.level,
        "number": clause.number,
        "heading": clause.heading,
        "text": clause.text,
        "departments": list(departments),
        "validity": clause.validity,
        "validity_note": clause.validity_note,
        "validity_since": day_text(clause.validity_since),
    }


def day_text(day: date | str | None) -> str | None:
    """A day in ISO 8601."""
    # A page that was made in code and not read from the database may hold its dates as text.
    return day.isoformat() if isinstance(day, date) else day or None


def digest(content: Mapping[str, Any]) -> str:
    """The seal of a snapshot: SHA-256 of its canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read(content: Mapping[str, Any]) -> Data:
    """A stored snapshot in today's format, whatever release made it."""
    data = dict(content)
    # The first format had no number.
    number = data.get("format", 1)
    if number > FORMAT:
        raise UnknownFormat(f"Snapshot format {number} is newer than {FORMAT}.")
    for step in _UPGRADES[number - 1 :]:
        data = step(data)
    return {**data, "format": FORMAT}


def _with_validity(data: Data) -> Data:
    """1 to 2: clauses and documents got a validity of their own, with notes and days."""
    unsaid = {"validity_note": "", "superseded_by": "", "expires_on": None, "repealed_on": None}
    clause = {"validity": "in-force", "validity_note": "", "validity_since": None}
    return {**unsaid, **data, "clauses": [{**clause, **one} for one in data["clauses"]]}


_UPGRADES: list[Callable[[Data], Data]] = [_with_validity]
