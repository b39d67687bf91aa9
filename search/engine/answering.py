"""Whether one entry answers the query as such, so that its answer can be given at once. Pure.

A service does by its title, an interpretation by its title or a question that it asks itself. It
must speak of nearly all that was asked for and of little else, stand among the first results, and
be the only one: where several could be meant, the list of results is the better answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from search.analysis.question import Question
from search.analysis.streams import Token, plain, streams
from search.engine.models import EntryType, SearchDocument
from search.engine.ranking import Ranked

# How much of the query its title or question must speak of.
COVERAGE = 0.85
# Its place among the results: of so many, and worth so much of the best one.
AMONG, NEAR_BEST = 5, 0.6
# Another that answers as much and is worth more than this of it could be meant as well.
CLEAR_LEAD = 0.85
# So many other services named for it show that it is a subject, not a question.
MANY = 2
# One character is no question; of so many, a word alone may be.
SHORTEST, LONG_ENOUGH = 2, 4
# This much of a title or a question must be what was asked for, where nothing else speaks for it:
# 居住证 does not ask for 持居住证参加居民医保.
ABOUT = 0.5
LONGEST_ANSWER = 160
QUESTION_MARKS = ("？", "?")
SENTENCE_ENDS = "。！？；"


@dataclass(frozen=True, slots=True)
class Direct:
    """The entry that answers, with the question of its own that was asked ("" for its title)."""

    document: SearchDocument
    question: str
    text: str
    coverage: float
    score: float


def direct_answer(
    question: Question,
    importance: Sequence[float],
    ranked: Sequence[Ranked],
    documents: Mapping[int, SearchDocument],
) -> Direct | None:
    """The one entry that answers the question, if there is one. `ranked` comes best first."""
    if not ranked or question.length < SHORTEST:
        return None
    least = ranked[0].score * NEAR_BEST
    able = [
        direct
        for one in ranked[:AMONG]
        if one.score >= least and (document := documents.get(one.document)) is not None
        for direct in _ways(document, one, question, importance)
        if direct.coverage >= COVERAGE and direct.text
    ]
    if not able:
        return None
    best = max(able, key=lambda one: (one.score, one.coverage))
    rivals = (one for one in able if one.document.pk != best.document.pk)
    if any(one.score > best.score * CLEAR_LEAD for one in rivals):
        return None
    titles = (
        one.title
        for one in documents.values()
        if one.type == EntryType.SERVICE and one.pk != best.document.pk
    )
    others = sum(coverage(question, importance, title) >= COVERAGE for title in titles)
    return best if others < MANY else None


def coverage(question: Question, importance: Sequence[float], text: str) -> float:
    """The share of the question that a text speaks of, by the weight of its parts."""
    held = _tokens(text)
    total = sum(importance)
    answered = sum(
        weight
        for unit, weight in zip(question.units, importance, strict=True)
        if any(held.issuperset(answer) for answer in unit.answers)
    )
    return answered / total if total else 0.0


def _ways(
    document: SearchDocument, one: Ranked, question: Question, importance: Sequence[float]
) -> Iterator[Direct]:
    """In which ways the entry could answer."""
    text = shortened(document.body.partition("\n")[0])
    if document.type == EntryType.SERVICE:
        if not (_begins(question, document.title) or _about(question, document.title) >= ABOUT):
            return
        yield Direct(document, "", text, coverage(question, importance, document.title), one.score)
    elif document.type == EntryType.INTERPRETATION:
        title = [(document.title, text)] if document.title.endswith(QUESTION_MARKS) else []
        for asked, answer in (*questions(document.body), *title):
            if question.length < LONG_ENOUGH and _about(question, asked) < ABOUT:
                continue
            covered = coverage(question, importance, asked)
            yield Direct(document, asked, shortened(answer), covered, one.score)


def _words(question: Question) -> set[str]:
    """All that may stand in a text for what was asked for."""
    return {token.text for unit in question.units for answer in unit.answers for token in answer}


def _begins(question: Question, text: str) -> bool:
    return plain(text).startswith(tuple(_words(question)))


def _about(question: Question, text: str) -> float:
    """The share of the text that was asked for, in characters."""
    text = plain(text)
    covered: set[int] = set()
    for word in _words(question):
        start = text.find(word)
        while start >= 0:
            covered.update(range(start, start + len(word)))
            start = text.find(word, start + 1)
    return len(covered) / len(text) if text else 0.0


def questions(body: str) -> Iterator[tuple[str, str]]:
    """The questions a text asks itself, each on a line of its own, with the line that answers."""
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if line.endswith(QUESTION_MARKS) and not after.endswith(QUESTION_MARKS):
            yield line, after


def shortened(text: str) -> str:
    """The beginning of a text, in whole sentences where one ends in reach."""
    if len(text) <= LONGEST_ANSWER:
        return text
    beginning = text[:LONGEST_ANSWER]
    end = max(beginning.rfind(mark) for mark in SENTENCE_ENDS)
    return beginning[: end + 1] if end > 0 else beginning + "…"


def _tokens(text: str) -> set[Token]:
    cut = streams(text)
    return {
        *(Token("words", one) for one in cut.words),
        *(Token("bigrams", one) for one in cut.bigrams),
        *(Token("characters", one) for one in cut.characters),
        *(Token("numbers", one) for one in cut.numbers),
    }
