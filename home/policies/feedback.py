"""What readers give back on a clause: a mistake they report, and whether it was of use to them.

The form that takes corrections, and what becomes of one, belong to the rooms above: the form is
named by a setting, and whoever keeps corrections registers here how they are counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.db.models import F, Subquery
from wagtail.models import Page

from home.pages.addresses import path_of
from home.pages.visibility import publicly_visible
from home.pages.whole_numbers import whole_number
from home.policies import citing
from home.policies.models import (
    Clause,
    ClauseKey,
    ClauseUsefulness,
    Edition,
    FeedbackSettings,
)

# "lmf-2025-10:2-1-2", and with the edition that was read "lmf-2025-10:2-1-2:3".
_ABOUT = re.compile(
    r"(?P<slug>[A-Za-z0-9_-]{1,255}):(?P<key>[a-z0-9-]{1,40})(?::(?P<edition>[0-9]{1,6}))?"
)


@dataclass(frozen=True, slots=True)
class CitedClause:
    """A clause as an edition has it: what a reader had before their eyes."""

    clause_key: ClauseKey
    edition: Edition
    citation: str
    number: str
    heading: str
    text: str
    policy_title: str
    url: str

    @property
    def about(self) -> str:
        """How an address or a form names it: document, clause, edition."""
        policy = self.clause_key.policy
        return f"{policy.slug}:{self.clause_key.key}:{self.edition.number}"


def live_clause(slug: str, key: str) -> ClauseKey | None:
    """The clause at a public address now; None where there is none. One query."""
    clauses = Clause.objects.filter(page__slug=slug, key=key)
    live = publicly_visible(clauses, "page").values("page_id")[:1]
    return ClauseKey.objects.filter(policy_id=Subquery(live), key=key).first()


# ── corrections ─────────────────────────────────────────────────────────────────────────────────


def correction_form_path() -> str:
    """Where corrections are taken; empty where no form is chosen or it is not public. One query."""
    chosen = FeedbackSettings.objects.values("correction_form")[:1]
    form = publicly_visible(Page.objects.filter(pk=Subquery(chosen))).first()
    return path_of(form.url_path) if form else ""


def correction_path(slug: str, key: str) -> str:
    """The form's address for one clause; empty where there is no form. One query."""
    form_path = correction_form_path()
    return f"{form_path}?{urlencode({'about': f'{slug}:{key}'}, safe=':')}" if form_path else ""


def cited_clause(about: str, *, public_only: bool = True) -> CitedClause | None:
    """The clause that an address or a form names; None for what is forged or not public now.

    Without an edition the newest one is meant. `public_only` False also finds what has been taken
    off the site since. At most two queries.
    """
    named = _ABOUT.fullmatch(about)
    if named is None:
        return None
    keys = ClauseKey.objects.filter(policy__slug=named["slug"], key=named["key"])
    clause_key = (publicly_visible(keys, "policy") if public_only else keys).first()
    if clause_key is None:
        return None
    editions = Edition.objects.filter(policy=clause_key.policy_id).order_by("-number")
    if named["edition"]:
        editions = editions.filter(number=int(named["edition"]))
    edition = editions.first()
    return None if edition is None else as_edition_has_it(clause_key, edition)


def as_edition_has_it(clause_key: ClauseKey, edition: Edition) -> CitedClause | None:
    """The clause in the words of that edition; None where the edition has no such clause."""
    places = citing.places(edition.snapshot["clauses"])
    for clause in edition.snapshot["clauses"]:
        if clause["key"] == clause_key.key:
            policy = clause_key.policy
            return CitedClause(
                clause_key=clause_key,
                edition=edition,
                citation=policy.citation(places[clause_key.key]),
                number=clause["number"],
                heading=clause["heading"],
                text=clause["text"],
                policy_title=edition.snapshot["title"],
                url=policy.clause_page_url(clause_key.key),
            )
    return None


# By the name of a count ("open", "closed"), how many corrections of the clause key in hand there
# are, of one edition or (None) of all.
CorrectionCounts = Callable[[int | None], Mapping[str, Subquery]]
_corrections: list[CorrectionCounts] = []


def register_corrections(counts: CorrectionCounts) -> None:
    """Names who keeps corrections and can count them."""
    _corrections[:] = [counts]


def correction_counts(edition: int | None) -> dict[str, Subquery]:
    """What whoever keeps corrections counts of a clause key; empty where nobody keeps any."""
    return {name: one for counts in _corrections for name, one in counts(edition).items()}


# ── was this useful? ────────────────────────────────────────────────────────────────────────────


def edition_read(clause_key: ClauseKey, number: str) -> Edition | None:
    """The edition that a reader's page named; None for a number that never was. One query."""
    named = whole_number(number)
    if named is None:
        return None
    editions = Edition.objects.filter(policy=clause_key.policy_id, number=named)
    return editions.defer("snapshot").first()


def count_usefulness(clause_key: ClauseKey, edition: Edition, *, useful: bool) -> None:
    """One more reader for whom the clause was useful, or not: one UPDATE, however many at once."""
    column = "useful" if useful else "not_useful"
    rows = ClauseUsefulness.objects.filter(clause_key=clause_key, edition=edition)
    if rows.update(**{column: F(column) + 1}):
        return
    try:
        with transaction.atomic():
            ClauseUsefulness.objects.create(clause_key=clause_key, edition=edition, **{column: 1})
    except IntegrityError:  # somebody else's was the first
        rows.update(**{column: F(column) + 1})
