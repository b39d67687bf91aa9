"""What an entry is worth as an answer. Pure, the same for all engines.

A BM25 over weighted parts (BM25F) says how much an entry speaks of the clues; how much of the
question it answers, how near to each other it says it, and what it is decide the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from search.analysis.question import Clue, Question, Unit
from search.analysis.streams import HAN, Token
from search.engine.planning import Plan

# What an occurrence counts, by part.
TITLE, EXTRA, BODY, CONTEXT = 4.0, 1.5, 1.0, 0.2
# A number in its own place (the document's, the clause's) counts far above one that is mentioned.
NUMBER = {TITLE: 10.0, EXTRA: 10.0, BODY: 1.0, CONTEXT: 0.2}
# BM25's usual constants: how soon repeating a word stops counting, how much length tells against.
SATURATION, LENGTH = 1.2, 0.6
USUAL_LENGTH = 300
PHRASE_IN_BODY = 1.0
WHOLE_TITLE = 0.6
NEAR = 0.25
# Words further apart than this say nothing together.
FAR = 60
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
    words: Sequence[str]
    length: int = field(init=False)

    def __post_init__(self) -> None:
        self.length = len(self.title) + len(self.body)

    def count(self, token: Token) -> dict[float, int]:
        """How often the token occurs, by the worth of the part."""
        if token.stream in ("words", "numbers"):
            needle = f" {token.text} "
            title, extra, body, context = (part.count(needle) for part in self.words)
            return {TITLE: title, EXTRA: extra, BODY: body, CONTEXT: context}
        text = token.text
        return {
            TITLE: self.title.count(text),
            EXTRA: self.extra.count(text),
            BODY: self.body.count(text),
        }


def rank(
    question: Question, plan: Plan, candidates: Iterable[Candidate], today: date
) -> list[Ranked]:
    """The candidates, best first."""
    clues = list(zip(question.clues, plan.worth, strict=True))
    units = list(zip(question.units, plan.importance, strict=True))
    title = re.sub(rf"[^\w{HAN}]+", "", question.text)
    ranked = [_ranked(one, clues, units, title, today) for one in candidates]
    return sorted(ranked, key=lambda one: (-one.score, one.document))


def _ranked(
    one: Candidate,
    clues: Sequence[tuple[Clue, float]],
    units: Sequence[tuple[Unit, float]],
    title: str,
    today: date,
) -> Ranked:
    text = _text(one)
    # 0.4 at the usual length and 1 beyond; short entries are not preferred without end.
    pressure = 1 - LENGTH + LENGTH * max(text.length, USUAL_LENGTH / 3) / USUAL_LENGTH
    score = sum(worth * _heard(clue, text, pressure) for clue, worth in clues)
    total = sum(weight for _, weight in units) or 1.0
    answered = [(unit, weight) for unit, weight in units if _is_answered(unit, text)]
    coverage = sum(weight for _, weight in answered) / total
    score *= max(coverage, 0.1) ** 1.5
    score *= 1 + NEAR * _nearness([unit for unit, _ in answered], text.body)
    if title and title == one.plain_title:
        score *= 1 + WHOLE_TITLE
    score *= one.boost * VALIDITY.get(one.validity, 1.0) * _freshness(one.published_on, today)
    return Ranked(one.document, one.page, one.type, score)


def _text(one: Candidate) -> _Text:
    extra, _, body = one.normal.partition("\n")
    words = (one.words.split("\n") + [""] * 4)[:4]
    return _Text(one.plain_title, extra, body, words)


def _heard(clue: Clue, text: _Text, pressure: float) -> float:
    """How much the entry speaks of a clue: 0 not at all, near 1 as much as can be."""
    if clue.in_title:
        return 1.0 if clue.phrase in text.title else 0.0
    if len(clue.tokens) > 1:
        # As a phrase, or not at all: its parts are clues of their own.
        amount = TITLE * (clue.phrase in text.title) + PHRASE_IN_BODY * text.body.count(clue.phrase)
    else:
        [token] = clue.tokens
        worth = NUMBER if token.stream == "numbers" else {}
        amount = sum(worth.get(part, part) * n for part, n in text.count(token).items() if n)
    amount /= pressure
    return amount / (amount + SATURATION)


def _is_answered(unit: Unit, text: _Text) -> bool:
    return any(all(any(text.count(t).values()) for t in answer) for answer in unit.answers)


def _nearness(units: Sequence[Unit], body: str) -> float:
    """1 where the body says the answered units side by side, 0 where far apart."""
    if len(units) < 2:
        return 0.0
    places: list[tuple[int, int]] = []
    for number, unit in enumerate(units):
        for answer in unit.answers:
            word = answer[0].text
            places += ((found.start(), number) for found in re.finditer(re.escape(word), body))
    places.sort()
    best = FAR
    last: dict[int, int] = {}
    for place, number in places:
        last[number] = place
        if len(last) > 1:
            spans = sorted(last.values())
            best = min(best, spans[-1] - spans[-2] if len(last) < len(units) else place - spans[0])
    return max(0.0, 1 - best / FAR)


def _freshness(published_on: date | None, today: date) -> float:
    if published_on is None:
        return 1.0
    years = max(0.0, (today - published_on).days / 365)
    return 1 + FRESH * max(0.0, FRESH_YEARS - years)
