"""How a check came out beside an earlier one, for the page 检索质量. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import (
    Avg,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)

from search.engine.grading import QualityRun, QueryMeasure

# Less than this is no change that anybody would notice.
NOTICEABLE = 0.005
ANSWERABLE = Q(finds_nothing=False, score__isnull=False)
WORST_FIRST = (F("score").asc(nulls_first=True), F("query").asc())
# Worse first, then better, the greatest change in front; what can't be compared comes last.
CHANGED_FIRST = (F("change").asc(nulls_last=True), F("query").asc())


@dataclass(frozen=True, slots=True)
class Compared:
    """Both checks over the queries whose judgements are the same in both."""

    shared: int
    before: float | None
    after: float | None
    better: int
    worse: int


def done_runs() -> QuerySet[QualityRun]:
    """The checks that came to an end, the newest first."""
    return QualityRun.objects.filter(state=QualityRun.State.DONE).select_related("by")


def measures(run: QualityRun, other: QualityRun | None) -> QuerySet[QueryMeasure]:
    """The queries of a check, with their score `before`, the `change` since, and whether the other
    check `knew` them. A score is only there to be compared where the same was looked for."""
    earlier = QueryMeasure.objects.filter(run=other, query=OuterRef("query"))
    same = earlier.filter(judged=OuterRef("judged"))
    return run.measures.annotate(
        before=Subquery(same.values("score")[:1]),
        knew=Exists(earlier),
        change=ExpressionWrapper(F("score") - F("before"), output_field=FloatField()),
    )


def compared(rows: QuerySet[QueryMeasure]) -> Compared:
    """The sums over what `measures` gives. One query."""
    shared = Q(before__isnull=False)
    sums: dict[str, Any] = rows.aggregate(
        shared=Count("pk", filter=shared & ANSWERABLE),
        mean_before=Avg("before", filter=shared & ANSWERABLE),
        mean_after=Avg("score", filter=shared & ANSWERABLE),
        better=Count("pk", filter=Q(change__gte=NOTICEABLE)),
        worse=Count("pk", filter=Q(change__lte=-NOTICEABLE)),
    )
    return Compared(
        shared=sums["shared"],
        before=sums["mean_before"],
        after=sums["mean_after"],
        better=sums["better"],
        worse=sums["worse"],
    )
