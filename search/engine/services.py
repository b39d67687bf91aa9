"""Asking the index. Everything here reads; what writes is in `indexing`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from search.analysis.highlight import Segment, highlight
from search.analysis.lexicon import Lexicon
from search.analysis.question import LONGEST_QUERY, Question, asked_by, typed, understand
from search.analysis.repair import repaired
from search.analysis.streams import Token
from search.engine import choices, statistics, vocabulary
from search.engine.answering import Direct, direct_answer
from search.engine.choices import EVERYTHING, IN_FORCE, Chosen, Facet
from search.engine.engines import NOTHING, get_engine
from search.engine.grouping import Group, grouped, newest_first
from search.engine.models import SearchDocument
from search.engine.planning import Plan, plan
from search.engine.ranking import Candidate, Ranked, rank
from search.engine.statistics import Known

SNIPPET = 110
MOST_RESULTS = 100
# How many entries are ranked in full, and so can be listed.
MOST_RANKED = 300
MOST_WORDS_OFFERED = 5
# How many parts of a page are shown under it with a snippet, and how many more by their titles.
BEST_PARTS = 3
FURTHER_PARTS = 10
# How a page says in its breadcrumb that it is made up, or not confirmed.
EXAMPLE_MARK = "（示例）"
SHOWN = (
    "page_id",
    "key",
    "type",
    "title",
    "plain_title",
    "url",
    "body",
    "number",
    "breadcrumb",
    "departments",
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
    departments: tuple[str, ...]
    validity: str
    published_on: date | None
    heading: tuple[Segment, ...]
    marked: tuple[Segment, ...]

    @property
    def snippet(self) -> str:
        return "".join(segment.text for segment in self.marked)

    @property
    def type_label(self) -> str:
        return choices.label_of("type", self.type)

    @property
    def validity_label(self) -> str:
        return choices.label_of("validity", self.validity)

    @property
    def where(self) -> str:
        """The breadcrumb, where it says more than the type does."""
        crumb = self.breadcrumb.removesuffix(EXAMPLE_MARK)
        return "" if "›" not in crumb and self.type_label in crumb else crumb

    @property
    def is_example(self) -> bool:
        return self.breadcrumb.endswith(EXAMPLE_MARK)

    @property
    def is_in_force(self) -> bool:
        return self.validity == IN_FORCE


@dataclass(frozen=True, slots=True)
class ResultGroup:
    """A page that answers, or some of whose parts do: the page itself, its best parts under it.

    `is_hit` says whether the page itself answers. `further` are parts beyond the best, to be named
    only; `unnamed` counts those that not even that.
    """

    head: SearchResult
    is_hit: bool
    parts: tuple[SearchResult, ...] = ()
    further: tuple[SearchResult, ...] = ()
    unnamed: int = 0

    @property
    def more(self) -> int:
        return len(self.further) + self.unnamed


@dataclass(frozen=True, slots=True)
class Answer:
    """A result that answers the query as such: its question, where it has one, and the answer."""

    result: SearchResult
    question: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The answer to a query: one page of results, and counts over all of them.

    `total` counts what meets all choices, each of `facets` what meets the others. `known_words` are
    the words of the query that something visible holds: a way on where the query as a whole found
    nothing. `asked` is False where the query holds nothing that can be looked for, `cut` where only
    its beginning was read. `did_you_mean` is the query as it was read where that is not as it was
    typed (pinyin, a typing error); the results are those for it already.

    A reader's results come as `groups`, a program's as `results`. `listed` is how many entries can
    be paged through, in `pages` pages; `found_pages` how many of the site's pages they stand on.
    `degraded`: the search server is down or lags, and the results may lack something.
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
    degraded: bool = False
    groups: tuple[ResultGroup, ...] = ()
    listed: int = 0
    found_pages: int = 0
    answer: Answer | None = None

    @property
    def everything(self) -> int:
        """How many entries answer, of any type, under the other choices."""
        types = (facet for facet in self.facets if facet.name == "type")
        return sum(option.count for facet in types for option in facet.options)


@dataclass(frozen=True, slots=True)
class _Answered:
    """All that answers a query, before any of it is shown."""

    question: Question
    known: Known
    plan: Plan
    ranked: Sequence[Ranked]
    dates: dict[int, date | None]
    total: int
    facets: tuple[Facet, ...]
    did_you_mean: str
    degraded: bool

    @property
    def best(self) -> float:
        return max((one.score for one in self.ranked), default=1.0)

    @property
    def known_words(self) -> tuple[str, ...]:
        return () if self.total else tuple(_words_found(self.question, self.known))


def search(
    query: str,
    chosen: Chosen = EVERYTHING,
    *,
    page: int = 1,
    limit: int = 20,
    lexicon: Lexicon | None = None,
) -> SearchResults:
    """What answers the query, best first, entry by entry: page `page` of what meets all choices.

    Whatever the query holds, this raises nothing and asks the database nine times at most. Results
    beyond the best `MOST_RANKED` are counted and not listed: a page past the last has none. With a
    `lexicon` the query is understood by that one: so editors try a synonym before they keep it.
    """
    limit = max(1, min(limit, MOST_RESULTS))
    answered = _answered(query, chosen, lexicon)
    if answered is None:
        return _not_asked(query)
    shown = answered.ranked[(page - 1) * limit : page * limit] if page > 0 else []
    documents = _documents(shown)
    return SearchResults(
        query=query,
        total=answered.total,
        results=tuple(
            _result(documents[one.document], answered, one.score)
            for one in shown
            if one.document in documents
        ),
        page=page,
        pages=-(-len(answered.ranked) // limit),
        facets=answered.facets,
        known_words=answered.known_words,
        cut=len(query) > LONGEST_QUERY,
        did_you_mean=answered.did_you_mean,
        degraded=answered.degraded,
        listed=len(answered.ranked),
    )


def search_pages(
    query: str,
    chosen: Chosen = EVERYTHING,
    *,
    by_date: bool = False,
    page: int = 1,
    limit: int = 20,
) -> SearchResults:
    """The same for a reader: one result for each of the site's pages, its best parts under it.

    Sorted by date, it is still the best `MOST_RANKED` entries that are listed. An answer to the
    query as such is looked for where nothing was chosen, and stands on the first page.
    """
    limit = max(1, min(limit, MOST_RESULTS))
    answered = _answered(query, chosen)
    if answered is None:
        return _not_asked(query)
    ranked = newest_first(answered.ranked, answered.dates) if by_date else answered.ranked
    groups = grouped(ranked)
    shown = groups[(page - 1) * limit : page * limit] if page > 0 else []
    documents = _documents(
        (one for group in shown for one in group.entries[: 1 + BEST_PARTS + FURTHER_PARTS]),
        heads=[group.page for group in shown],
    )
    answer = None
    if page == 1 and not by_date and not chosen.values():
        answer = direct_answer(
            answered.question, answered.plan.importance, answered.ranked, documents
        )
    return SearchResults(
        query=query,
        total=answered.total,
        page=page,
        pages=-(-len(groups) // limit),
        facets=answered.facets,
        known_words=answered.known_words,
        cut=len(query) > LONGEST_QUERY,
        did_you_mean=answered.did_you_mean,
        degraded=answered.degraded,
        groups=tuple(
            found for group in shown if (found := _group(group, documents, answered)) is not None
        ),
        listed=len(ranked),
        found_pages=len(groups),
        answer=_answer(answer, answered) if answer else None,
    )


def _not_asked(query: str) -> SearchResults:
    return SearchResults(query, asked=False, cut=len(query) > LONGEST_QUERY)


def _answered(query: str, chosen: Chosen, lexicon: Lexicon | None = None) -> _Answered | None:
    """All that answers the query; None where it holds nothing that can be looked for."""
    lexicon = lexicon or vocabulary.current()
    question = understand(query, lexicon)
    if not question.units:
        return None
    engine = get_engine()
    known = statistics.known(engine, question.tokens())
    reading = repaired(question, known.frequencies, lexicon.vocabulary)
    if reading is not None:
        question = asked_by(reading, lexicon)
        known = statistics.more(known, engine, question.tokens())
    question = question.settled(known.frequencies)
    wanted = plan(question, known.frequencies, known.population)
    kinds = choices.combinations()
    allowed = [pk for pk, kind in kinds.items() if not chosen.misses(kind)]
    found = (
        engine.find(wanted, allowed if chosen.values() else None, MOST_RANKED)
        if wanted.need
        else NOTHING
    )
    candidates = _candidates(found.documents)
    # A combination that came into being since they were read is counted from the next search on.
    counts = {pk: count for pk, count in found.counts.items() if pk in kinds}
    return _Answered(
        question=question,
        known=known,
        plan=wanted,
        ranked=rank(question, wanted, candidates, timezone.localdate()),
        dates={one.document: one.published_on for one in candidates},
        total=choices.total(counts, kinds, chosen),
        facets=choices.facets(counts, kinds, chosen) if counts else (),
        did_you_mean=_meant(query, question, candidates),
        degraded=found.degraded,
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


def _words_found(question: Question, known: Known) -> list[str]:
    """Those words of the query that some visible entry holds, in the query's order."""
    words = [
        word
        for word in dict.fromkeys(question.words)
        if len(word) > 1 and known.frequencies.get(Token("words", word))
    ]
    visible = SearchDocument.objects.visible()
    return [
        word
        for word in words[:MOST_WORDS_OFFERED]
        if visible.filter(words__contains=f" {word} ").exists()
    ]


