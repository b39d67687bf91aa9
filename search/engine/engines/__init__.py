"""The engines: where tokens are kept, and which entries hold which of them.

An engine answers one question: for each term of a query, which visible entries hold it, and how
strongly. What that is worth is decided by `search.engine.ranking`, the same for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, Protocol, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from search.analysis.streams import Streams, Term
from search.engine.models import SearchDocumentQuerySet


@dataclass(frozen=True, slots=True)
class EntryStreams:
    """The tokens of one entry, by the part of it they come from.

    `extra` is what describes the entry (headings, keywords, its own number, departments), `context`
    only says where it stands (breadcrumb).
    """

    title: Streams
    extra: Streams
    body: Streams
    context: Streams


PARTS: tuple[str, ...] = tuple(part.name for part in fields(EntryStreams))


class Match(NamedTuple):
    """That an entry holds a term of the query (in practice a plain tuple of this shape).

    `term` counts from 0 in the order asked. `strength` compares entries for the same term only;
    the larger the better.
    """

    document: int
    term: int
    strength: float
    type: str
    boost: float


class Matches(NamedTuple):
    """All matches of a query, and among how many visible entries they were looked for."""

    population: int
    matches: list[Match]


class Engine(Protocol):
    def put(self, entries: Mapping[int, EntryStreams]) -> None:
        """Keeps the tokens of entries that were just made, by their ids."""

    def match(self, terms: Sequence[Term], within: SearchDocumentQuerySet) -> Matches:
        """Which of the entries in `within` hold which of the terms, in one statement."""


ENGINES = {"sqlite": "sqlite", "postgresql": "postgres"}
SCHEMES = {"sqlite": "sqlite", "postgres": "postgresql", "postgresql": "postgresql"}


def engine_name(search_url: str, vendor: str) -> str:
    """The engine that SEARCH_URL names, or the database's own where it names none.

    Raises ImproperlyConfigured with a sentence for the operator.
    """
    scheme = search_url.partition(":")[0].lower()
    wanted = SCHEMES.get(scheme, "") if scheme else vendor
    if wanted != vendor or wanted not in ENGINES:
        raise ImproperlyConfigured(
            f"SEARCH_URL names “{scheme or vendor}”, but the database is {vendor}: leave SEARCH_URL"
            " empty to search in the database itself."
        )
    return ENGINES[wanted]


def get_engine() -> Engine:
    """The engine of this installation."""
    if engine_name(getattr(settings, "SEARCH_URL", ""), connection.vendor) == "sqlite":
        from search.engine.engines import sqlite

        return sqlite.SQLiteEngine()
    from search.engine.engines import postgres

    return postgres.PostgresEngine()


def matched(
    hits: str, weights: Sequence[Any], queries: Sequence[str], within: SearchDocumentQuerySet
) -> Matches:
    """Asks all terms in one statement and keeps to the entries in `within`.

    `hits` selects (document, term, strength) from `asked(term, query)` and the engine's own table;
    `weights` are its parameters.
    """
    visible_sql, visible_params = within.order_by().values("pk").query.sql_with_params()
    rows = ", ".join(["(%s, %s)"] * len(queries))
    # MATERIALIZED: folded into one another, SQLite would ask the full-text table for every entry.
    # All that is put together here is SQL of our own; every value is a parameter.
    sql = f"""
        WITH visible(id) AS MATERIALIZED ({visible_sql}),
        asked(term, query) AS (VALUES {rows}),
        hits(document, term, strength) AS MATERIALIZED ({hits})
        SELECT hits.document, hits.term, hits.strength, entry.type, entry.boost
        FROM hits JOIN search_searchdocument entry ON entry.id = hits.document
        WHERE hits.document IN (SELECT id FROM visible)
        UNION ALL SELECT COUNT(*), -1, 0.0, '', 0.0 FROM visible
        ORDER BY 2 DESC
    """  # noqa: S608
    params: list[Any] = [*visible_params]
    for number, query in enumerate(queries):
        params += [number, query]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *weights])
        # The count is the last row. Rows stay plain tuples: there may be very many.
        *matches, population = cast("list[Match]", cursor.fetchall())
    return Matches(population[0], matches)
