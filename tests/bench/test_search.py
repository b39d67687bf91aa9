"""How long searching takes as the index grows. `pytest -m bench -s tests/bench/test_search.py`.

SIZES="100 1000 10000 100000" chooses the sizes, STOCK_SIZE that of the comparison with Wagtail's
own search; the database and SEARCH_URL say which engine is measured. Prints a table; asserts only
that it found things. The figures that were measured are in docs/searching.md.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, reset_queries
from wagtail.models import Page

from search.engine import indexing, mirror
from search.engine.engines import is_mirrored
from search.engine.models import SearchDocument
from search.engine.services import search
from tests.bench import corpus
from tests.search import site_of_pages

# Committed as a real index is: in one long transaction PostgreSQL keeps every version of a row.
pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

SIZES = [int(size) for size in os.environ.get("SIZES", "100 1000 10000").split()]
STOCK_SIZE = int(os.environ.get("STOCK_SIZE", "1000"))
ASKED = 120
STOCK_BACKENDS = {
    "sqlite": "sqlite.sqlite.SQLiteSearchBackend",
    "postgresql": "postgres.postgres.PostgresSearchBackend",
}


@pytest.mark.parametrize("size", SIZES)
def test_searching(size: int) -> None:
    indexed, by_cpu = _index(size)
    took: list[tuple[float, str, int]] = []
    for query in corpus.queries(ASKED):
        reset_queries()
        began = time.perf_counter()
        found = search(query)
        took.append((time.perf_counter() - began, query, found.total))
    assert any(total for _, _, total in took)
    times = sorted(seconds * 1000 for seconds, _, _ in took)
    slowest = sorted(took)[-3:]
    print(
        f"\n{_engine()} {size:>7} entries: indexed in {indexed:.1f} s, {by_cpu:.1f} s of CPU"
        f" ({size / indexed:.0f}/s); median {statistics.median(times):.1f} ms,"
        f" p95 {times[int(len(times) * 0.95)]:.1f} ms, most {times[-1]:.1f} ms"
    )
    for seconds, query, total in slowest:
        print(f"    {seconds * 1000:.1f} ms  {query}  ({total})")


def test_beside_stock_wagtail(settings: Any) -> None:
    """The same queries over the same pages, in the same run."""
    _index(STOCK_SIZE)
    settings.WAGTAILSEARCH_BACKENDS = {
        "default": {"BACKEND": f"modelsearch.backends.database.{STOCK_BACKENDS[connection.vendor]}"}
    }
    call_command("update_index", verbosity=0)
    ours, theirs, nothing = [], [], [0, 0]
    for query in corpus.queries(60):
        began = time.perf_counter()
        found = search(query)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        pages = Page.objects.live().search(query)
        listed = len(list(pages[:20])) and pages.count()
        theirs.append(time.perf_counter() - began)
        nothing[0] += not found.total
        nothing[1] += not listed
    assert nothing[0] < len(ours)
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(
        f"\n{_engine()} {STOCK_SIZE} pages, {len(ours)} queries:"
        f" ours median {statistics.median(ours) * 1000:.1f} ms, most {max(ours) * 1000:.1f} ms,"
        f" {nothing[0]} without a result;"
        f" stock Wagtail median {statistics.median(theirs) * 1000:.1f} ms,"
        f" most {max(theirs) * 1000:.1f} ms, {nothing[1]} without a result; ratio {ratio:.2f}"
    )


def _index(size: int) -> tuple[float, float]:
    """So many pages, indexed: the seconds it took, and those of this process's CPU."""
    if is_mirrored():
        mirror.look_after()  # takes away what the run before left behind
    section = site_of_pages.make_section(site_of_pages.make_home())
    corpus.fill(section, size)
    began, by_cpu = time.perf_counter(), time.process_time()
    entries = indexing.rebuild()
    took = time.perf_counter() - began, time.process_time() - by_cpu
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    assert SearchDocument.objects.count() == entries == size
    return took


def _engine() -> str:
    return f"{connection.vendor} with elasticsearch" if is_mirrored() else connection.vendor