def _documents(entries: Iterable[Ranked], heads: Collection[int] = ()) -> dict[int, SearchDocument]:
    """The entries' rows, and those of the pages in `heads` themselves. One query."""
    # Visible once more: a page may have been withdrawn since it was matched.
    wanted = Q(pk__in=[one.document for one in entries])
    if heads:
        wanted |= Q(page_id__in=heads, key="")
    return {row.pk: row for row in SearchDocument.objects.visible().filter(wanted).only(*SHOWN)}


def _group(
    group: Group, documents: dict[int, SearchDocument], answered: _Answered
) -> ResultGroup | None:
    """A group as it is shown; None where its page has just been withdrawn."""
    at_hand = [one for one in group.entries if one.document in documents]
    heads = [row for row in documents.values() if row.page_id == group.page and not row.key]
    if not at_hand:
        return None
    # A page with no entry of its own is represented by its best part.
    head = heads[0] if heads else documents[at_hand[0].document]
    parts = [one for one in at_hand if one.document != head.pk]
    shown, further = parts[:BEST_PARTS], parts[BEST_PARTS : BEST_PARTS + FURTHER_PARTS]
    is_hit = any(one.document == head.pk for one in group.entries)
    return ResultGroup(
        head=_result(head, answered, group.best),
        is_hit=is_hit,
        parts=tuple(_result(documents[one.document], answered, one.score) for one in shown),
        further=tuple(
            _result(documents[one.document], answered, one.score, snippet=False) for one in further
        ),
        unnamed=len(group.entries) - is_hit - len(shown) - len(further),
    )


def _answer(direct: Direct, answered: _Answered) -> Answer:
    result = _result(direct.document, answered, answered.best)
    return Answer(result, direct.question, direct.text)


def _result(
    document: SearchDocument, answered: _Answered, score: float, *, snippet: bool = True
) -> SearchResult:
    question = answered.question
    return SearchResult(
        id=document.public_id,
        external_id=document.external_id,
        type=document.type,
        title=document.title,
        url=document.url,
        score=round(score / answered.best, 4),
        breadcrumb=document.breadcrumb,
        number=document.number,
        departments=tuple(document.departments),
        validity=document.validity,
        published_on=document.published_on,
        heading=tuple(highlight(document.title, question)),
        marked=tuple(highlight(document.body, question, length=SNIPPET)) if snippet else (),
    )
