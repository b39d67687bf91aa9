"""What both databases have in common.

A part of a query is one search of the full-text table, used as a plain subquery. The stock backends
order by a subquery that runs again for every row; here the ranks are read once and the page is cut
out of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.db import connections
from django.db.models import Manager, Model, Q, QuerySet
from django.db.models.expressions import RawSQL
from modelsearch.index import AutocompleteField, BaseField, RelatedFields, SearchField
from modelsearch.query import And, Boost, Fuzzy, MatchAll, Not, Or, Phrase, PlainText, SearchQuery
from modelsearch.utils import get_content_type_pk, get_descendants_content_types_pks
from wagtail.search.models import IndexEntry

from search.engine.admin_backend.tokens import (
    Group,
    Wanted,
    index_text,
    wanted,
    wanted_phrase,
    without_beginnings,
)

# A greater page than this is not fetched by its keys: a query takes only so many of them.
MOST_KEYS = 500


class ChineseIndex:
    """Writes tokens in place of text. Mixed into a stock index."""

    write_connection: Any

    def column(self, text: str, *, is_title: bool) -> Any:
        """Tokens as this database keeps them."""
        raise NotImplementedError

    def add_items(self, model: type[Model], objs: Iterable[Model]) -> None:
        content_type = get_content_type_pk(model)
        entries = [self._entry(content_type, one) for one in objs]
        if entries and model.get_search_fields():  # type: ignore[attr-defined]
            IndexEntry._default_manager.using(self.write_connection.alias).bulk_create(
                entries,
                update_conflicts=True,
                unique_fields=["content_type", "object_id"],
                update_fields=["title", "body", "autocomplete"],
            )

    def _entry(self, content_type: int, one: Any) -> IndexEntry:
        title: list[str] = []
        body: list[str] = []
        typed: list[str] = []
        for field, text in _texts(one, one.get_search_fields()):
            if isinstance(field, AutocompleteField):
                typed.append(text)
            else:
                (title if field.field_name == "title" else body).append(text)
        return IndexEntry(
            content_type_id=content_type,
            object_id=str(one.pk),
            title=self.column(index_text("\n".join(title)), is_title=True),
            body=self.column(index_text("\n".join(body)), is_title=False),
            autocomplete=self.column(index_text("\n".join(typed)), is_title=False),
        )

    def _refresh_title_norms(self, full: bool = False) -> None:
        """Not used: titles are weighed when ranks are worked out, and no row is written twice."""


def _texts(one: Any, fields: Iterable[BaseField]) -> Iterator[tuple[BaseField, str]]:
    """Every field that is searched, also of related objects, with its text."""
    for field in fields:
        if isinstance(field, (SearchField, AutocompleteField)):
            yield field, _plain(field.get_value(one))
        elif isinstance(field, RelatedFields):
            related = field.get_value(one)
            if callable(related) and not isinstance(related, Manager):
                related = related()
            if related is None:
                continue
            for other in related.all() if isinstance(related, Manager) else [related]:
                yield from _texts(other, field.fields)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple, set)):
        return "\n".join(_plain(one) for one in value)
    return "" if value is None else str(value)


class ChineseQueryCompiler:
    """Asks for tokens in place of text. Mixed into a stock compiler."""

    queryset: QuerySet[Any]
    query: SearchQuery
    fields: list[str] | None
    order_by_relevance: bool
    is_typing: ClassVar[bool] = False

    def matches(self, columns: tuple[str, ...], expression: Wanted) -> tuple[str, str, list[Any]]:
        """SQL for this database: tables, condition and its parameters."""
        raise NotImplementedError

    def rank(self, columns: tuple[str, ...]) -> str:
        """SQL of a number, greater for better, beside the tables of `matches`."""
        raise NotImplementedError

    @property
    def columns(self) -> tuple[str, ...]:
        """The index has the title apart from everything else, so fields are told apart as far."""
        if self.is_typing:
            return ("autocomplete",)
        if self.fields is None:
            return ("title", "body")
        wanted_columns = {"title" if name == "title" else "body" for name in self.fields}
        return tuple(sorted(wanted_columns, reverse=True))

    def search(
        self, config: Any, start: int | None, stop: int | None, *args: Any, **kwargs: Any
    ) -> QuerySet[Any]:
        """What answers, in the queryset's own order: counted, and read where nothing is ranked."""
        found = self.queryset.filter(self._condition(self.query))
        if not found.query.order_by:
            found = found.order_by("-pk")
        return found[start:stop]

    def ranks(self) -> dict[Any, float]:
        """Everything of the model's kind that any part of the query finds, the best first."""
        parts = [part for part in self._positive_parts(self.query) if part is not None]
        if not parts:
            return {}
        asked = parts[0] if len(parts) == 1 else Group("OR", tuple(dict.fromkeys(parts)))
        tables, condition, params = self._entries(asked)
        in_full, in_full_params = self._typed_in_full(asked)
        key = self.queryset.model._meta.pk
        with connections[self.queryset.db].cursor() as cursor:
            cursor.execute(
                f"SELECT entry.object_id, {self.rank(self.columns)} AS score,"  # noqa: S608
                f" {in_full} AS in_full FROM {tables} WHERE {condition}"
                " ORDER BY in_full DESC, score DESC, entry.id DESC",
                [*in_full_params, *params],
            )
            return {key.to_python(pk): score for pk, score, _ in cursor.fetchall()}

    def _typed_in_full(self, asked: Wanted) -> tuple[str, list[Any]]:
        """SQL of 1 for what holds every word as it is typed, 0 for what only goes on from it.

        Weights can't tell the two apart: on a small site a word of most pages weighs nothing.
        """
        whole = without_beginnings(asked)
        if not self.is_typing or whole == asked:
            return "0", []
        tables, condition, params = self._entries(whole)
        found = f"SELECT entry.id FROM {tables} WHERE {condition}"  # noqa: S608
        return f"CASE WHEN entry.id IN ({found}) THEN 1 ELSE 0 END", params

    def _condition(self, query: SearchQuery) -> Q:
        nothing = Q(pk__in=[])
        if isinstance(query, MatchAll):
            return ~nothing
        if isinstance(query, Not):
            return ~self._condition(query.subquery)
        if isinstance(query, Boost):
            return self._condition(query.subquery)
        if isinstance(query, And):
            condition = ~nothing
            for one in query.subqueries:
                condition &= self._condition(one)
            return condition
        if isinstance(query, Or):
            condition = nothing
            for one in query.subqueries:
                condition |= self._condition(one)
            return condition
        asked = self._leaf(query)
        return nothing if asked is None else Q(pk__in=self._keys(asked))

    def _positive_parts(self, query: SearchQuery) -> Iterator[Wanted | None]:
        if isinstance(query, (And, Or)):
            for one in query.subqueries:
                yield from self._positive_parts(one)
        elif isinstance(query, Boost):
            yield from self._positive_parts(query.subquery)
        elif not isinstance(query, (Not, MatchAll)):
            yield self._leaf(query)

    def _leaf(self, query: SearchQuery) -> Wanted | None:
        if isinstance(query, PlainText):
            any_word = query.operator.lower() == "or"
            return wanted(query.query_string, any_word=any_word, unfinished=self.is_typing)
        if isinstance(query, Fuzzy):
            return wanted(query.query_string, any_word=True)
        if isinstance(query, Phrase):
            return wanted_phrase(query.query_string)
        raise NotImplementedError(f"{type(query).__name__} is no query the admin's search knows.")

    def _keys(self, asked: Wanted) -> RawSQL:
        tables, condition, params = self._entries(asked)
        kind = self.queryset.model._meta.pk.rel_db_type(connections[self.queryset.db])
        return RawSQL(  # noqa: S611 - everything that is typed goes in as a parameter
            f"SELECT CAST(entry.object_id AS {kind}) FROM {tables} WHERE {condition}",  # noqa: S608
            params,
        )

    def _entries(self, asked: Wanted) -> tuple[str, str, list[Any]]:
        tables, condition, params = self.matches(self.columns, asked)
        kinds = sorted(get_descendants_content_types_pks(self.queryset.model))
        marks = ", ".join(["%s"] * len(kinds))
        return tables, f"{condition} AND entry.content_type_id IN ({marks})", [*params, *kinds]


