"""The admin's search on PostgreSQL: Wagtail's tsvectors with our tokens in them."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db.models import TextField, Value
from modelsearch.backends.database.postgres.postgres import (
    PostgresAutocompleteQueryCompiler,
    PostgresIndex,
    PostgresSearchBackend,
    PostgresSearchQueryCompiler,
    PostgresSearchResults,
)
from wagtail.search.models import IndexEntry

from search.engine.admin_backend.base import ChineseIndex, ChineseQueryCompiler, ChineseResults
from search.engine.admin_backend.tokens import Term, Wanted

# Keeps tokens as they are: no stems, no stop words.
CONFIG = "simple"
OPERATORS = {"AND": " & ", "OR": " | "}
# By the logarithm of the length: of two titles that answer, the shorter is meant.
BY_LENGTH = 1


class Index(ChineseIndex, PostgresIndex):
    def column(self, text: str, *, is_title: bool) -> SearchVector:
        value = Value(text, output_field=TextField())
        return SearchVector(value, config=CONFIG, weight="A" if is_title else "D")


class QueryCompiler(ChineseQueryCompiler, PostgresSearchQueryCompiler):
    def matches(self, columns: tuple[str, ...], expression: Wanted) -> tuple[str, str, list[Any]]:
        tables = (
            f"{IndexEntry._meta.db_table} AS entry"
            f" CROSS JOIN (SELECT to_tsquery('{CONFIG}', %s) AS query) AS asked"
        )
        return tables, f"({_vector(columns)}) @@ asked.query", [ts_query(expression)]

    def rank(self, columns: tuple[str, ...]) -> str:
        return f"ts_rank({_vector(columns)}, asked.query, {BY_LENGTH})"


class AutocompleteQueryCompiler(QueryCompiler, PostgresAutocompleteQueryCompiler):
    is_typing = True


class Results(ChineseResults, PostgresSearchResults):
    pass


class ChinesePostgresBackend(PostgresSearchBackend):
    query_compiler_class = QueryCompiler
    autocomplete_query_compiler_class = AutocompleteQueryCompiler
    index_class = Index
    results_class = Results


def _vector(columns: tuple[str, ...]) -> str:
    # Spelt as the index on title || body is (migration 0020), or it would not be used.
    return " || ".join(f"entry.{name}" for name in columns)


def ts_query(asked: Wanted) -> str:
    """For to_tsquery. A token holds letters and digits only, so that quotes hold it."""
    if isinstance(asked, Term):
        return f"'{asked.text}'" + ":*" * asked.is_prefix
    return OPERATORS[asked.joined_by].join(f"({ts_query(part)})" for part in asked.parts)
