"""The words that the index holds, with their sound: what a query may have meant to say.

A word is *telling* where an entry says it in its title, headings, keywords or names. Telling too
are short phrases of these (积分落户), which no dictionary has. Typing errors are put right with
what is telling only; Latin letters may be the pinyin of any word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import NamedTuple

from search.analysis.normalise import normalise
from search.analysis.sound import blurred, syllables
from search.analysis.streams import runs
from search.analysis.words import cut, cut_for_search, domain_words, is_word, stop_words

LONGEST_WORD = 12
LONGEST_PHRASE = 8


class Word(NamedTuple):
    """A word or short phrase, and how many entries tell of it and say it anywhere."""

    text: str
    syllables: tuple[str, ...]
    telling: int = 0
    entries: int = 0

    @property
    def sound(self) -> str:
        return "".join(self.syllables)

    @property
    def initials(self) -> str:
        return "".join(syllable[0] for syllable in self.syllables)

    @property
    def rank(self) -> tuple[bool, bool, int, int, int]:
        """Which of two that sound alike is meant: the greater."""
        word = is_word(self.text)
        return self.text in domain_words(), word, self.telling, self.entries, -len(self.text)


def telling_terms(text: str) -> set[str]:
    """The words of a title or a heading, and its short phrases."""
    found: set[str] = set()
    for run, is_han, _ in runs(normalise(text)):
        if not is_han:
            found.update(_sayable([run]))
            continue
        found.update(_sayable(word for word, _, _ in cut_for_search(run)))
        pieces = [word for word, _, _ in cut(run)]
        if len(pieces) > 1 and len(run) <= LONGEST_PHRASE and not stop_words() & set(pieces):
            found.add(run)
        for first, second in pairwise(pieces):
            if (
                min(len(first), len(second)) > 1
                and len(first + second) <= LONGEST_PHRASE
                and not stop_words() & {first, second}
            ):
                found.add(first + second)
    return found


def said_words(words: Iterable[str]) -> set[str]:
    """Those tokens of a text that are words somebody might type the sound of."""
    return set(_sayable(words))


def sound_of(term: str) -> tuple[str, ...]:
    """A syllable for each character; a phrase sounds like its words."""
    if is_word(term):
        return syllables(term)
    return tuple(one for word, _, _ in cut(term) for one in syllables(word))


def _sayable(words: Iterable[str]) -> Iterator[str]:
    return (word for word in words if _is_sayable(word))


@lru_cache(maxsize=100_000)
def _is_sayable(word: str) -> bool:
    if not 2 <= len(word) <= LONGEST_WORD or word in stop_words():
        return False
    return word.isalpha() if word.isascii() else is_word(word)


def without_one(text: str) -> set[str]:
    """The text with each of its characters left out in turn."""
    return {text[:place] + text[place + 1 :] for place in range(len(text))}


class Vocabulary:
    """Words by how they are spelt and how they sound; of several the likeliest first."""

    def __init__(self, words: Iterable[Word] = ()) -> None:
        self.words: Mapping[str, Word] = {word.text: word for word in words}

    def __contains__(self, text: str) -> bool:
        return text in self.words

    @cached_property
    def by_sound(self) -> Mapping[str, tuple[Word, ...]]:
        return self._by(lambda word: (word.sound,))

    @cached_property
    def by_blurred_sound(self) -> Mapping[str, tuple[Word, ...]]:
        return self._by(lambda word: (blurred(word.sound),))

    @cached_property
    def by_initials(self) -> Mapping[str, tuple[Word, ...]]:
        """Telling words only: nobody shortens what is said in passing."""
        return self._by(lambda word: (word.initials,) if word.telling else ())

    @cached_property
    def sounds(self) -> Sequence[str]:
        """Every sound, sorted: those that begin alike stand together."""
        return sorted(self.by_sound)

    @cached_property
    def longest_sound(self) -> int:
        return max(map(len, self.by_sound), default=0)

    @cached_property
    def by_first(self) -> Mapping[str, tuple[Word, ...]]:
        return self._by(lambda word: (word.text[0],))

    @cached_property
    def by_last(self) -> Mapping[str, tuple[Word, ...]]:
        return self._by(lambda word: (word.text[-1],))

    @cached_property
    def by_remainder(self) -> Mapping[str, tuple[Word, ...]]:
        """Telling words of three characters and more, by what is left when one is taken away."""
        return self._by(
            lambda word: without_one(word.text) if word.telling and len(word.text) > 2 else ()
        )

    @cached_property
    def _likeliest_first(self) -> Sequence[Word]:
        sayable = (word for word in self.words.values() if word.syllables)
        return sorted(sayable, key=lambda word: word.rank, reverse=True)

    def _by(self, keys: Callable[[Word], Iterable[str]]) -> Mapping[str, tuple[Word, ...]]:
        found: dict[str, list[Word]] = {}
        for word in self._likeliest_first:
            for key in keys(word):
                found.setdefault(key, []).append(word)
        return {key: tuple(words) for key, words in found.items()}
