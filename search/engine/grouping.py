"""Entries of one page together, so that a long document is one result. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from search.engine.ranking import Ranked


@dataclass(frozen=True, slots=True)
class Group:
    """What answers on one page, in the order in which it came."""

    page: int
    entries: tuple[Ranked, ...]

    @property
    def best(self) -> float:
        return max(one.score for one in self.entries)


def grouped(ranked: Sequence[Ranked]) -> list[Group]:
    """The entries by page; a page stands where its first entry stood."""
    by_page: dict[int, list[Ranked]] = {}
    for one in ranked:
        by_page.setdefault(one.page, []).append(one)
    return [Group(page, tuple(entries)) for page, entries in by_page.items()]


def newest_first(ranked: Sequence[Ranked], dates: Mapping[int, date | None]) -> list[Ranked]:
    """The newest first, those of one day in their order; what has no date comes last."""
    return sorted(ranked, key=lambda one: dates.get(one.document) or date.min, reverse=True)
