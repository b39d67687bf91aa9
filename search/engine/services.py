"""Asking the index. Everything here reads; what writes is in `indexing`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, IntegerField, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from search.analysis.highlight import Segment, highlight
from search.analysis.lexicon import Lexicon
from search.analysis.question import LONGEST_QUERY, Question, asked_by, typed, understand
from search.analysis.repair import repaired
from search.analysis.streams import plain
from search.engine import statistics, vocabulary
from search.engine.engines import NOTHING, Found, get_engine
from search.engine.models import EntryType, SearchDocument, SearchFacet
from search.engine.planning import plan
from search.engine.ranking import Candidate, Ranked, rank

SNIPPET = 110
MOST_RESULTS = 100
# How many entries are ranked in full, and so can be listed.
MOST_RANKED = 300
MOST_SUGGESTIONS = 8
# The values of `SearchEntry.validity`, and what the public reads.
IN_FORCE = "in-force"
VALIDITY_LABELS = {
    IN_FORCE: _("有效"),
    "amended": _("已修改"),
    "expired": _("失效"),
    "repealed": _("废止"),
}
SHOWN = (
    "page_id",
    "key",
    "type",
    "title",
    "url",
    "body",
    "number",
    "breadcrumb",
    "validity",
    "published_on",
    "external_id",
)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One result, ready to be shown. `heading` and `marked` are title and snippet with the hits."""

    id: str
    external_id: str
    type: str
    title: str
    url: str
    # Of the best result's worth: 1 for the best, less for the others.
    score: float
    breadcrumb: str
    number: str
    validity: str
    published_on: date | None
    heading: tuple[Segment, ...]
    marked: tuple[Segment, ...]

    @property
    def snippet(self) -> str:
        return "".join(segment.text for segment in self.marked)

    @property
    def type_label(self) -> str:
        return str(dict(EntryType.choices).get(self.type, self.type))

    @property
    def validity_label(self) -> str:
        return str(VALIDITY_LABELS.get(self.validity, self.validity))

    @property
    def where(self) -> str:
        """The breadcrumb, where it says more than the type does."""
        plain_crumb = "›" not in self.breadcrumb and self.type_label in self.breadcrumb
        return "" if plain_crumb else self.breadcrumb

    @property
    def is_in_force(self) -> bool:
        return self.validity == IN_FORCE


@dataclass(frozen=True, slots=True)
class Facet:
    """A type of result and how many of it answer the query."""

    type: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The answer to a query: one page of results, and counts over all of them.

    `total` counts the chosen type, `facets` every type. `known_words` are the words of the query
    that something visible holds: a way on where the query as a whole found nothing. `asked` is
    False where the query holds nothing that can be looked for, `cut` where only its beginning was
    read. `did_you_mean` is the query as it was read where that is not as it was typed (pinyin, a
    typing error); the results are those for it already.
    """

    query: str
    total: int = 0
    results: tuple[SearchResult, ...] = ()
    page: int = 1
    pages: int = 0
    facets: tuple[Facet, ...] = ()
    known_words: tuple[str, ...] = ()
    asked: bool = True
    cut: bool = False
    did_you_mean: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A title that goes with what has been typed so far."""

    title: str
    url: str
    type: str


