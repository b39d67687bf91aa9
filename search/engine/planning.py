"""From a question to what an engine is asked: a condition, and clues with their worth. Pure.

The condition says which entries answer enough of the question. It is a threshold over the
question's units, written out as "all of" and "any of", so that an engine can count true totals
without handing out every entry. The clues choose the entries that are ranked in full.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from search.analysis.question import Clue, Question, Unit
from search.analysis.streams import Token

# How much of the query must be answered: of a short one, of a long question, and what is long.
FLOOR_SHORT, FLOOR_LONG = 0.55, 0.35
SHORT, LONG = 5, 14
# How much of its weight a word that no entry holds loses in a long question.
SMALL_TALK = 0.5
# A word that every entry holds says little about any, but more than nothing.
LEAST_IMPORTANCE = 0.3
# A word held by at most this share of the entries is as telling as can be.
TELLING_SHARE = 0.05
# What the clues may cost in sum: beyond it the commonest are left to the ranking.
MOST_HITS = 300_000


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these must hold."""

    of: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these must hold."""

    of: tuple[Need, ...]


Need = Token | All | AnyOf


@dataclass(frozen=True, slots=True)
class Plan:
    """What an engine is asked, and what the ranking needs to know of it.

    `need` is None where nothing can answer the question. `importance` is what each unit of the
    question counts, `worth` what each clue does, in their order.
    """

    need: Need | None
    clues: tuple[tuple[Clue, float], ...]
    importance: tuple[float, ...]
    worth: tuple[float, ...]


def plan(question: Question, frequencies: Mapping[Token, int], population: int) -> Plan:
    """The plan for a question, where each token is held by so many of `population` entries."""
    rarity = {token: _rarity(count, population) for token, count in frequencies.items()}
    importance = tuple(
        _importance(unit, frequencies, rarity, population, _grown(question))
        for unit in question.units
    )
    worth = tuple(
        clue.weight * (LEAST_IMPORTANCE + max(rarity.get(token, 0.0) for token in clue.tokens))
        for clue in question.clues
    )
    return Plan(
        need=_need(question, importance, frequencies),
        clues=_affordable(question.clues, worth, frequencies),
        importance=importance,
        worth=worth,
    )


def floor(question: Question) -> float:
    """The share of the question that must be answered; it falls as questions grow."""
    return FLOOR_SHORT - (FLOOR_SHORT - FLOOR_LONG) * _grown(question)


def _grown(question: Question) -> float:
    """0 for a short query, 1 for a long question."""
    return min(1.0, max(0, question.length - SHORT) / (LONG - SHORT))


def _rarity(frequency: int, population: int) -> float:
    """The inverse document frequency of BM25, never below zero."""
    population = max(population, frequency)
    return math.log(1 + (population - frequency + 0.5) / (frequency + 0.5))


def _importance(
    unit: Unit,
    frequencies: Mapping[Token, int],
    rarity: Mapping[Token, float],
    population: int,
    grown: float,
) -> float:
    """How much a unit counts: what nearly every entry holds counts little.

    What no entry holds counts in full: a query is not answered by its small change. The longer the
    question, the likelier it is small talk.
    """
    telling = _rarity(max(1, round(population * TELLING_SHARE)), population)
    held = [
        max(rarity[token] for token in answer)
        for answer in unit.answers
        if all(frequencies.get(token) for token in answer)
    ]
    if not held:
        return unit.weight * (1 - SMALL_TALK * grown)
    # At least as many entries answer it as hold its commonest answer.
    return unit.weight * min(1.0, max(LEAST_IMPORTANCE, min(held) / telling))


def _need(
    question: Question, importance: Sequence[float], frequencies: Mapping[Token, int]
) -> Need | None:
    total = sum(importance)
    answerable = [
        (round(weight * 1000), need)
        for unit, weight in zip(question.units, importance, strict=True)
        if (need := _answered(unit, frequencies)) is not None
    ]
    answerable.sort(key=lambda one: -one[0])
    weights = [weight for weight, _ in answerable]
    # In whole thousandths, so that sums that should meet the floor do.
    wanted = math.floor(total * floor(question) * 1000)
    return _threshold(weights, [need for _, need in answerable], wanted)


def _answered(unit: Unit, frequencies: Mapping[Token, int]) -> Need | None:
    """What an entry must hold to answer the unit; None where nothing holds it."""
    ways = [
        _all(answer)
        for answer in unit.answers
        if all(frequencies.get(token, 0) for token in answer)
    ]
    return _any(ways) if ways else None


def _threshold(weights: Sequence[int], needs: Sequence[Need], wanted: int) -> Need | None:
    """Those sets of needs whose weights reach `wanted` (above 0), heaviest first, as a condition.

    None where all of them together do not.
    """
    rest = [sum(weights[number:]) for number in range(len(weights) + 1)]

    @cache
    def reach(number: int, wanted: int) -> Need | None:
        if rest[number] < wanted:
            return None
        left = wanted - weights[number]
        further = reach(number + 1, left) if left > 0 else None
        taken = needs[number] if further is None else _all((needs[number], further))
        without = reach(number + 1, wanted)
        return taken if without is None else _any((taken, without))

    return reach(0, wanted)


def _all(needs: Sequence[Need]) -> Need:
    return needs[0] if len(needs) == 1 else All(tuple(needs))


def _any(needs: Sequence[Need]) -> Need:
    return needs[0] if len(needs) == 1 else AnyOf(tuple(needs))


def _affordable(
    clues: Sequence[Clue], worth: Sequence[float], frequencies: Mapping[Token, int]
) -> tuple[tuple[Clue, float], ...]:
    """The clues worth most whose hits together stay affordable; always at least one."""
    chosen: list[tuple[Clue, float]] = []
    spent = 0
    for clue, value in sorted(zip(clues, worth, strict=True), key=lambda one: -one[1]):
        hits = min(frequencies.get(token, 0) for token in clue.tokens)
        if hits and (spent + hits <= MOST_HITS or not chosen):
            chosen.append((clue, value))
            spent += hits
    return tuple(chosen)
