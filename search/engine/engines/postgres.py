"""PostgreSQL: one tsvector for each entry, made of prepared tokens, under a GIN index.

The vector is written out by us, never by a text search configuration: each token with the letter of
its stream before it (w居住证, b居住, c居, nn2025x10), those of the title once more with a capital
(W居住证). It has no places and no weights, so that the index alone answers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from search.analysis.streams import GAP, Token
from search.engine.engines import PARTS, EntryStreams, Found, statement
from search.engine.planning import All, Need, Plan

PREFIXES = {"words": "w", "bigrams": "b", "characters": "c", "numbers": "n"}

CREATE_INDEX = (
    "CREATE INDEX search_searchdocument_vector ON search_searchdocument USING gin (vector)"
)
# What was written waits in a list that every search would go through; this takes a portion into the
# index at once. Where the tables are another role's, PostgreSQL does it by itself, later.
PUT_IN_ORDER = """
    SELECT gin_clean_pending_list(oid) FROM pg_class
    WHERE oid = 'search_searchdocument_vector'::regclass AND pg_has_role(relowner, 'USAGE')
"""


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes the index; the column is the model's own."""
    schema_editor.execute(CREATE_INDEX)


def uninstall(schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP INDEX search_searchdocument_vector")


def lay_out(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Keeps the long columns beside the row, so that those who count entries read little."""
    schema_editor.execute("ALTER TABLE search_searchdocument SET (toast_tuple_target = 128)")


def lay_out_as_usual(schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("ALTER TABLE search_searchdocument RESET (toast_tuple_target)")


class PostgresEngine:
    """Tokens in the entry's own row."""

    def put(self, entries: Mapping[int, EntryStreams]) -> None:
        rows = [
            (" ".join(map(quoted, lexemes(entry))), document) for document, entry in entries.items()
        ]
        sql = "UPDATE search_searchdocument SET vector = %s::tsvector WHERE id = %s"
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)
            cursor.execute(PUT_IN_ORDER)

    def kept(self, documents: Collection[int]) -> dict[int, list[str]]:
        sql = """
            SELECT id, tsvector_to_array(vector) FROM search_searchdocument
            WHERE id = ANY(%s) AND vector IS NOT NULL
        """
        with connection.cursor() as cursor:
            cursor.execute(sql, [list(documents)])
            return dict(cursor.fetchall())

    def remove_lost(self) -> int:
        return 0  # tokens stand in their entry's own row

    def frequencies(self, tokens: Collection[Token]) -> dict[Token, int]:
        if not tokens:
            return {}
        sql = """
            SELECT asked.number, (
                SELECT COUNT(*) FROM search_searchdocument WHERE vector @@ asked.query::tsquery
            ) FROM unnest(%s::text[]) WITH ORDINALITY AS asked(query, number)
        """
        asked = list(tokens)
        with connection.cursor() as cursor:
            cursor.execute(sql, [[quoted(lexeme(token)) for token in asked]])
            return {asked[number - 1]: count for number, count in cursor.fetchall()}

    def find(self, plan: Plan, facets: Collection[int] | None, limit: int) -> Found:
        assert plan.need is not None  # noqa: S101
        # OFFSET 0 keeps PostgreSQL to this order: one look into the GIN index for each clue. And a
        # query that it can't see when it plans (behind an OFFSET, too: a single VALUES row it sees)
        # sends it there even for words of most entries: else it would unpack every vector.
        need = """
            SELECT entry.id, entry.facet_id FROM (SELECT %s AS query OFFSET 0) AS asked
            CROSS JOIN LATERAL (
                SELECT id, facet_id, generation_id, page_id FROM search_searchdocument
                WHERE vector @@ asked.query::tsquery OFFSET 0
            ) AS entry WHERE TRUE
        """
        hits = """
            SELECT held.id, clue.worth FROM clue CROSS JOIN LATERAL (
                SELECT id FROM search_searchdocument WHERE vector @@ clue.query::tsquery OFFSET 0
            ) AS held
        """
        clues = [
            (" & ".join(quoted(lexeme(t, in_title=clue.in_title)) for t in clue.tokens), worth)
            for clue, worth in plan.clues
        ]
        return statement.find(plan, (need, [tsquery(plan.need)]), hits, clues, facets, limit)


def tsquery(need: Need) -> str:
    """The need in PostgreSQL's words."""
    if isinstance(need, Token):
        return quoted(lexeme(need))
    joint = " & " if isinstance(need, All) else " | "
    return f"({joint.join(map(tsquery, need.of))})"


def lexemes(entry: EntryStreams) -> list[str]:
    """The entry's tokens as lexemes, each once."""
    found: dict[str, None] = {}
    for part in PARTS:
        streams = getattr(entry, part)
        for stream in PREFIXES:
            for text in getattr(streams, stream):
                if text != GAP:
                    token = Token(stream, text)  # type: ignore[arg-type]  # a key of PREFIXES
                    found[lexeme(token)] = None
                    if part == "title":
                        found[lexeme(token, in_title=True)] = None
    return list(found)


def lexeme(token: Token, *, in_title: bool = False) -> str:
    prefix = PREFIXES[token.stream]
    return f"{prefix.upper() if in_title else prefix}{token.text}"


def quoted(text: str) -> str:
    """A lexeme for a tsquery, always quoted, so that it is never syntax."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
