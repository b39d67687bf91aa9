"""How far policies are explained: for the report, the editor and the admin's home page. Reads only.

辽政办〔2022〕43号: a policy and its interpretation are organised, signed and
released together. Three working days are the usual alarm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from home.directory.calendar import add_working_days
from home.pages.review import drafts
from home.pages.titles import inside_marks
from home.pages.visibility import publicly_visible
from home.policies import citing
from home.policies.models import (
    Clause,
    ClauseKey,
    InterpretationClause,
    InterpretationIndexPage,
    InterpretationPage,
    PolicyPage,
)
from home.policies.selectors import with_those_above

ALARM_WORKING_DAYS = 3
# No three working days are further apart than this, whatever the holidays.
CERTAINLY_LATE = timedelta(days=20)


class State(StrEnum):
    """What is known of a clause's interpretation."""

    NONE = "none"
    WRITING = "writing"
    EXPLAINED = "explained"


@dataclass(frozen=True, slots=True)
class ClauseCoverage:
    """A clause of a live policy and who explains it."""

    policy: PolicyPage
    clause: Clause
    printed: str
    state: State
    titles: tuple[str, ...]
    write_url: str

    @property
    def name(self) -> str:
        """Where it is printed and what it is about: 二(二)1 保障入学."""
        return f"{self.printed} {self.clause.heading or Truncator(self.clause.text).chars(40)}"

    @property
    def state_words(self) -> str:
        return {
            State.NONE: _("没有解读"),
            State.WRITING: _("在写"),
            State.EXPLAINED: _("已解读"),
        }[self.state]

    @property
    def interpretations(self) -> str:
        return "；".join(self.titles)


@dataclass(frozen=True, slots=True)
class PolicyCoverage:
    """How much of a live policy is explained: clauses that say something, by state."""

    policy: PolicyPage
    total: int
    explained: int
    writing: int

    @property
    def missing(self) -> int:
        return self.total - self.explained - self.writing

    @property
    def percent(self) -> int:
        """Rounded down, so that 100 means every clause."""
        return self.explained * 100 // self.total if self.total else 100


def clause_coverage() -> list[ClauseCoverage]:
    """Every clause of every live policy that says something, in order. At most five queries."""
    policies = publicly_visible(PolicyPage.objects.all()).order_by("-published_on", "pk")
    clauses: dict[int, list[Clause]] = defaultdict(list)
    for clause in Clause.objects.filter(page__in=policies.values("pk")).order_by("sort_order"):
        clauses[clause.page_id].append(clause)
    keys: dict[tuple[int, str], int] = {
        (policy, key): pk
        for pk, policy, key in ClauseKey.objects.order_by()
        .filter(policy__in=policies.values("pk"))
        .values_list("pk", "policy_id", "key")
    }
    named = _interpretations_by_key()
    add = address_to_write()
    found = []
    for policy in policies:
        rows = clauses[policy.pk]
        parents = {clause.key: clause.parent_key for clause in rows}
        places = citing.places(rows)
        for clause in rows:
            if not clause.text.strip():
                continue
            ids = [keys.get((policy.pk, key), 0) for key in with_those_above(clause, parents)]
            links = [link for pk in ids for link in named.get(pk, ())]
            live = [title for title, is_live in links if is_live]
            state = State.EXPLAINED if live else State.WRITING if links else State.NONE
            found.append(
                ClauseCoverage(
                    policy,
                    clause,
                    citing.in_words(places[clause.key], clause.number),
                    state,
                    tuple(dict.fromkeys(live or [title for title, _live in links])),
                    address_to_interpret(add, ids[0]),
                )
            )
    return found


