"""Elasticsearch 9: a mirror of the entries, asked in the database's place.

The database keeps every token as it would without (`DatabaseEngine`); `search.engine.mirror` brings
them here after each commit. Before anything is asked the database says what must not be counted:
pages nobody may see, and entries that are not mirrored yet. When no good answer comes, the
database's own engine gives it.

An entry is two text fields of prepared tokens (`all` and `title`, the "whitespace" analyzer, each
token with the letter of its stream before it), its facet and its page. No plugin is needed.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from elastic_transport import Urllib3HttpNode
from elastic_transport._node import NodeApiResponse
from elasticsearch import ApiError, Elasticsearch, TransportError
from urllib3 import Timeout

from search.analysis.streams import Token
from search.engine.engines import DatabaseEngine, EntryStreams, Found
from search.engine.engines.postgres import PREFIXES, lexeme
from search.engine.models import Generation
from search.engine.planning import All, Need, Plan
from search.engine.visibility import hidden_pages

logger = logging.getLogger(__name__)

CONNECT_SECONDS, REQUEST_SECONDS = 1.0, 2.0
RETRIES = 1
# How long the database answers alone after a failure.
PAUSE_SECONDS = 30.0
# Beyond this many things that must not be counted the database answers sooner than a list is sent.
MOST_EXCLUDED = 5_000
MOST_FACETS = 10_000

SETTINGS = {"number_of_shards": 1, "number_of_replicas": 0}
TOKENS = {"type": "text", "analyzer": "whitespace", "norms": False, "index_options": "docs"}
MAPPINGS = {
    "dynamic": "strict",
    "_source": {"enabled": False},
    "properties": {
        "all": TOKENS,
        "title": TOKENS,
        "facet": {"type": "integer"},
        "page": {"type": "long"},
        "document": {"type": "long"},
    },
}

T = TypeVar("T")


class NoAnswer(Exception):
    """Elasticsearch gave no answer that can be used."""


class Breaker:
    """Keeps a process from asking a server that does not answer, again and again.

    After a failure nobody asks for `PAUSE_SECONDS`; then one may try while the others still wait.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._failed = False

    @property
    def is_open(self) -> bool:
        return self._failed and time.monotonic() < self._until

    def may_ask(self) -> bool:
        with self._lock:
            if not self._failed:
                return True
            if time.monotonic() < self._until:
                return False
            self._until = time.monotonic() + PAUSE_SECONDS
            return True

    def fails(self) -> None:
        with self._lock:
            self._failed = True
            self._until = time.monotonic() + PAUSE_SECONDS

    def works(self) -> None:
        self._failed = False


breaker = Breaker()


class _Node(Urllib3HttpNode):
    """Connecting has a shorter limit than answering."""

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Any = None,
        request_timeout: Any = None,
    ) -> NodeApiResponse:
        seconds = request_timeout if isinstance(request_timeout, int | float) else REQUEST_SECONDS
        limits: Any = Timeout(connect=CONNECT_SECONDS, read=seconds)
        return super().perform_request(method, target, body, headers, request_timeout=limits)


def client() -> Elasticsearch:
    """The client of this process for SEARCH_URL."""
    return _client(settings.SEARCH_URL, os.getpid())


@cache
def _client(url: str, process: int) -> Elasticsearch:
    address = urlsplit(url)
    if address.port is None:
        port = 443 if address.scheme == "https" else 9200
        url = address._replace(netloc=f"{address.netloc}:{port}").geturl()
    return Elasticsearch(
        url,
        node_class=_Node,
        request_timeout=REQUEST_SECONDS,
        max_retries=RETRIES,
        retry_on_timeout=True,
    )


def ask(question: Callable[[Elasticsearch], T]) -> T:
    """The answer to a question that reads; raises `NoAnswer`, after two tries at most."""
    if not breaker.may_ask():
        raise NoAnswer
    try:
        answer = question(client())
    except ApiError as error:
        # Others than these speak of the question, or of an index that is not there (yet).
        if error.status_code == 429 or error.status_code >= 500:
            breaker.fails()
        else:
            breaker.works()
        logger.warning("Elasticsearch refuses to answer: %s", error.status_code)
        raise NoAnswer from error
    except (TransportError, NoAnswer) as error:
        breaker.fails()
        logger.warning("Elasticsearch does not answer: %s", type(error).__name__)
        raise NoAnswer from error
    breaker.works()
    return answer


def status() -> str:
    """Its health: green, yellow or red. Raises what the client raises."""
    return str(client().cluster.health()["status"])


class ElasticsearchEngine:
    """Elasticsearch, with the database's engine behind it."""

    def __init__(self, database: DatabaseEngine) -> None:
        self.database = database

    def put(self, entries: Mapping[int, EntryStreams]) -> None:
        """Into the database only; the entries are mirrored after the commit."""
        self.database.put(entries)

    def frequencies(self, tokens: Collection[Token]) -> dict[Token, int]:
        asked = list(tokens)
        name = _whole_index() if asked else None
        if name is None:
            return self.database.frequencies(tokens)
        try:
            counts = ask(lambda elastic: _count(elastic, name, asked))
        except NoAnswer:
            return self.database.frequencies(tokens)
        return dict(zip(asked, counts, strict=True))

    def find(self, plan: Plan, facets: Collection[int] | None, limit: int) -> Found:
        state = _state()
        if state is None:
            return self.database.find(plan, facets, limit)
        name, pages, documents, missing = state
        body = request(plan, facets, limit, pages, documents)
        try:
            answer = ask(lambda elastic: _search(elastic, name, body))
        except NoAnswer:
            found = self.database.find(plan, facets, limit)
            return Found(found.counts, found.documents, degraded=True)
        hits = answer["hits"]["hits"]
        if len(plan.clues) == len(plan.worth):
            hits = [hit for hit in hits if hit["_score"]]
        buckets = answer["aggregations"]["facets"]["buckets"]
        return Found(
            counts={bucket["key"]: bucket["doc_count"] for bucket in buckets},
            documents=[int(hit["_id"]) for hit in hits],
            degraded=missing,
        )


