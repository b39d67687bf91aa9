"""SQLite: an FTS5 table of our own, a column for each stream of each part.

Tokens come prepared, divided by spaces; the "ascii" tokenizer keeps every one of them whole (it
divides at ASCII that is neither letter nor digit, and takes everything beyond ASCII for letters).
Places inside a column are not kept (`detail=column`): phrases are looked for in the texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from search.analysis.streams import Streams, Token
from search.engine.engines import PARTS, STREAMS, EntryStreams, Found, statement
from search.engine.engines.postgres import lexemes
from search.engine.planning import All, Need, Plan

COLUMNS = tuple(f"{part}_{stream}" for part in PARTS for stream in STREAMS)

CREATE_TABLE = (
    f"CREATE VIRTUAL TABLE search_fts USING fts5({', '.join(COLUMNS)}, "
    "tokenize='ascii', detail=column)"
)
# How many entries hold a token, by column.
CREATE_VOCABULARY = "CREATE VIRTUAL TABLE search_fts_tokens USING fts5vocab(search_fts, col)"
# Entries are also removed by the database alone (a deleted page takes its own with it).
CREATE_TRIGGER = """
    CREATE TRIGGER search_fts_follows_deletion AFTER DELETE ON search_searchdocument
    BEGIN DELETE FROM search_fts WHERE rowid = old.id; END
"""


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes the tables and the trigger.

    A later migration that makes SQLite copy search_searchdocument loses the trigger with the old
    table and must make it again.
    """
    uninstall(schema_editor)
    schema_editor.execute(CREATE_TABLE)
    schema_editor.execute(CREATE_VOCABULARY)
    schema_editor.execute(CREATE_TRIGGER)


def uninstall(schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TRIGGER IF EXISTS search_fts_follows_deletion")
    schema_editor.execute("DROP TABLE IF EXISTS search_fts_tokens")
    schema_editor.execute("DROP TABLE IF EXISTS search_fts")


class SQLiteEngine:
    """Tokens in search_fts."""

    def put(self, entries: Mapping[int, EntryStreams]) -> None:
        marks = ", ".join(["%s"] * (len(COLUMNS) + 1))
        rows: list[list[Any]] = [
            [
                document,
                *(
                    " ".join(getattr(getattr(entry, part), stream))
                    for part in PARTS
                    for stream in STREAMS
                ),
            ]
            for document, entry in entries.items()
        ]
        sql = f"INSERT INTO search_fts(rowid, {', '.join(COLUMNS)}) VALUES ({marks})"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.executemany(sql, rows)

    def kept(self, documents: Collection[int]) -> dict[int, list[str]]:
        marks = ", ".join(["%s"] * len(documents))
        sql = (
            f"SELECT rowid, {', '.join(COLUMNS)} FROM search_fts"  # noqa: S608
            f" WHERE rowid IN ({marks})"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, list(documents))
            return {document: lexemes(_entry(texts)) for document, *texts in cursor.fetchall()}

    def remove_lost(self) -> int:
        sql = "DELETE FROM search_fts WHERE rowid NOT IN (SELECT id FROM search_searchdocument)"
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return int(cursor.rowcount)

    def frequencies(self, tokens: Collection[Token]) -> dict[Token, int]:
        found: dict[Token, int] = defaultdict(int)
        marks = ", ".join(["%s"] * len(tokens))
        sql = f"SELECT term, col, doc FROM search_fts_tokens WHERE term IN ({marks})"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [token.text for token in tokens])
            for term, column, count in cursor.fetchall():
                token = Token(column.partition("_")[2], term)
                found[token] = max(found[token], count)
        return {token: found.get(token, 0) for token in tokens}

    def find(self, plan: Plan, facets: Collection[int] | None, limit: int) -> Found:
        assert plan.need is not None  # noqa: S101
        # CROSS JOIN keeps SQLite to this order: a full-text table can only be asked from outside.
        # The index halves the time: in the row itself the facet stands behind the long texts.
        need = (
            "SELECT entry.id, entry.facet_id FROM search_fts"
            " CROSS JOIN search_searchdocument entry INDEXED BY search_counts_by_these_alone"
            " ON entry.id = search_fts.rowid"
            " WHERE search_fts MATCH %s"
        )
        hits = (
            "SELECT search_fts.rowid, clue.worth"
            " FROM clue CROSS JOIN search_fts WHERE search_fts MATCH clue.query"
        )
        clues = [
            (" AND ".join(match(token, in_title=clue.in_title) for token in clue.tokens), worth)
            for clue, worth in plan.clues
        ]
        return statement.find(plan, (need, [expression(plan.need)]), hits, clues, facets, limit)


def _entry(texts: Sequence[str]) -> EntryStreams:
    """An entry's tokens from its columns, in their order."""
    cut = [tuple(text.split(" ")) if text else () for text in texts]
    size = len(STREAMS)
    return EntryStreams(*(Streams(*cut[at : at + size]) for at in range(0, len(cut), size)))


def expression(need: Need) -> str:
    """The need in FTS5's words."""
    if isinstance(need, Token):
        return match(need)
    joint = " AND " if isinstance(need, All) else " OR "
    return f"({joint.join(map(expression, need.of))})"


def match(token: Token, *, in_title: bool = False) -> str:
    """A token for FTS5: {columns} : "token", always quoted, so that it is never syntax."""
    columns = " ".join(f"{part}_{token.stream}" for part in (("title",) if in_title else PARTS))
    text = token.text.replace('"', '""')
    return f'{{{columns}}} : "{text}"'
