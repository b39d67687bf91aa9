"""PostgreSQL: one tsvector for each entry, made of prepared tokens, under a GIN index.

The vector is written out by us, never by a text search configuration: each token with the letter of
its stream before it (w居住证, b居住, c居, nn2025x10), its places, and the weight of its part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from search.analysis.streams import GAP, Term
from search.engine.engines import PARTS, EntryStreams, Matches, matched
from search.engine.models import SearchDocumentQuerySet

PREFIXES = {"words": "w", "bigrams": "b", "characters": "c", "numbers": "n"}
LABELS = {"title": "A", "extra": "B", "body": "D", "context": "C"}
# ts_rank's weights of D, C, B and A: what bm25 makes of one occurrence under SQLite's weights, so
# that both engines order alike.
WEIGHTS = "{0.5, 0.15, 0.8, 1.0}"
# Divides by 1 + log(length): a whole document does not outweigh the clause that is meant.
NORMALISATION = 1
LAST_PLACE = 16_383
MOST_PLACES = 255

CREATE_INDEX = (
    "CREATE INDEX search_searchdocument_vector ON search_searchdocument USING gin (vector)"
)


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes the index (migration 0002); the column is the model's own."""
    schema_editor.execute(CREATE_INDEX)


def uninstall(schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP INDEX search_searchdocument_vector")


class PostgresEngine:
    """Tokens in the entry's own row, strength by ts_rank over the parts' weights."""

    def put(self, entries: Mapping[int, EntryStreams]) -> None:
        rows = [(vector(entry), document) for document, entry in entries.items()]
        sql = "UPDATE search_searchdocument SET vector = %s::tsvector WHERE id = %s"
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)

    def match(self, terms: Sequence[Term], within: SearchDocumentQuerySet) -> Matches:
        # OFFSET 0 keeps PostgreSQL to this order: one look into the GIN index for each term.
        hits = """
            SELECT found.id, asked.term, found.strength FROM asked CROSS JOIN LATERAL (
                SELECT id, ts_rank(%s::float4[], vector, query::tsquery, %s)::float8 AS strength
                FROM search_searchdocument WHERE vector @@ query::tsquery OFFSET 0
            ) AS found
        """
        return matched(hits, [WEIGHTS, NORMALISATION], [tsquery(term) for term in terms], within)


def tsquery(term: Term) -> str:
    """The term for PostgreSQL: a quoted lexeme, or several that follow each other."""
    label = ":A" if term.in_title else ""
    return " <-> ".join(_lexeme(term.stream, token) + label for token in term.tokens)


def vector(entry: EntryStreams) -> str:
    """The entry's tokens as a tsvector literal."""
    places: dict[str, list[str]] = {}
    place = 0
    for part in PARTS:
        streams = getattr(entry, part)
        longest = 0
        for stream in PREFIXES:
            tokens = getattr(streams, stream)
            longest = max(longest, len(tokens))
            for offset, token in enumerate(tokens, start=1):
                if token == GAP:
                    continue
                seen = places.setdefault(_lexeme(stream, token), [])
                if len(seen) < MOST_PLACES:
                    seen.append(f"{min(place + offset, LAST_PLACE)}{LABELS[part]}")
        place += longest + 1  # no phrase reaches from one part into the next
    return " ".join(f"{lexeme}:{','.join(seen)}" for lexeme, seen in places.items())


def _lexeme(stream: str, token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{PREFIXES[stream]}{escaped}'"