def request(
    plan: Plan,
    facets: Collection[int] | None,
    limit: int,
    pages: Sequence[int],
    documents: Sequence[int],
) -> dict[str, Any]:
    """The search for a plan, in Elasticsearch's words, without these pages and documents."""
    assert plan.need is not None  # noqa: S101
    clues = [
        {
            "constant_score": {
                "boost": worth,
                "filter": {
                    "bool": {"filter": [term(t, in_title=clue.in_title) for t in clue.tokens]}
                },
            }
        }
        for clue, worth in plan.clues
    ]
    body: dict[str, Any] = {
        "size": limit,
        "source": False,
        "track_total_hits": False,
        "query": {
            "bool": {
                "filter": [condition(plan.need)],
                "must_not": [
                    {"terms": {field: list(ids)}}
                    for field, ids in (("page", pages), ("document", documents))
                    if ids
                ],
                "should": clues,
            }
        },
        "sort": [{"_score": "desc"}, {"document": "asc"}],
        "aggregations": {"facets": {"terms": {"field": "facet", "size": MOST_FACETS}}},
    }
    if facets is not None:
        body["post_filter"] = {"terms": {"facet": list(facets)}}
    return body


def condition(need: Need) -> dict[str, Any]:
    """The need as a query."""
    if isinstance(need, Token):
        return term(need)
    parts = [condition(one) for one in need.of]
    if isinstance(need, All):
        return {"bool": {"must": parts}}
    return {"bool": {"should": parts, "minimum_should_match": 1}}


def term(token: Token, *, in_title: bool = False) -> dict[str, Any]:
    return {"term": {"title" if in_title else "all": lexeme(token)}}


def entry(document: int, page: int, facet: int, lexemes: Sequence[str]) -> dict[str, Any]:
    """What is kept of an entry, from its lexemes as PostgreSQL's engine writes them."""
    capitals = {prefix.upper() for prefix in PREFIXES.values()}
    return {
        "all": " ".join(one for one in lexemes if one[0] not in capitals),
        "title": " ".join(one[0].lower() + one[1:] for one in lexemes if one[0] in capitals),
        "facet": facet,
        "page": page,
        "document": document,
    }


def _count(elastic: Elasticsearch, name: str, tokens: Sequence[Token]) -> list[int]:
    searches: list[dict[str, Any]] = []
    for token in tokens:
        searches += ({}, {"size": 0, "track_total_hits": True, "query": term(token)})
    answer = elastic.msearch(index=name, searches=searches)
    for one in answer["responses"]:
        if "error" in one or one["timed_out"] or one["_shards"]["failed"]:
            raise NoAnswer
    return [one["hits"]["total"]["value"] for one in answer["responses"]]


def _search(elastic: Elasticsearch, name: str, body: dict[str, Any]) -> Mapping[str, Any]:
    answer = elastic.search(index=name, **body)
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise NoAnswer
    return answer.body


INDEX, PAGE, PUT, REMOVE = range(4)
MIRRORED = """
    SELECT mirror.generation_id, mirror.name FROM search_mirror mirror
    JOIN search_generation generation ON generation.id = mirror.generation_id
    WHERE generation.state = %s AND mirror.whole
"""


def _whole_index() -> str | None:
    """The index that holds all the database does, at this moment; None where none can be sure."""
    sql = f"""
        WITH mirrored(generation, name) AS ({MIRRORED})
        SELECT name FROM mirrored WHERE NOT EXISTS (
            SELECT 1 FROM search_mirrormark WHERE generation_id = mirrored.generation
        )
    """  # noqa: S608  # all of it is SQL of our own
    with connection.cursor() as cursor:
        cursor.execute(sql, [Generation.State.CURRENT])
        row = cursor.fetchone()
    return row[0] if row else None


def _state() -> tuple[str, list[int], list[int], bool] | None:
    """The index to ask, what it must leave out (pages, entries), and whether it lacks entries.

    None where the database should answer itself: there is no whole index, or too much to leave out.
    """
    hidden_sql, hidden_params = hidden_pages()
    sql = f"""
        WITH hidden(id) AS MATERIALIZED ({hidden_sql}),
        mirrored(generation, name) AS ({MIRRORED})
        SELECT {INDEX}, generation, name FROM mirrored
        UNION ALL
        SELECT CASE deed WHEN 'put' THEN {PUT} ELSE {REMOVE} END, document_id, ''
        FROM search_mirrormark WHERE generation_id IN (SELECT generation FROM mirrored)
        UNION ALL
        SELECT DISTINCT {PAGE}, page_id, '' FROM search_searchdocument
        WHERE generation_id IN (SELECT generation FROM mirrored)
        AND page_id IN (SELECT id FROM hidden)
        LIMIT {MOST_EXCLUDED + 2}
    """  # noqa: S608  # all of it is SQL of our own
    with connection.cursor() as cursor:
        cursor.execute(sql, [*hidden_params, Generation.State.CURRENT])
        rows = cursor.fetchall()
    names = [name for kind, _, name in rows if kind == INDEX]
    if not names or len(rows) > MOST_EXCLUDED + 1:
        return None
    pages = [number for kind, number, _ in rows if kind == PAGE]
    documents = sorted({number for kind, number, _ in rows if kind in (PUT, REMOVE)})
    return names[0], pages, documents, any(kind == PUT for kind, _, _ in rows)
