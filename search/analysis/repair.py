"""Typing errors and homophones, put right where nothing holds what was typed.

A stretch of the query is doubted where no entry holds two of its neighbouring characters side by
side. It is replaced by what the index tells of (see `vocabulary`) that sounds the same, or that
differs by one character: another one, one more, one less, one misplaced. What the dictionary knows
as a word the reader meant, and it stays; but two words that no entry joins may sound like one that
entries have (站住登记: 暂住登记).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from search.analysis.question import Question, without_references
from search.analysis.reading import Reading, Writer
from search.analysis.sound import blurred, syllables
from search.analysis.streams import Token, runs
from search.analysis.vocabulary import Vocabulary, Word, without_one
from search.analysis.words import cut, is_word, lookalikes, stop_words

LONGEST = 10
MOST_OTHERS = 3
# Said by so many entries, a word may be meant by its sound though no title has it.
OFTEN = 3
# How doubtful a repair is.
SAME_SOUND, ALIKE, OTHERWISE = 0, 1, 2
# How many characters more a repair must explain to be taken before one that is a step surer.
DOUBTED = 1.5


class _Repair(NamedTuple):
    """What may stand at a stretch of a run."""

    doubt: int
    start: int
    end: int
    word: Word

    @property
    def worth(self) -> float:
        """The more of the query it explains, the less it is chance."""
        return self.end - self.start - DOUBTED * self.doubt


def repaired(
    question: Question, frequencies: Mapping[Token, int], vocabulary: Vocabulary
) -> Reading | None:
    """The query with its errors put right; None where there are none, or nothing to go by."""
    writer = Writer()
    position = 0
    for run, is_han, at in runs(without_references(question.text, question.references)):
        if not is_han or len(run) == 1:
            continue
        for words, start, end in _repairs(_Run(run, at, question, frequencies), vocabulary):
            writer.text += question.text[position : at + start]
            writer.word(words)
            position = at + end
    if not position:
        return None
    writer.text += question.text[position:]
    return writer.reading()


class _Run:
    """A run of Chinese characters, with what is known of each place in it."""

    def __init__(
        self, text: str, at: int, question: Question, frequencies: Mapping[Token, int]
    ) -> None:
        self.text = text
        # Whether no entry holds this character and the next side by side.
        self.torn = [
            frequencies.get(Token("bigrams", text[place : place + 2])) == 0
            for place in range(len(text) - 1)
        ]
        # Whether the place belongs to a word that entries hold, or to one of asking.
        self.held = [False] * len(text)
        # Which word of the dictionary it belongs to, by number; 0 for none.
        self.known = [0] * len(text)
        for number, (word, start, end) in enumerate(cut(text), start=1):
            if len(word) > 1:
                self.held[start:end] = [word in stop_words()] * (end - start)
                self.known[start:end] = [number if is_word(word) else 0] * (end - start)
        for unit in question.units:
            start, end = unit.start - at, unit.end - at
            answered = any(
                all(frequencies.get(token) for token in answer) for answer in unit.answers
            )
            if answered and end - start > 1 and start >= 0 and end <= len(text):
                self.held[start:end] = [True] * (end - start)

    @property
    def syllables(self) -> Sequence[str]:
        return syllables(self.text)


def _repairs(run: _Run, vocabulary: Vocabulary) -> Iterator[tuple[list[Word], int, int]]:
    """The surest repairs that don't overlap, in order, each with the words it may be."""
    if not any(run.torn):
        return
    found = sorted(
        _all_repairs(run, vocabulary),
        key=lambda one: (-one.worth, one.doubt, one.start, one.end),
    )
    taken: list[tuple[int, int, list[Word]]] = []
    for (_, start, end), group in groupby(found, lambda one: (one.doubt, one.start, one.end)):
        if all(end <= other[0] or other[1] <= start for other in taken):
            words = sorted({one.word for one in group}, key=lambda word: word.rank, reverse=True)
            taken.append((start, end, words[: 1 + MOST_OTHERS]))
    for start, end, words in sorted(taken, key=lambda one: one[:2]):
        yield words, start, end


