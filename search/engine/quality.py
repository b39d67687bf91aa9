"""Checking the search with the queries that editors judge (检索质量).

A check is a row first (`begin`); whoever holds it measures portion by portion (`work_off`). A small
set is measured at once, a greater one by the worker; what a killed worker leaves is gone on with.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Avg, Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page

from home.pages.visibility import publicly_visible
from search.engine import services
from search.engine.engines import engine_name
from search.engine.grading import GradedQuery, Judgement, QualityRun, QueryMeasure
from search.engine.indexing import ANALYSIS
from search.engine.models import SearchDocument
from search.engine.relevance import DEPTH, ndcg

# A set of so many is measured while the editor waits.
AT_ONCE = 50
PORTION = 10
# Nobody needs longer for a portion: who does not say more within it was killed.
HOLD = timedelta(minutes=2)
MOST_ATTEMPTS = 3
KEPT_RUNS = 50
# A worker's run ends after this long; the next one goes on.
RUN_SECONDS = 50.0

# A judgement's id: why nobody can find what it names, in words; "" where it can be found.
Standings = Mapping[int | None, str]


def begin(by: Any) -> QualityRun:
    """The check that is under way; a new one where there is none."""
    new = QualityRun(
        by=by,
        engine=engine_name(settings.SEARCH_URL, connection.vendor),
        analysis=ANALYSIS,
        queries=GradedQuery.objects.count(),
    )
    try:
        with transaction.atomic():
            new.save()
    except IntegrityError:  # somebody pressed a moment before
        return QualityRun.objects.filter(state=QualityRun.State.OPEN).first() or begin(by)
    return new


def work_off(seconds: float = RUN_SECONDS) -> None:
    """Goes on with the check under way, if nobody does, for about as long as that.

    A portion is measured in any case.
    """
    run = _take()
    if run is None:
        return
    end = time.monotonic() + seconds
    measured = set(run.measures.values_list("query", flat=True))
    due = [one for one in GradedQuery.objects.all() if one.query not in measured]
    for start in range(0, len(due), PORTION):
        _measure(run, due[start : start + PORTION])
        if time.monotonic() > end and start + PORTION < len(due):
            QualityRun.objects.filter(pk=run.pk).update(held_until=timezone.now(), attempts=0)
            return
    _finish(run)


def standings(judgements: Iterable[Judgement]) -> Standings:
    """Whether what is judged can be found now, and if not, why. Two queries."""
    rows = list(judgements)
    pages = {row.page_id for row in rows if row.page_id is not None}
    there: dict[int, set[str]] = defaultdict(set)
    for entry in SearchDocument.objects.visible().filter(page__in=pages).only("page_id", "key"):
        there[entry.page_id].add(entry.public_id)
    live = publicly_visible(Page.objects.filter(pk__in=pages - set(there)))
    public = {*there, *live.values_list("pk", flat=True)}
    return {row.pk: _standing(row, there, public) for row in rows}


def _standing(judgement: Judgement, there: Mapping[int, set[str]], public: set[int]) -> str:
    if judgement.page_id is None:
        return _("页面已删除，或者本站没有")
    if judgement.page_id not in public:
        return _("页面没有发布，或者不公开")
    if judgement.page_id not in there:
        return _("搜索不收这个页面")
    if judgement.entry in there[judgement.page_id]:
        return ""
    return _("现行文本中没有这一条") if judgement.clause_key_id else _("搜索不收这个页面")


# ── measuring ───────────────────────────────────────────────────────────────────────────────────


def _take() -> QualityRun | None:
    """The open check, where nobody holds it; it is ours then."""
    now = timezone.now()
    free = QualityRun.objects.filter(state=QualityRun.State.OPEN, held_until__lte=now)
    free.filter(attempts__gte=MOST_ATTEMPTS).update(state=QualityRun.State.FAILED, done_at=now)
    taken = free.update(held_until=now + HOLD, attempts=F("attempts") + 1)
    return QualityRun.objects.filter(state=QualityRun.State.OPEN).first() if taken else None


def _measure(run: QualityRun, queries: Sequence[GradedQuery]) -> None:
    rows: dict[int, list[Judgement]] = defaultdict(list)
    judged = Judgement.objects.filter(graded_query__in=queries).select_related("clause_key__policy")
    for row in judged:
        rows[row.graded_query_id].append(row)
    known = standings(row for some in rows.values() for row in some)
    degraded = False
    measures = []
    for query in queries:
        measure, lagged = _measured(run, query, rows[query.pk], known)
        measures.append(measure)
        degraded |= lagged
    # Two that measure the same, because one was thought dead, keep one row.
    QueryMeasure.objects.bulk_create(measures, ignore_conflicts=True)
    held = QualityRun.objects.filter(pk=run.pk)
    held.update(held_until=timezone.now() + HOLD, **({"degraded": True} if degraded else {}))


def _measured(
    run: QualityRun, query: GradedQuery, judgements: Sequence[Judgement], known: Standings
) -> tuple[QueryMeasure, bool]:
    """How the query comes out now, and whether the search server was down or lagged."""
    found = services.search(query.query, limit=DEPTH)
    ids = [result.id for result in found.results]
    grades = {row.entry: row.grade for row in judgements if not known[row.pk]}
    if query.finds_nothing:
        score: float | None = 0.0 if found.total else 1.0
    else:
        score = ndcg(ids, grades) if grades else None
    missed = [row for row in judgements if row.entry not in ids]
    further = _further(query.query, found.total) if any(not known[row.pk] for row in missed) else {}
    measure = QueryMeasure(
        run=run,
        graded_query=query,
        query=query.query,
        kind=query.kind,
        finds_nothing=query.finds_nothing,
        score=score,
        total=found.total,
        judged=_digest({"nothing": query.finds_nothing, **grades}),
        found=[
            {
                "title": result.title,
                "url": result.url,
                "label": result.type_label,
                "grade": grades.get(result.id, 0),
            }
            for result in found.results
        ],
        missed=[
            {
                "title": row.title,
                "url": row.address,
                "grade": row.grade,
                "place": further.get(row.entry),
                "standing": known[row.pk],
            }
            for row in sorted(missed, key=lambda row: -row.grade)
        ],
    )
    return measure, found.degraded


def _further(query: str, total: int) -> dict[str, int]:
    """The places of the best hundred entries."""
    if total <= DEPTH:
        return {}
    found = services.search(query, limit=services.MOST_RESULTS)
    return {result.id: place for place, result in enumerate(found.results, start=1)}


def _digest(judged: Mapping[str, int]) -> str:
    return hashlib.sha256(json.dumps(judged, sort_keys=True).encode()).hexdigest()


def _finish(run: QualityRun) -> None:
    answerable = Q(finds_nothing=False, score__isnull=False)
    sums = run.measures.aggregate(
        queries=Count("pk"),
        average=Avg("score", filter=answerable),
        answerable=Count("pk", filter=answerable),
        without_result=Count("pk", filter=answerable & Q(total=0)),
        unanswerable=Count("pk", filter=Q(finds_nothing=True)),
        false_results=Count("pk", filter=Q(finds_nothing=True, total__gt=0)),
    )
    QualityRun.objects.filter(pk=run.pk, state=QualityRun.State.OPEN).update(
        state=QualityRun.State.DONE, done_at=timezone.now(), **sums
    )
    kept = list(QualityRun.objects.order_by("-pk").values_list("pk", flat=True)[:KEPT_RUNS])
    QualityRun.objects.exclude(pk__in=kept).delete()
