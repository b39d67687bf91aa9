"""The one statement that both database engines ask."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection

from search.engine.engines import Found
from search.engine.models import Generation
from search.engine.planning import Plan
from search.engine.visibility import hidden_pages

COUNT, CANDIDATE = 0, 1


def find(
    plan: Plan,
    need: tuple[str, Sequence[Any]],
    hits: str,
    clues: Sequence[tuple[str, float]],
    facets: Collection[int] | None,
    limit: int,
) -> Found:
    """Counts what meets the need, and picks what the clues speak for.

    `need` selects the ids of the entries that hold what is needed, with its parameters; `hits`
    selects (id, worth) from `clue(query, worth)` and the engine's own table; `clues` are its rows.
    """
    need_sql, need_params = need
    hidden_sql, hidden_params = hidden_pages()
    rows = ", ".join(["(%s, CAST(%s AS REAL))"] * len(clues))
    chosen = ""
    if facets is not None:
        chosen = f"WHERE needed.facet IN ({', '.join(map(str, map(int, facets))) or 'NULL'})"
    if len(clues) < len(plan.worth):
        # Some clues were too common to follow: what only they speak for comes last.
        hits += " UNION ALL SELECT id, 0.0 FROM needed"
    # MATERIALIZED: folded into one another, SQLite would ask the full-text table for every entry.
    # All that is put together here is SQL of our own; every value is a parameter.
    sql = f"""
        WITH hidden(id) AS MATERIALIZED ({hidden_sql}),
        needed(id, facet) AS MATERIALIZED (
            {need_sql} AND entry.generation_id IN (
                SELECT id FROM search_generation WHERE state = %s
            ) AND entry.page_id NOT IN (SELECT id FROM hidden)
        ),
        clue(query, worth) AS (VALUES {rows}),
        hits(id, worth) AS ({hits}),
        best(id, score) AS (
            SELECT id, score FROM (SELECT id, SUM(worth) AS score FROM hits GROUP BY id) AS heard
            WHERE id IN (SELECT id FROM needed {chosen})
            ORDER BY score DESC, id LIMIT {int(limit)}
        )
        SELECT {COUNT}, facet, COUNT(*) FROM needed GROUP BY facet
        UNION ALL SELECT {CANDIDATE}, id, score FROM best
        ORDER BY 1, 3 DESC, 2
    """  # noqa: S608
    params: list[Any] = [*hidden_params, *need_params, Generation.State.CURRENT]
    for query, worth in clues:
        params += [query, worth]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    return Found(
        counts={facet: int(count) for kind, facet, count in found if kind == COUNT},
        documents=[document for kind, document, _ in found if kind == CANDIDATE],
    )
