"""What may be meant by what has been typed so far.

Titles, the questions that interpretations answer, and words of common speech that the product
knows. Nobody's earlier searches: what families type is nobody else's business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Case, F, IntegerField, Q, TextField, Value, When
from django.utils.translation import gettext as _

from search.analysis.lexicon import Lexicon
from search.analysis.question import LONGEST_QUERY
from search.analysis.question import typed as normalised
from search.analysis.reading import read
from search.analysis.streams import plain
from search.engine import vocabulary
from search.engine.answering import QUESTION_MARKS
from search.engine.choices import label_of
from search.engine.models import EntryType, SearchDocument

MOST = 8
MOST_TITLES, MOST_QUESTIONS, MOST_QUERIES = 5, 2, 2
# Rows read for these: titles that are the same are shown once.
MOST_ROWS = 40
# Words of common speech that are looked at.
MOST_LONGER = 6
# The rank of a row that only vouches for such a word.
IN_ANOTHER_QUERY = 3
# Of the words that documents say in place of what was typed, the nearest.
MOST_OTHERS = 8
QUERY, QUESTION = "query", "question"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to go to. `type` is an entry's type, or "question", or "query" for another search.

    `label` says the type in words.
    """

    title: str
    url: str
    type: str
    label: str


def suggest(typed: str) -> list[Suggestion]:
    """What goes with what was typed so far, at most `MOST`. At most two queries.

    Titles that begin with it, that hold it, that hold what documents say in its place; questions;
    common queries that go on from it.
    """
    text = plain(typed[:LONGEST_QUERY])
    if not text:
        return []
    lexicon = vocabulary.current()
    # As it was meant: pinyin and initials.
    meant = plain(read(normalised(typed), lexicon.vocabulary).text) or text
    others = _others(meant, lexicon)
    queries = {word: (plain(word), *_others(word, lexicon)) for word in _longer(meant, lexicon)}
    rows = list(_rows(meant, others, {one for said in queries.values() for one in said}))
    return [
        *_unique((row.suggestion for row in rows if row.rank < IN_ANOTHER_QUERY), MOST_TITLES),
        *_unique((one for row in rows for one in _questions(row, meant)), MOST_QUESTIONS),
        *_unique(_queries(queries, rows), MOST_QUERIES),
    ][:MOST]


class _Row(NamedTuple):
    """An entry that goes with what was typed; `body` only where it asks itself questions."""

    title: str
    plain_title: str
    url: str
    type: str
    body: str
    rank: int

    @property
    def suggestion(self) -> Suggestion:
        return Suggestion(self.title, self.url, self.type, label_of("type", self.type))


def _rows(text: str, others: Collection[str], in_queries: Collection[str]) -> Iterator[_Row]:
    inside, in_others, in_another = (_in_title(words) for words in ([text], others, in_queries))
    asking = Q(type=EntryType.INTERPRETATION, normal__contains=text)
    ranked = (
        (Q(plain_title__startswith=text), 0),
        (inside, 1),
        (in_others, 2),
        (in_another, IN_ANOTHER_QUERY),
    )
    rank = Case(
        *(When(condition, then=Value(rank)) for condition, rank in ranked),
        default=Value(IN_ANOTHER_QUERY),
        output_field=IntegerField(),
    )
    asked = Case(
        When(type=EntryType.INTERPRETATION, then=F("body")),
        default=Value(""),
        output_field=TextField(),
    )
    rows = (
        SearchDocument.objects.visible()
        .filter(inside | asking | in_others | in_another)
        .annotate(rank=rank, asked=asked)
        .order_by("rank", "-boost", "pk")
        .values_list("title", "plain_title", "url", "type", "asked", "rank")[:MOST_ROWS]
    )
    return (_Row(*row) for row in rows)


def _in_title(words: Iterable[str]) -> Q:
    """Entries whose title holds one of the words; none, where there are none."""
    condition = Q(pk__in=[])
    for word in words:
        condition |= Q(plain_title__contains=word)
    return condition


def _others(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """What documents say in place of the whole of it, as titles hold it."""
    others = (plain(other) for other in lexicon.equivalents.get(text, ()))
    return tuple(other for other in others if len(other) > 1)[:MOST_OTHERS]


def _questions(row: _Row, text: str) -> Iterator[Suggestion]:
    for line in row.body.split("\n"):
        if line.strip().endswith(QUESTION_MARKS) and text in plain(line):
            yield Suggestion(line.strip(), row.url, QUESTION, _("问答"))


def _longer(text: str, lexicon: Lexicon) -> list[str]:
    """Words of common speech that go on from it, the shortest first."""
    longer = (word for word in lexicon.equivalents if word.startswith(text) and word != text)
    return sorted(longer, key=lambda word: (len(word), word))[:MOST_LONGER]


def _queries(queries: Mapping[str, Sequence[str]], rows: Sequence[_Row]) -> Iterator[Suggestion]:
    """Those that lead to something visible: a title holds the word, or what is said in its place.

    A word that is itself such a title is suggested as that.
    """
    for word, said in queries.items():
        titles = [row.plain_title for row in rows]
        if plain(word) not in titles and any(one in title for one in said for title in titles):
            yield Suggestion(word, f"/search/?{urlencode({'q': word})}", QUERY, _("搜索"))


def _unique(suggestions: Iterable[Suggestion], most: int) -> list[Suggestion]:
    """The first few with different titles."""
    by_title: dict[str, Suggestion] = {}
    for one in suggestions:
        by_title.setdefault(one.title, one)
    return list(by_title.values())[:most]