def by_policy(rows: Iterable[ClauseCoverage]) -> list[PolicyCoverage]:
    """The sums of `clause_coverage`, policy by policy. No query."""
    counted: dict[int, list[ClauseCoverage]] = defaultdict(list)
    for row in rows:
        counted[row.policy.pk].append(row)
    return [
        PolicyCoverage(
            policy=group[0].policy,
            total=len(group),
            explained=sum(row.state == State.EXPLAINED for row in group),
            writing=sum(row.state == State.WRITING for row in group),
        )
        for group in counted.values()
    ]


def _interpretations_by_key() -> dict[int, list[tuple[str, bool]]]:
    """By registry row: the titles of the interpretations that name it, and whether each is live."""
    visible = publicly_visible(InterpretationPage.objects.filter(pk=OuterRef("page_id")))
    links = InterpretationClause.objects.annotate(is_public=Exists(visible)).order_by("page__path")
    named: dict[int, list[tuple[str, bool]]] = defaultdict(list)
    for key, page_id, draft, title, live, is_public in links.values_list(
        "clause_key_id", "page_id", "page__draft_title", "page__title", "page__live", "is_public"
    ):
        named[key].append((drafts.title_in_row(page_id, draft, title, live), is_public))
    return named


def address_to_write() -> str:
    """Where an interpretation is begun; empty where there is no list to put it in. One query."""
    index = InterpretationIndexPage.objects.order_by("path").first()
    if index is None:
        return ""
    return reverse("wagtailadmin_pages:add", args=["policies", "interpretationpage", index.pk])


def address_to_interpret(add: str, clause_key_id: int | None) -> str:
    """The same with the clause chosen; empty for one that is not registered yet. No query."""
    return f"{add}?clause={clause_key_id}" if add and clause_key_id else ""


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A live policy that no live interpretation names, and since when."""

    policy: PolicyPage
    since: date
    days: int
    is_late: bool
    drafts: tuple[str, ...]
    write_url: str

    @property
    def sentence(self) -> str:
        """What is missing and how urgent it is, in words."""
        waited = _("今天公布") if not self.days else _("公布已 %(days)s 天") % {"days": self.days}
        if self.drafts:
            state = _("解读还没有发布（在写：%(titles)s）") % {
                "titles": "、".join(f"《{inside_marks(title)}》" for title in self.drafts)
            }
        else:
            state = _("还没有解读")
        late = (
            _("，已超过 %(limit)s 个工作日") % {"limit": ALARM_WORKING_DAYS} if self.is_late else ""
        )
        return f"{waited}{late}，{state}。"


def unexplained_policies(policy_id: int | None = None) -> list[Unexplained]:
    """Live policies without any live interpretation, those that waited longest first.

    At most three queries, and one for each policy of the last twenty days.
    """
    links = InterpretationClause.objects.filter(clause_key__policy=OuterRef("pk"))
    policies = publicly_visible(PolicyPage.objects.all()).exclude(
        Exists(publicly_visible(links, "page"))
    )
    if policy_id is not None:
        policies = policies.filter(pk=policy_id)
    rows = list(policies.order_by("first_published_at"))
    if not rows:
        return []
    writing: dict[int, list[str]] = defaultdict(list)
    links = InterpretationClause.objects.filter(clause_key__policy__in=[row.pk for row in rows])
    for policy, page_id, draft, title, live in links.order_by("page__path").values_list(
        "clause_key__policy_id", "page_id", "page__draft_title", "page__title", "page__live"
    ):
        shown = drafts.title_in_row(page_id, draft, title, live)
        if shown not in writing[policy]:
            writing[policy].append(shown)
    add, today = address_to_write(), timezone.localdate()
    return [_unexplained(row, tuple(writing[row.pk]), add, today) for row in rows]


def _unexplained(policy: Any, drafts: tuple[str, ...], add: str, today: date) -> Unexplained:
    since = timezone.localdate(policy.first_published_at) if policy.first_published_at else today
    late = today - since > CERTAINLY_LATE or (
        today > since and today > add_working_days(since, ALARM_WORKING_DAYS).date
    )
    return Unexplained(policy, since, (today - since).days, late, drafts, add)
