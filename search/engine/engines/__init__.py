"""The engines: where tokens are kept, and which entries hold what is needed.

An engine answers two questions: how many entries hold a token, and, for a plan, how many visible
entries meet its need (by facet) and which of them its clues speak for most. What these are worth
in full is decided by `search.engine.ranking`, the same for all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from search.analysis.streams import Streams, Token
from search.engine.planning import Plan


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
STREAMS: tuple[str, ...] = tuple(stream.name for stream in fields(Streams))


@dataclass(frozen=True, slots=True)
class Found:
    """What a plan found among the visible entries.

    `counts` has the number of entries that meet the need by facet id, whatever facets were chosen;
    `documents` the ids that the clues speak for most, of the chosen facets only, at most as many as
    were asked for. `degraded`: something may be missing, because the engine lags or is down.
    """

    counts: Mapping[int, int]
    documents: Sequence[int]
    degraded: bool = False


NOTHING = Found({}, ())


class Engine(Protocol):
    def put(self, entries: Mapping[int, EntryStreams]) -> None:
        """Keeps the tokens of entries that were just made, by their ids."""

    def frequencies(self, tokens: Collection[Token]) -> dict[Token, int]:
        """About how many entries hold each token; exact where it is none."""

    def find(self, plan: Plan, facets: Collection[int] | None, limit: int) -> Found:
        """What meets the plan's need, in one statement. `facets` None means all of them."""


class DatabaseEngine(Engine, Protocol):
    """An engine inside the database itself: it has every token, and gives them out again."""

    def kept(self, documents: Collection[int]) -> dict[int, list[str]]:
        """The tokens of those entries that there are, as `postgres.lexemes` writes them."""

    def remove_lost(self) -> int:
        """Removes tokens that no entry is behind, and gives the number of rows they stood in."""


ENGINES = {"sqlite": "sqlite", "postgresql": "postgres"}
SCHEMES = {"sqlite": "sqlite", "postgres": "postgresql", "postgresql": "postgresql"}
# Servers beside the database, which may be any of those above.
SERVERS = {"http": "elasticsearch", "https": "elasticsearch"}


def engine_name(search_url: str, vendor: str) -> str:
    """The engine that SEARCH_URL names, or the database's own where it names none.

    Raises ImproperlyConfigured with a sentence for the operator.
    """
    scheme = search_url.partition(":")[0].lower()
    if scheme in SERVERS and vendor in ENGINES:
        if not urlsplit(search_url).hostname:
            raise ImproperlyConfigured("SEARCH_URL names no host: http://host:9200 is one.")
        return SERVERS[scheme]
    wanted = SCHEMES.get(scheme, "") if scheme else vendor
    if wanted != vendor or wanted not in ENGINES:
        raise ImproperlyConfigured(
            f"SEARCH_URL names “{scheme or vendor}”, but the database is {vendor}: leave SEARCH_URL"
            " empty to search in the database itself, or name an Elasticsearch (http://host:9200)."
        )
    return ENGINES[wanted]


def is_mirrored() -> bool:
    """Whether this installation mirrors its index to a server."""
    name = engine_name(getattr(settings, "SEARCH_URL", ""), connection.vendor)
    return name in SERVERS.values()


def get_engine() -> Engine:
    """The engine of this installation."""
    if not is_mirrored():
        return database_engine()
    from search.engine.engines import elasticsearch

    return elasticsearch.ElasticsearchEngine(database_engine())


def database_engine() -> DatabaseEngine:
    """The engine inside this installation's database."""
    if connection.vendor == "sqlite":
        from search.engine.engines import sqlite

        return sqlite.SQLiteEngine()
    from search.engine.engines import postgres

    return postgres.PostgresEngine()
