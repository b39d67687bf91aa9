"""The admin's search on SQLite: Wagtail's FTS5 table with our tokens in it."""

from __future__ import annotations

from typing import Any

from modelsearch.backends.database.sqlite.sqlite import (
    SQLiteAutocompleteQueryCompiler,
    SQLiteIndex,
    SQLiteSearchBackend,
    SQLiteSearchQueryCompiler,
    SQLiteSearchResults,
)
from wagtail.search.models import IndexEntry

from search.engine.admin_backend.base import ChineseIndex, ChineseQueryCompiler, ChineseResults
from search.engine.admin_backend.tokens import Term, Wanted

ENTRIES = IndexEntry._meta.db_table
FULL_TEXT = f"{ENTRIES}_fts"
# The columns of the table, in its order: autocomplete, body, title.
WEIGHTS = "1.0, 1.0, 8.0"


class Index(ChineseIndex, SQLiteIndex):
    def column(self, text: str, *, is_title: bool) -> str:
        return text


class QueryCompiler(ChineseQueryCompiler, SQLiteSearchQueryCompiler):
    def matches(self, columns: tuple[str, ...], expression: Wanted) -> tuple[str, str, list[Any]]:
        tables = f"{FULL_TEXT} JOIN {ENTRIES} AS entry ON entry.id = {FULL_TEXT}.rowid"
        asked = f"{{{' '.join(columns)}}} : ({match_expression(expression)})"
        return tables, f"{FULL_TEXT} MATCH %s", [asked]

    def rank(self, columns: tuple[str, ...]) -> str:
        return f"-bm25({FULL_TEXT}, {WEIGHTS})"


class AutocompleteQueryCompiler(QueryCompiler, SQLiteAutocompleteQueryCompiler):
    is_typing = True


class Results(ChineseResults, SQLiteSearchResults):
    pass


class ChineseSQLiteBackend(SQLiteSearchBackend):
    query_compiler_class = QueryCompiler
    autocomplete_query_compiler_class = AutocompleteQueryCompiler
    index_class = Index
    results_class = Results


def match_expression(asked: Wanted) -> str:
    """For FTS5. A token holds letters and digits only, so that quotes hold it."""
    if isinstance(asked, Term):
        return f'"{asked.text}"' + "*" * asked.is_prefix
    return f" {asked.joined_by} ".join(f"({match_expression(part)})" for part in asked.parts)
