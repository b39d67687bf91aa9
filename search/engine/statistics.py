"""How common tokens are, remembered for a while where it matters little and costs much.

Counting what half of all entries hold takes milliseconds, and a few more or less change nothing.
What is rare is counted each time: it is cheap, and what was published a moment ago must be found.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from search.analysis.streams import Token
from search.engine.engines import Engine
from search.engine.models import Generation, SearchDocument

COMMON = 2_000
REMEMBERED_SECONDS = 600.0
MOST_REMEMBERED = 20_000

_remembered: dict[tuple[int, Token | None], tuple[float, int]] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """About how many entries hold each token, out of how many."""

    frequencies: Mapping[Token, int]
    population: int


def known(engine: Engine, tokens: Collection[Token]) -> Known:
    """What the index knows of these tokens. Two queries, three where it is large."""
    current = Generation.objects.filter(state=Generation.State.CURRENT).values_list("pk", flat=True)
    generation = current.first() or 0
    now = time.monotonic()
    found: dict[Token, int] = {}
    for token in tokens:
        until, count = _remembered.get((generation, token), (0.0, 0))
        if now < until:
            found[token] = count
    missing = [token for token in tokens if token not in found]
    counted = engine.frequencies(missing) if missing else {}
    for token, count in counted.items():
        if count >= COMMON:
            _remember(generation, token, count, now)
    return Known(found | counted, _population(generation, now))


def _population(generation: int, now: float) -> int:
    until, count = _remembered.get((generation, None), (0.0, 0))
    if now < until:
        return count
    count = SearchDocument.objects.filter(generation_id=generation).count()
    if count >= COMMON:
        _remember(generation, None, count, now)
    return count


def _remember(generation: int, token: Token | None, count: int, now: float) -> None:
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[generation, token] = (now + REMEMBERED_SECONDS, count)