def _all_repairs(run: _Run, vocabulary: Vocabulary) -> Iterator[_Repair]:
    for start in range(len(run.text) - 1):
        for end in range(start + 2, min(start + LONGEST, len(run.text)) + 1):
            text = run.text[start:end]
            words = run.known[start:end]
            # 工智 in 人工智能, and where two words meet, is nothing that was typed for itself.
            meant = all(words) and (len(text) == 2 or len(set(words)) == 1)
            if any(run.torn[start : end - 1]) and not meant and text not in vocabulary:
                yield from _by_sound(run, start, end, vocabulary)
                if not all(run.held[start:end]):
                    yield from _by_one_character(run, start, end, vocabulary)


def _by_sound(run: _Run, start: int, end: int, vocabulary: Vocabulary) -> Iterator[_Repair]:
    if end - start == 2 and any(run.held[start:end]):
        return
    sound = "".join(run.syllables[start:end])
    for doubt, words in (
        (SAME_SOUND, vocabulary.by_sound.get(sound, ())),
        (ALIKE, vocabulary.by_blurred_sound.get(blurred(sound), ())),
    ):
        for word in words:
            if len(word.text) == end - start and (word.telling or word.entries >= OFTEN):
                yield _Repair(doubt, start, end, word)


def _by_one_character(run: _Run, start: int, end: int, vocabulary: Vocabulary) -> Iterator[_Repair]:
    text = run.text[start:end]
    if len(text) == 2:
        if not any(run.held[start:end]):
            yield from (_Repair(ALIKE, start, end, word) for word in _like_two(text, vocabulary))
        return
    for rest in without_one(text):
        # One more than there should be; at an end it is no error but another word.
        word = vocabulary.words.get(rest)
        if word and word.telling and rest not in text:
            yield _Repair(OTHERWISE, start, end, word)
        for word in vocabulary.by_remainder.get(rest, ()):
            if len(word.text) == len(text):
                doubt = _replaced(run, start, word.text, vocabulary)
                if doubt is not None:
                    yield _Repair(doubt, start, end, word)
    for word in vocabulary.by_remainder.get(text, ()):
        # One less; at an end the rest of the word would be found as it is.
        if text not in word.text:
            yield _Repair(OTHERWISE, start, end, word)


def _like_two(text: str, vocabulary: Vocabulary) -> Iterator[Word]:
    """Words of two characters, one of which looks like the one typed; or both exchanged."""
    first, second = text[0], text[1]
    spellings = [second + first]
    spellings += (first + other for other in lookalikes().get(second, ()))
    spellings += (other + second for other in lookalikes().get(first, ()))
    for spelling in spellings:
        word = vocabulary.words.get(spelling)
        if word and word.telling:
            yield word


def _replaced(run: _Run, start: int, word: str, vocabulary: Vocabulary) -> int | None:
    """How doubtful it is that the word was meant, which differs by one character; or not at all."""
    text = run.text[start : start + len(word)]
    places = [place for place in range(len(word)) if word[place] != text[place]]
    if len(places) > 1:
        # One misplaced: 居证住.
        return OTHERWISE if sorted(word) == sorted(text) else None
    [place] = places
    if _alike(run, start + place, word, place):
        return ALIKE
    if run.known[start + place]:
        return None
    rest = text[:place] + text[place + 1 :]
    if place in (0, len(word) - 1) and (rest in vocabulary or is_word(rest)):
        return None  # 办低保 is not 吃低保 mistyped
    return OTHERWISE


def _alike(run: _Run, at: int, word: str, place: int) -> bool:
    typed, meant = run.text[at], word[place]
    if meant in lookalikes().get(typed, ()):
        return True
    return blurred(run.syllables[at]) == blurred(syllables(word)[place])
