"""Questions about policies that other rooms ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from home.pages import recorder
from home.pages.visibility import publicly_visible
from home.policies.models import (
    Clause,
    InterpretationClause,
    InterpretationPage,
    PolicyPage,
    PolicyStage,
)


@dataclass(frozen=True, slots=True)
class StageView:
    """A stage of the plan, seen from a day."""

    name: str
    months: str
    starts: date
    ends: date
    clause_key: str
    url: str
    is_current: bool
    is_past: bool


def current_stages(today: date) -> list[StageView]:
    """The stages of the newest live policy that has any, in order. One query."""
    rows = publicly_visible(PolicyStage.objects.select_related("page"), "page").order_by(
        "-page__published_on", "page", "sort_order"
    )
    views: list[StageView] = []
    policy_id = None
    for row in rows:
        if policy_id is None:
            policy_id = row.page_id
        if row.page_id != policy_id:
            break
        recorder.note("page", row.page_id)
        views.append(
            StageView(
                name=row.name,
                months=row.months,
                starts=row.starts,
                ends=row.ends,
                clause_key=row.clause_key,
                url=row.page.clause_url(row.clause_key),
                is_current=row.starts <= today <= row.ends,
                is_past=row.ends < today,
            )
        )
    return views


def public_policy(slug: str) -> PolicyPage | None:
    """The policy of this address that everybody may read. One query.

    Slugs are unique below one list only; were there several, the first made is meant.
    """
    return publicly_visible(PolicyPage.objects.filter(slug=slug)).order_by("pk").first()


def latest_policies(limit: int) -> list[PolicyPage]:
    """The newest live policies. One query."""
    return list(publicly_visible(PolicyPage.objects.all()).order_by("-published_on")[:limit])


def latest_interpretations(limit: int) -> list[InterpretationPage]:
    """The newest live interpretations. One query."""
    rows = publicly_visible(InterpretationPage.objects.all())
    return list(rows.order_by("-first_published_at", "path")[:limit])


def explained_keys(policy: PolicyPage) -> set[str]:
    """The keys that a live interpretation names. One query, none for a page never saved."""
    if policy.pk is None:
        return set()
    links = publicly_visible(InterpretationClause.objects.filter(clause_key__policy=policy), "page")
    return set(links.values_list("clause_key__key", flat=True))


def without_explanation(clauses: Iterable[Clause], explained: set[str]) -> list[Clause]:
    """The clauses that say something and stand under no explained key, in their order.

    Who explains 二(二) explains 二(二)1 with it; a bare heading needs no explanation.
    """
    rows = list(clauses)
    parents = {clause.key: clause.parent_key for clause in rows}
    return [
        clause
        for clause in rows
        if clause.text.strip() and not explained.intersection(with_those_above(clause, parents))
    ]


def with_those_above(clause: Clause, parents: dict[str, str]) -> list[str]:
    """The clause's key and those of the clauses above it, by the parents of the whole document."""
    line = [clause.key]
    while (above := parents.get(line[-1], "")) and above not in line:
        line.append(above)
    return line


def clauses_without_interpretation(policy: PolicyPage) -> list[Clause]:
    """What nobody has explained of the policy in hand (a draft's clauses, if it is a draft).

    Only live interpretations count. At most three queries.
    """
    return without_explanation(policy.clauses.all(), explained_keys(policy.published_as))
