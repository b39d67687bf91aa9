"""What an entry is worth as an answer. Pure, the same for all engines.

A BM25 over weighted parts (BM25F) says how much an entry speaks of the clues; how much of the
question it answers, how near to each other it says it, and what it is decide the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from search.analysis.question import Clue, Question, Unit
from search.analysis.streams import Token, plain
from search.engine.planning import Plan

# What an occurrence counts, by part.
TITLE, EXTRA, BODY, CONTEXT = 4.0, 1.5, 1.0, 0.2
WORD = (TITLE, EXTRA, BODY, CONTEXT)
# A number in its own place (the document's, the clause's) counts far above one that is mentioned.
NUMBER = (10.0, 10.0, 1.0, 0.2)
# BM25's usual constants: how soon repeating a word stops counting, how much length tells against.
SATURATION, LENGTH = 1.2, 0.6
USUAL_LENGTH = 300
LEAST_COVERAGE = 0.1
WHOLE_TITLE = 0.6
NEAR = 0.25
# Words further apart than this say nothing together.
FAR = 60
MOST_PLACES = 8
VALIDITY = {"expired": 0.55, "repealed": 0.5, "amended": 0.9}
# What is a year newer is worth this much more; nothing older than FRESH_YEARS is told apart.
FRESH, FRESH_YEARS = 0.01, 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the ranking reads of an entry.

    `words` has a line of words, divided and surrounded by spaces, for each of title, extra, body
    and context; `normal` a line of normalised text for each of extra and body.
    """

    document: int
    page: int
    type: str
    plain_title: str
    words: str
    normal: str
    boost: float = 1.0
    validity: str = ""
    published_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry that answers the query, best first by `score`."""

    document: int
    page: int
    type: str
    score: float


@dataclass(slots=True)
class _Text:
    """A candidate's parts, apart."""

    title: str
    extra: str
    body: str
    # Title, extra, body and context, cut into words.
    words: Sequence[str]

    @classmethod
    def of(cls, one: Candidate) -> _Text:
        extra, _, body = one.normal.partition("\n")
        return cls(one.plain_title, extra, body, (one.words.split("\n") + [""] * 4)[:4])

    def amount(self, token: Token) -> float:
        """How often the entry holds the token, weighted by the parts it stands in."""
        if token.stream in ("words", "numbers"):
            needle = f" {token.text} "
            title, extra, body, context = (part.count(needle) for part in self.words)
            worth = NUMBER if token.stream == "numbers" else WORD
            return title * worth[0] + extra * worth[1] + body * worth[2] + context * worth[3]
        text = token.text
        return (
            self.title.count(text) * TITLE
            + self.extra.count(text) * EXTRA
            + self.body.count(text) * BODY
        )


def rank(
    question: Question, plan: Plan, candidates: Iterable[Candidate], today: date
) -> list[Ranked]:
    """The candidates, best first."""
    asked = _Asked(
        tokens=question.tokens(),
        clues=[one for one in zip(question.clues, plan.worth, strict=True) if one[1] > 0],
        units=list(zip(question.units, plan.importance, strict=True)),
        title=plain(question.text),
    )
    ranked = [_ranked(one, asked, today) for one in candidates]
    return sorted(ranked, key=lambda one: (-one.score, one.document))


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what its parts are worth."""

    tokens: Sequence[Token]
    clues: Sequence[tuple[Clue, float]]
    units: Sequence[tuple[Unit, float]]
    title: str


def _ranked(one: Candidate, asked: _Asked, today: date) -> Ranked:
    text = _Text.of(one)
    held = {token: amount for token in asked.tokens if (amount := text.amount(token))}
    length = max(len(text.title) + len(text.body), USUAL_LENGTH / 3)
    # Long entries have to say more; short ones are not preferred without end.
    pressure = 1 - LENGTH + LENGTH * length / USUAL_LENGTH
    score = 0.0
    places: dict[str, float] = {}
    for clue, worth in asked.clues:
        if amount := _heard(clue, text, held):
            value = worth * amount / (amount + SATURATION * pressure)
            if clue.place:
                places[clue.place] = max(places.get(clue.place, 0.0), value)
            else:
                score += value
    score += sum(places.values())
    answered = [
        (unit, weight)
        for unit, weight in asked.units
        if any(all(token in held for token in answer) for answer in unit.answers)
    ]
    total = sum(weight for _, weight in asked.units) or 1.0
    coverage = sum(weight for _, weight in answered) / total
    score *= max(coverage, LEAST_COVERAGE) ** 1.5
    score *= 1 + NEAR * _nearness([unit for unit, _ in answered], text.body)
    if asked.title and asked.title == one.plain_title:
        score *= 1 + WHOLE_TITLE
    score *= one.boost * VALIDITY.get(one.validity, 1.0) * _freshness(one.published_on, today)
    return Ranked(one.document, one.page, one.type, score)


def _heard(clue: Clue, text: _Text, held: Mapping[Token, float]) -> float:
    """How much the entry speaks of a clue."""
    if len(clue.tokens) == 1 and not clue.in_title:
        return held.get(clue.tokens[0], 0.0)
    if any(token not in held for token in clue.tokens):
        return 0.0
    # As a phrase, or not at all: its parts are clues of their own.
    amount = TITLE * text.title.count(clue.phrase)
    return amount if clue.in_title else amount + text.body.count(clue.phrase)


def _nearness(units: Sequence[Unit], body: str) -> float:
    """1 where the body says two or more of the answered units side by side, 0 where far apart."""
    if len(units) < 2:
        return 0.0
    places = sorted(
        (place, number)
        for number, unit in enumerate(units)
        for answer in unit.answers
        for place in _places(answer[0].text, body)
    )
    gaps = [later[0] - earlier[0] for earlier, later in pairwise(places) if earlier[1] != later[1]]
    return max(0.0, 1 - min(gaps, default=FAR) / FAR)


def _places(word: str, body: str) -> Iterator[int]:
    """Where the word stands, the first few times."""
    place = body.find(word)
    for _ in range(MOST_PLACES):
        if place < 0:
            return
        yield place
        place = body.find(word, place + 1)


def _freshness(published_on: date | None, today: date) -> float:
    if published_on is None:
        return 1.0
    years = max(0.0, (today - published_on).days / 365)
    return 1 + FRESH * max(0.0, FRESH_YEARS - years)
