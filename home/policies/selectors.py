"""Questions about policies that other rooms ask."""

from __future__ import annotations

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


def latest_policies(limit: int) -> list[PolicyPage]:
    """The newest live policies. One query."""
    return list(publicly_visible(PolicyPage.objects.all()).order_by("-published_on")[:limit])


def latest_interpretations(limit: int) -> list[InterpretationPage]:
    """The newest live interpretations. One query."""
    rows = publicly_visible(InterpretationPage.objects.all())
    return list(rows.order_by("-first_published_at", "path")[:limit])


def clauses_without_interpretation(policy: PolicyPage) -> list[Clause]:
    """What nobody has explained of the policy in hand (a draft's clauses, if it is a draft).

    A clause is explained by who explains one above it; a bare heading needs no explanation. Only
    live interpretations count. One query beside the policy's own clauses.
    """
    links = InterpretationClause.objects.filter(clause_key__policy=policy.published_as.pk)
    explained = set(publicly_visible(links, "page").values_list("clause_key__key", flat=True))
    clauses = list(policy.clauses.all())
    parents = {clause.key: clause.parent_key for clause in clauses}
    missing = []
    for clause in clauses:
        line = [clause.key]
        while (above := parents.get(line[-1], "")) and above not in line:
            line.append(above)
        if clause.text.strip() and not explained.intersection(line):
            missing.append(clause)
    return missing
