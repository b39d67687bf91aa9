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

_remembered: dict[Token | None, tuple[float, int]] = {}


@dataclass(frozen=True, slots=True)
class Known:
    """About how many entries hold each token, out of how many."""

    frequencies: Mapping[Token, int]
    population: int


def known(engine: Engine, tokens: Collection[Token]) -> Known:
    """What the index knows of these tokens. At most two queries."""
    population = _recall(None)
    if population is None:
        current = {"generation__state": Generation.State.CURRENT}
        population = SearchDocument.objects.filter(**current).count()
        _remember(None, population)
    return more(Known({}, population), engine, tokens)


def more(known: Known, engine: Engine, tokens: Collection[Token]) -> Known:
    """The same, and what the index knows of these. At most one query."""
    tokens = [token for token in tokens if token not in known.frequencies]
    found = {token: count for token in tokens if (count := _recall(token)) is not None}
    missing = [token for token in tokens if token not in found]
    counted = engine.frequencies(missing) if missing else {}
    for token, count in counted.items():
        _remember(token, count)
    return Known({**known.frequencies, **found, **counted}, known.population)


def _recall(token: Token | None) -> int | None:
    until, count = _remembered.get(token, (0.0, 0))
    return count if time.monotonic() < until else None


def _remember(token: Token | None, count: int) -> None:
    if count < COMMON:
        return
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[token] = (time.monotonic() + REMEMBERED_SECONDS, count)
