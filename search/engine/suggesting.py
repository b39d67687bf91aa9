"""What may be meant by what has been typed so far.

Titles, the questions that interpretations answer, and words of common speech that the product
knows. Nobody's earlier searches: what families type is nobody else's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Case, F, IntegerField, Q, QuerySet, TextField, Value, When
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
MOST_ROWS = 24
# Of the words that documents say in place of what was typed, the nearest.
MOST_OTHERS = 3
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
    rows = list(_rows(meant, _others(meant, lexicon)))
    titles = [_of_title(title, url, type) for title, url, type, _, rank in rows if rank < 3]
    asked = [one for _, url, _, body, _ in rows for one in _questions(body, url, meant)]
    found = [
        *_unique(titles, MOST_TITLES),
        *_unique(asked, MOST_QUESTIONS),
        *_unique(_queries(meant, lexicon), MOST_QUERIES),
    ]
    return found[:MOST]


def _rows(text: str, others: Sequence[str]) -> QuerySet[SearchDocument, tuple[str, ...]]:
    inside = Q(plain_title__contains=text)
    in_others = Q()
    for other in others:
        in_others |= Q(plain_title__contains=other)
    asking = Q(type=EntryType.INTERPRETATION, normal__contains=text)
    ranks = [
        When(plain_title__startswith=text, then=Value(0)),
        When(inside, then=Value(1)),
        *([When(in_others, then=Value(2))] if others else []),
    ]
    return (
        SearchDocument.objects.visible()
        .filter(inside | asking | in_others)
        .annotate(
            rank=Case(*ranks, default=Value(3), output_field=IntegerField()),
            asked=Case(
                When(type=EntryType.INTERPRETATION, then=F("body")),
                default=Value(""),
                output_field=TextField(),
            ),
        )
        .order_by("rank", "-boost", "pk")
        .values_list("title", "url", "type", "asked", "rank")[:MOST_ROWS]
    )


def _others(text: str, lexicon: Lexicon) -> tuple[str, ...]:
    """What documents say in place of the whole of it, as titles hold it."""
    others = (plain(other) for other in lexicon.equivalents.get(text, ()))
    return tuple(other for other in others if len(other) > 1)[:MOST_OTHERS]


def _of_title(title: str, url: str, type: str) -> Suggestion:
    return Suggestion(title, url, type, label_of("type", type))


def _questions(body: str, url: str, text: str) -> Iterator[Suggestion]:
    for line in body.split("\n"):
        if line.strip().endswith(QUESTION_MARKS) and text in plain(line):
            yield Suggestion(line.strip(), url, QUESTION, _("问答"))


def _queries(text: str, lexicon: Lexicon) -> Iterator[Suggestion]:
    longer = (word for word in lexicon.equivalents if word.startswith(text) and word != text)
    for word in sorted(longer, key=lambda word: (len(word), word)):
        yield Suggestion(word, f"/search/?{urlencode({'q': word})}", QUERY, _("搜索"))


def _unique(
    suggestions: Iterator[Suggestion] | Sequence[Suggestion], most: int
) -> list[Suggestion]:
    """The first few with different titles."""
    return list({one.title: one for one in reversed([*suggestions])}.values())[::-1][:most]
