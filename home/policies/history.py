"""What the pages of a policy's editions show. Reads editions only, never the live text.

Each context costs one query. Who may see it is decided before, by the page that serves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from home.pages import recorder
from home.pages.visibility import publicly_visible
from home.policies.comparing import (
    CHANGE_LABELS,
    FIELD_LABELS,
    clause_names,
    comparison,
    shown,
    summary,
)
from home.policies.differences import (
    Change,
    difference,
)
from home.policies.models.validity import Validity

if TYPE_CHECKING:
    from home.policies.models import Edition, PolicyPage


def editions_of(policy: PolicyPage) -> list[Edition]:
    """All editions, the first one first. One query."""
    recorder.note("editions", policy.pk)
    return list(policy.editions.order_by("number"))


# Beside the document


@dataclass(frozen=True, slots=True)
class Relative:
    """A document that takes another's place or gave its own up."""

    title: str
    document_number: str
    url: str


@dataclass(frozen=True, slots=True)
class GoneClause:
    """A clause that the text no longer has. Its anchor and its page go on answering."""

    key: str
    name: str
    url: str


def beside_the_document(policy: PolicyPage, present: Set[str]) -> dict[str, Any]:
    """The latest edition, what the document replaces or gave way to, and the clauses that went.

    One query; one more where this document replaced another or was replaced, and one more where a
    clause has gone.
    """
    recorder.note("editions", policy.pk)
    recorder.note("relatives", policy.pk)
    if policy.superseded_by_id:
        # Its successor may not be published yet, and then shows from the moment it is.
        recorder.note("page", policy.superseded_by_id)
    replaced = type(policy).objects.filter(superseded_by=OuterRef("policy"))
    others = policy.clause_keys.exclude(key__in=present).order_by()
    latest = (
        policy.editions.order_by("-number")
        .defer("snapshot")
        .annotate(replaces_another=Exists(replaced), has_other_keys=Exists(others))
        .first()
    )
    has_relatives = policy.superseded_by_id or latest is None or latest.replaces_another
    successors, predecessors = _relatives(policy) if has_relatives else ([], [])
    return {
        "edition": latest,
        "superseded_by": successors,
        "supersedes": predecessors,
        "gone_clauses": _gone_clauses(policy, present) if latest and latest.has_other_keys else [],
    }


def _relatives(policy: PolicyPage) -> tuple[list[Relative], list[Relative]]:
    """The visible document that took this one's place, and those whose place it took. One query."""
    rows = publicly_visible(
        type(policy).objects.filter(Q(pk=policy.superseded_by_id) | Q(superseded_by=policy.pk))
    ).order_by("published_on", "pk")
    after: list[Relative] = []
    before: list[Relative] = []
    for row in rows:
        recorder.note("page", row.pk)
        relative = Relative(row.title, row.document_number, row.url or "")
        (after if row.pk == policy.superseded_by_id else before).append(relative)
    return after, before


def _gone_clauses(policy: PolicyPage, present: Set[str]) -> list[GoneClause]:
    names: dict[str, str] = {}
    for edition in editions_of(policy):
        names.update(clause_names(edition.content))
    return [
        GoneClause(key, name, policy.clause_page_url(key))
        for key, name in names.items()
        if key not in present
    ]


# The list


@dataclass(frozen=True, slots=True)
class EditionRow:
    """An edition as the list shows it; `summary` is empty for the first."""

    number: int
    published_at: datetime
    change_note: str
    title: str
    validity: str
    clauses: int
    summary: str
    is_latest: bool
    is_first: bool
    previous: int


def edition_rows(editions: Sequence[Edition]) -> list[EditionRow]:
    """The editions with what changed in each, the newest first."""
    contents = [edition.content for edition in editions]
    summaries = [
        summary(difference(old, new)) if old is not None else ""
        for old, new in pairwise([None, *contents])
        if new is not None
    ]
    rows = [
        EditionRow(
            number=edition.number,
            published_at=edition.published_at,
            change_note=edition.change_note,
            title=content["title"],
            validity=content["validity"],
            clauses=len(content["clauses"]),
            summary=told,
            is_latest=edition is editions[-1],
            is_first=edition is editions[0],
            previous=edition.number - 1,
        )
        for edition, content, told in zip(editions, contents, summaries, strict=True)
    ]
    return rows[::-1]


def list_context(policy: PolicyPage) -> dict[str, Any]:
    """What `policies/editions_page.html` shows."""
    return {
        "editions": edition_rows(editions_of(policy)),
        "trail": _trail(policy, (_("历次版本"), "")),
    }


# One edition


@dataclass(frozen=True, slots=True)
class SnapshotClause:
    """A clause as an edition has it."""

    key: str
    level: int
    number: str
    heading: str
    paragraphs: list[str]
    departments: str
    validity: str
    validity_label: str
    validity_note: str
    since: str

    @property
    def is_in_force(self) -> bool:
        return self.validity == Validity.IN_FORCE


