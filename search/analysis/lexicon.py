"""What words stand for each other, handed to the understanding of a query.

The words come with the product (`equivalents.txt`) and from the editors; the index has none of
them, so that a change of theirs needs no rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from search.analysis.words import equivalents


@dataclass(frozen=True)
class Lexicon:
    """For words of common speech, the words that documents use in their place.

    `pinyin` has the Chinese words of a run of Latin letters (gongzufang, gzf), where there are any.
    """

    equivalents: Mapping[str, tuple[str, ...]]
    pinyin: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def _by_first(self) -> Mapping[str, tuple[str, ...]]:
        by_first: dict[str, list[str]] = {}
        for word in self.equivalents:
            by_first.setdefault(word[:1], []).append(word)
        return {first: tuple(words) for first, words in by_first.items()}

    def equivalents_in(self, text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        """Where such words stand in a text: (start, end, what documents say)."""
        for start, first in enumerate(text):
            for word in self._by_first.get(first, ()):
                if text.startswith(word, start):
                    yield start, start + len(word), self.equivalents[word]

    def latin(self, run: str) -> tuple[str, ...]:
        """The Chinese words that a run of Latin letters may be the pinyin of."""
        return self.pinyin.get(run, ())


@cache
def built_in() -> Lexicon:
    """The words that come with the product."""
    return Lexicon(equivalents())
