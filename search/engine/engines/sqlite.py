"""SQLite: an FTS5 table of our own, a column for each stream of each part.

Tokens come prepared, divided by spaces; the "ascii" tokenizer keeps every one of them whole (it
divides at ASCII that is neither letter nor digit, and takes everything beyond ASCII for letters).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from search.analysis.streams import Term
from search.engine.engines import PARTS, EntryStreams, Matches, matched
from search.engine.models import SearchDocumentQuerySet

STREAMS = ("words", "bigrams", "characters", "numbers")
COLUMNS = tuple(f"{part}_{stream}" for part in PARTS for stream in STREAMS)
# What an occurrence counts for bm25, by part.
WEIGHTS = {"title": 8.0, "extra": 3.0, "body": 1.0, "context": 0.2}
# Numbers: an entry that has the number counts far above one that mentions it.
NUMBER_WEIGHTS = {"title": 10.0, "extra": 10.0, "body": 1.0, "context": 0.2}

CREATE_TABLE = f"CREATE VIRTUAL TABLE search_fts USING fts5({', '.join(COLUMNS)}, tokenize='ascii')"
# Entries are also removed by the database alone (a deleted page takes its own with it).
CREATE_TRIGGER = """
    CREATE TRIGGER search_fts_follows_deletion AFTER DELETE ON search_searchdocument
    BEGIN DELETE FROM search_fts WHERE rowid = old.id; END
"""


def install(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes the table and the trigger (migration 0002).

    A later migration that makes SQLite copy search_searchdocument loses the trigger with the old
    table and must make it again.
    """
    schema_editor.execute(CREATE_TABLE)
    schema_editor.execute(CREATE_TRIGGER)


def uninstall(schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TRIGGER search_fts_follows_deletion")
    schema_editor.execute("DROP TABLE search_fts")


class SQLiteEngine:
    """Tokens in search_fts, strength by FTS5's bm25 with a weight for each column."""

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

    def match(self, terms: Sequence[Term], within: SearchDocumentQuerySet) -> Matches:
        weights = ", ".join(
            str((NUMBER_WEIGHTS if stream == "numbers" else WEIGHTS)[part])
            for part in PARTS
            for stream in STREAMS
        )
        # CROSS JOIN keeps SQLite to this order: a full-text table can only be asked from outside.
        hits = (
            f"SELECT search_fts.rowid, asked.term, -bm25(search_fts, {weights})"  # noqa: S608
            " FROM asked CROSS JOIN search_fts WHERE search_fts MATCH asked.query"
        )
        return matched(hits, [], [match_expression(term) for term in terms], within)


def match_expression(term: Term) -> str:
    """The term for FTS5: {columns} : "token token …", always quoted, so that it is never syntax."""
    parts = ("title",) if term.in_title else PARTS
    columns = " ".join(f"{part}_{term.stream}" for part in parts)
    phrase = " ".join(term.tokens).replace('"', '""')
    return f'{{{columns}}} : "{phrase}"'