def search(
    query: str,
    *,
    type: str = "",
    page: int = 1,
    limit: int = 20,
    lexicon: Lexicon | None = None,
) -> SearchResults:
    """What answers the query, best first: page `page` of results of one type ("" for all).

    Whatever the query holds, this raises nothing and asks the database nine times at most. Results
    beyond the best `MOST_RANKED` are counted and not listed: a page past the last has none. With a
    `lexicon` the query is understood by that one: so editors try a synonym before they keep it.
    """
    lexicon = lexicon or vocabulary.current()
    question = understand(query, lexicon)
    cut = len(query) > LONGEST_QUERY
    if not question.units:
        return SearchResults(query, asked=False, cut=cut)
    limit = max(1, min(limit, MOST_RESULTS))
    engine = get_engine()
    known = statistics.known(engine, question.tokens())
    reading = repaired(question, known.frequencies, lexicon.vocabulary)
    if reading is not None:
        question = asked_by(reading, lexicon)
        known = statistics.more(known, engine, question.tokens())
    question = question.settled(known.frequencies)
    wanted = plan(question, known.frequencies, known.population)
    facets = list(SearchFacet.objects.values_list("pk", "type"))
    chosen = [pk for pk, of_type in facets if of_type == type] if type else None
    found = engine.find(wanted, chosen, MOST_RANKED) if wanted.need else NOTHING
    candidates = _candidates(found.documents)
    ranked = rank(question, wanted, candidates, timezone.localdate())
    counts = _by_type(found, dict(facets))
    total = counts[type] if type else sum(counts.values())
    shown = ranked[(page - 1) * limit : page * limit] if page > 0 else []
    best = ranked[0].score if ranked else 1.0
    return SearchResults(
        query=query,
        total=total,
        results=_results(shown, question, best),
        page=page,
        pages=-(-len(ranked) // limit),
        facets=_facets(counts),
        known_words=() if total else tuple(_words_found(question)),
        cut=cut,
        did_you_mean=_meant(query, question, candidates),
    )


def _meant(query: str, question: Question, candidates: Sequence[Candidate]) -> str:
    """The query as it was read, where that is not as it was typed and something visible says so.

    Words come from the whole index: what only a hidden page holds is never told.
    """
    if question.text == typed(query):
        return ""
    read_otherwise = [word for word in question.words if word not in typed(query)]
    said = (f"{one.plain_title}\n{one.normal}" for one in candidates)
    missing = set(read_otherwise)
    for text in said:
        missing -= {word for word in missing if word in text}
        if not missing:
            return question.text
    return ""


def _candidates(documents: Sequence[int]) -> list[Candidate]:
    rows = SearchDocument.objects.filter(pk__in=documents).values_list(
        "pk",
        "page_id",
        "type",
        "plain_title",
        "words",
        "normal",
        "boost",
        "validity",
        "published_on",
    )
    return [Candidate(*row) for row in rows]


def _by_type(found: Found, types: Mapping[int, str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for facet, count in found.counts.items():
        counts[types[facet]] += count
    return counts


def _words_found(question: Question) -> list[str]:
    """Those words of the query that some visible entry holds, in the query's order."""
    words = [word for word in question.words if len(word) > 1]
    visible = SearchDocument.objects.visible()
    return [word for word in words if visible.filter(words__contains=f" {word} ").exists()]


def suggest(query: str) -> list[Suggestion]:
    """Titles that begin with what was typed, then titles that hold it."""
    typed = plain(query[:LONGEST_QUERY])
    if not typed:
        return []
    titles = (
        SearchDocument.objects.visible()
        .filter(plain_title__contains=typed)
        .annotate(
            inside=Case(
                When(plain_title__startswith=typed, then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            )
        )
        .order_by("inside", "-boost", "pk")
        .values_list("title", "url", "type")[:MOST_SUGGESTIONS]
    )
    return [Suggestion(*row) for row in titles]


def _results(ranked: Sequence[Ranked], question: Question, best: float) -> tuple[SearchResult, ...]:
    # Visible once more: a page may have been withdrawn since it was matched.
    documents = (
        SearchDocument.objects.visible().only(*SHOWN).in_bulk([one.document for one in ranked])
    )
    return tuple(
        _result(documents[one.document], one.score / best, question)
        for one in ranked
        if one.document in documents
    )


def _result(document: SearchDocument, score: float, question: Question) -> SearchResult:
    return SearchResult(
        id=document.public_id,
        external_id=document.external_id,
        type=document.type,
        title=document.title,
        url=document.url,
        score=round(score, 4),
        breadcrumb=document.breadcrumb,
        number=document.number,
        validity=document.validity,
        published_on=document.published_on,
        heading=tuple(highlight(document.title, question)),
        marked=tuple(highlight(document.body, question, length=SNIPPET)),
    )


def _facets(counts: Counter[str]) -> tuple[Facet, ...]:
    """The types that occur, in the order of `EntryType`."""
    return tuple(
        Facet(type, str(label), counts[type]) for type, label in EntryType.choices if counts[type]
    )