def edition_context(policy: PolicyPage, number: int) -> dict[str, Any] | None:
    """What `policies/edition_page.html` shows, from the snapshot alone; None if there is none."""
    editions = editions_of(policy)
    edition = next((one for one in editions if one.number == number), None)
    if edition is None:
        return None
    content = edition.content
    labels = dict(Validity.choices)
    return {
        "edition": edition,
        "latest": editions[-1],
        "is_latest": edition is editions[-1],
        "content": content,
        "validity_label": labels.get(content["validity"], content["validity"]),
        "facts": [
            (FIELD_LABELS[name], shown(name, str(content[name])))
            for name in (
                *("document_number", "index_number", "adopted_on", "published_on", "source"),
                *("expires_on", "repealed_on", "validity_note", "superseded_by"),
            )
            if content[name]
        ],
        "preamble": _lines(content["preamble"]),
        "plan_preamble": _lines(content["plan_preamble"]),
        "clauses": [snapshot_clause(clause) for clause in content["clauses"]],
        "trail": _trail(
            policy,
            (_("历次版本"), f"{policy.url}editions/"),
            (_("第%(number)d版") % {"number": number}, ""),
        ),
    }


def snapshot_clause(clause: Mapping[str, Any]) -> SnapshotClause:
    return SnapshotClause(
        key=clause["key"],
        level=clause["level"],
        number=clause["number"],
        heading=clause["heading"],
        paragraphs=_lines(clause["text"]),
        departments="、".join(clause["departments"]),
        validity=clause["validity"],
        validity_label=shown("validity", clause["validity"]),
        validity_note=clause["validity_note"],
        since=shown("validity_since", clause["validity_since"] or ""),
    )


def difference_context(policy: PolicyPage, earlier: int, later: int) -> dict[str, Any] | None:
    """What `policies/difference_page.html` shows; None where one of the editions is not there."""
    editions = editions_of(policy)
    by_number = {edition.number: edition for edition in editions}
    old, new = by_number.get(earlier), by_number.get(later)
    if old is None or new is None:
        return None
    between = [one for one in editions if earlier < one.number <= later]
    return {
        "old": old,
        "new": new,
        "latest": editions[-1],
        "notes": [edition for edition in between if edition.change_note],
        "comparison": comparison(old.content, new.content),
        "others": [one for one in editions if one not in (old, new)],
        "trail": _trail(
            policy,
            (_("历次版本"), f"{policy.url}editions/"),
            (_("第%(old)d版与第%(new)d版对比") % {"old": earlier, "new": later}, ""),
        ),
    }


# A clause's history


@dataclass(frozen=True, slots=True)
class Moment:
    """An edition in which something befell a clause."""

    number: int
    published_at: datetime
    label: str
    change_note: str
    previous: int

    @property
    def is_first_edition(self) -> bool:
        return self.number == 1


@dataclass(frozen=True, slots=True)
class ClauseHistory:
    """What befell a clause, the newest first, and the last text it had if it has gone."""

    moments: list[Moment]
    last: SnapshotClause
    last_name: str
    last_edition: int
    gone_in: int | None


def clause_history(policy: PolicyPage, key: str) -> ClauseHistory | None:
    """The clause through all editions; None where no edition has it. One query."""
    editions = editions_of(policy)
    moments = []
    last: Edition | None = None
    before: Mapping[str, Any] = {"clauses": []}
    for edition in editions:
        content = edition.content
        change = _of_one(before, content, key)
        if change is not None and change != Change.SAME:
            moments.append(
                Moment(
                    number=edition.number,
                    published_at=edition.published_at,
                    label=str(CHANGE_LABELS[change]),
                    change_note=edition.change_note,
                    previous=edition.number - 1,
                )
            )
        if any(clause["key"] == key for clause in content["clauses"]):
            last = edition
        before = content
    if last is None:
        return None
    clause = next(one for one in last.content["clauses"] if one["key"] == key)
    return ClauseHistory(
        moments=moments[::-1],
        last=snapshot_clause(clause),
        last_name=clause_names(last.content)[key],
        last_edition=last.number,
        gone_in=None if last is editions[-1] else last.number + 1,
    )


def last_texts(policy: PolicyPage) -> dict[str, dict[str, Any]]:
    """Every clause that was ever published, by key, as its newest edition has it. One query."""
    return {
        clause["key"]: clause
        for edition in editions_of(policy)
        for clause in edition.content["clauses"]
    }


def gone_context(policy: PolicyPage, key: str) -> dict[str, Any] | None:
    """What `policies/clause_gone_page.html` shows; None where the clause never was."""
    history = clause_history(policy, key)
    if history is None:
        return None
    return {
        "history": history,
        "clause": history.last,
        "trail": _trail(policy, (history.last_name, "")),
    }


def _of_one(old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> Change | None:
    return next((one.change for one in difference(old, new).clauses if one.key == key), None)


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _trail(policy: PolicyPage, *steps: tuple[str, str]) -> list[dict[str, str]]:
    below = [(policy.document_number, policy.url or ""), *steps]
    return [*policy.breadcrumb()[:-1], *({"title": title, "url": url} for title, url in below)]
