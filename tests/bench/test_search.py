"""How long searching takes as the index grows. `pytest -m bench -s tests/bench/test_search.py`.

SIZES="100 1000 10000 100000" chooses the sizes. Prints a table; asserts only that it found things.
"""

from __future__ import annotations

import os
import statistics
import time

import pytest
from django.db import connection, reset_queries

from search.engine import indexing
from search.engine.models import SearchDocument
from search.engine.services import search
from tests.bench import corpus
from tests.search import site_of_pages

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

SIZES = [int(size) for size in os.environ.get("SIZES", "100 1000 10000").split()]
ASKED = 120


@pytest.mark.parametrize("size", SIZES)
def test_searching(size: int, settings: object) -> None:
    home = site_of_pages.make_home()
    section = site_of_pages.make_section(home)
    corpus.fill(section, size)
    began = time.perf_counter()
    entries = indexing.rebuild()
    indexed = time.perf_counter() - began
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    assert SearchDocument.objects.count() == entries == size
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
        f"\n{connection.vendor} {size:>7} entries: indexed in {indexed:.1f} s"
        f" ({size / indexed:.0f}/s); median {statistics.median(times):.1f} ms,"
        f" p95 {times[int(len(times) * 0.95)]:.1f} ms, most {times[-1]:.1f} ms"
    )
    for seconds, query, total in slowest:
        print(f"    {seconds * 1000:.1f} ms  {query}  ({total})")
