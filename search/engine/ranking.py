"""What a match is worth: coverage first, then rarity and place. Pure, the same for all engines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from search.analysis.streams import QueryStreams
from search.engine.engines import Match, Matches

# How much of the query must be answered: of a short one, of a long question, and what is long.
FLOOR_SHORT, FLOOR_LONG = 0.6, 0.35
SHORT, LONG = 6, 16
# A word that every entry holds says little about any, but more than nothing.
LEAST_IMPORTANCE = 0.3
# A word held by at most this share of the entries is as telling as can be.
TELLING_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry that answers the query, best first by `score`."""

    document: int
    type: str
    score: float


def rank(asked: QueryStreams, found: Matches) -> list[Ranked]:
    """The entries that answer enough of the query, best first."""
    held: dict[int, list[Match]] = {}
    strongest = [0.0] * len(asked.terms)
    frequency = [0] * len(asked.terms)
    for match in found.matches:
        document, term, strength, _, _ = match
        held.setdefault(document, []).append(match)
        strongest[term] = max(strongest[term], strength)
        frequency[term] += 1
    rarity = [_rarity(count, found.population) for count in frequency]
    places = _importance(asked, frequency, rarity, found.population)
    covers = [term.covers for term in asked.terms]
    worth = [
        term.weight * (LEAST_IMPORTANCE + rare)
        for term, rare in zip(asked.terms, rarity, strict=True)
    ]
    floor = _floor(len(places))
    coverages: dict[int, float] = {}
    ranked: list[Ranked] = []
    for document, matches in held.items():
        answered, score = 0, 0.0
        _, _, _, type, boost = matches[0]
        for _, term, strength, _, _ in matches:
            answered |= covers[term]
            score += worth[term] * (0.4 + 0.6 * strength / (strongest[term] or 1.0))
        if answered not in coverages:
            coverages[answered] = _coverage(answered, places)
        if (coverage := coverages[answered]) >= floor:
            ranked.append(Ranked(document, type, score * coverage**1.5 * boost))
    ranked.sort(key=lambda one: (-one.score, one.document))
    return ranked


def words_found(asked: QueryStreams, found: Matches) -> list[str]:
    """Those words of the query that some visible entry holds, in the query's order."""
    terms = {asked.terms[number] for number in {match[1] for match in found.matches}}
    tokens = {term.tokens[0] for term in terms if term.stream == "words"}
    return [word for word in asked.words if len(word) > 1 and word in tokens]


def _coverage(answered: int, places: Sequence[float]) -> float:
    """The share of the query that is answered; `answered` has a bit for each place."""
    share = sum(weight for place, weight in enumerate(places) if answered >> place & 1)
    return share / sum(places) if share else 0.0


def _rarity(frequency: int, population: int) -> float:
    """The inverse document frequency of BM25, never below zero."""
    return math.log(1 + (population - frequency + 0.5) / (frequency + 0.5))


def _importance(
    asked: QueryStreams, frequency: Sequence[int], rarity: Sequence[float], population: int
) -> list[float]:
    """How much each place of the query counts: what nearly every entry holds counts little.

    What no entry holds counts in full: a query is not answered by its small change.
    """
    telling = _rarity(max(1, round(population * TELLING_SHARE)), population)
    best = [-1.0] * len(asked.places)
    for number, term in enumerate(asked.terms):
        if frequency[number] and len(term.tokens) == 1:
            for place in range(len(best)):
                if term.covers >> place & 1:
                    best[place] = max(best[place], rarity[number])
    return [
        weight * (1.0 if value < 0 else min(1.0, max(LEAST_IMPORTANCE, value / telling)))
        for weight, value in zip(asked.places, best, strict=True)
    ]


def _floor(places: int) -> float:
    """The share of the query that must be answered; it falls as questions grow."""
    if places <= SHORT:
        return FLOOR_SHORT
    grown = min(1.0, (places - SHORT) / (LONG - SHORT))
    return FLOOR_SHORT - (FLOOR_SHORT - FLOOR_LONG) * grown
