"""What words stand for each other, handed to the understanding of a query.

The words come with the product (`equivalents.txt`) and from the editors; the index has none of
them, so that a change of theirs needs no rebuild.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from search.analysis.vocabulary import Vocabulary
from search.analysis.words import equivalents

# Small characters that come between those of a word in speech.
FILLERS = frozenset("个了的过着到点份张")


@dataclass(frozen=True)
class Lexicon:
    """For words of common speech, the words that documents use in their place; and the vocabulary.

    The vocabulary has the words that the index holds, by which Latin letters are read and errors
    are put right. Without one, they are not.
    """

    equivalents: Mapping[str, tuple[str, ...]]
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

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
                if end := _end(text, start, word):
                    others = self.equivalents[word]
                    yield start, end, others if end == start + len(word) else (word, *others)


def _end(text: str, start: int, word: str) -> int:
    """Where the word ends that begins here, or 0. Fillers don't part it: 找个工作, 交了医保."""
    place = start
    for number, character in enumerate(word):
        if number and text[place : place + 1] in FILLERS - {character}:
            place += 1
        if text[place : place + 1] != character:
            return 0
        place += 1
    return place


@cache
def built_in() -> Lexicon:
    """The words that come with the product."""
    return Lexicon(equivalents())


def merged(*tables: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """One table of equivalents out of several."""
    found: dict[str, tuple[str, ...]] = {}
    for table in tables:
        for word, others in table.items():
            found[word] = tuple(dict.fromkeys((*found.get(word, ()), *others)))
    return found