class ChineseResults:
    """Cuts the page out of the ranks. Mixed into stock results, whose counting and facets stay."""

    query_compiler: Any
    start: int
    stop: int | None
    _score_field: str | None

    def _do_search(self) -> list[Any]:
        compiler = self.query_compiler
        by_rank = compiler.order_by_relevance and not isinstance(compiler.query, MatchAll)
        ranks = compiler.ranks() if by_rank or self._score_field else {}
        everything = compiler.search(None, None, None)
        if not by_rank:
            return self._scored(list(everything[self.start : self.stop]), ranks)
        answering = list(everything.order_by("-pk").values_list("pk", flat=True))
        left = set(answering)
        ordered = [pk for pk in ranks if pk in left]
        # What only a negation found has no rank.
        ordered += (pk for pk in answering if pk not in ranks)
        page = ordered[self.start : self.stop]
        if not page:
            return []
        rows = compiler.queryset.filter(pk__in=page) if len(page) <= MOST_KEYS else everything
        found = {row.pk: row for row in rows}
        return self._scored([found[pk] for pk in page if pk in found], ranks)

    def _scored(self, rows: list[Any], ranks: dict[Any, float]) -> list[Any]:
        if self._score_field:
            for row in rows:
                setattr(row, self._score_field, ranks.get(row.pk))
        return rows
