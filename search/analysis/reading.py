"""A query as it was meant, where that is not as it was typed.

Latin letters are read as pinyin (gongzufang, gong zu fang, linshi jiuzhu), as initials (gzf) or as
the end or beginning of a word (公租fang), by the words that the index holds. Letters that the
index itself holds (HPV) stay letters. Chinese is left alone here: see `repair`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice
from string import ascii_lowercase

from search.analysis.sound import blurred, without_tones
from search.analysis.streams import HAN
from search.analysis.vocabulary import Vocabulary, Word
from search.analysis.words import domain_words, light_words

LETTER = "a-zà-öø-ǜ"
LETTERS = re.compile(rf"[{LETTER}]+(?:[ '’·-]+[{LETTER}]+)*")
RUN_OF_LETTERS = re.compile(rf"[{LETTER}]+")
# gong1zu1fang2
TONES_IN_DIGITS = re.compile(r"(?<![a-z\d])(?:[a-z]{1,6}[1-5] ?){2,}(?![a-z\d])")
LONGEST_INITIALS = 8
# Shorter runs are too like each other to be taken for what is written a little otherwise.
SHORTEST_GUESS = 5
# How many characters before or after letters may belong to the same word.
LONGEST_PART = 4
MOST_OTHERS = 4

# Where in a text other words may be meant: (start, end, those words).
Others = tuple[int, int, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Reading:
    """The text, and where it may mean something else that sounds alike."""

    text: str
    others: tuple[Others, ...] = ()


@dataclass(slots=True)
class Writer:
    """Puts a reading together."""

    text: str = ""
    others: list[Others] = field(default_factory=list)

    def word(self, words: Sequence[Word]) -> None:
        """The first of the words, the rest of which may be meant instead."""
        start = len(self.text)
        self.text += words[0].text
        if len(words) > 1:
            others = tuple(word.text for word in words[1:])
            self.others.append((start, len(self.text), others))

    def reading(self) -> Reading:
        return Reading(self.text, tuple(self.others))


# For each word that was read, the words it may be, likeliest first.
Words = list[Sequence[Word]]


def read(text: str, vocabulary: Vocabulary) -> Reading:
    """The normalised text with its Latin letters read as Chinese where they can be."""
    if not vocabulary.words or not RUN_OF_LETTERS.search(text):
        return Reading(text)
    text = TONES_IN_DIGITS.sub(lambda match: re.sub(r"\d", "", match.group()), text)
    writer = Writer()
    position = 0
    for match in LETTERS.finditer(text):
        writer.text += text[position : match.start()]
        position = match.end()
        _read_group(text, match, vocabulary, writer)
    writer.text += text[position:]
    return writer.reading()


def _read_group(text: str, match: re.Match[str], vocabulary: Vocabulary, writer: Writer) -> None:
    """Reads runs of letters that only spaces and the like divide."""
    runs = [without_tones(run) for run in RUN_OF_LETTERS.findall(match.group())]
    before, after = text[: match.start()], text[match.end() :]
    if len(runs) == 1 and (rest := _part_of_a_word(before, runs[0], after, vocabulary)):
        writer.text += rest
        return
    if _touches_a_digit(before, after) and len(match.group()) < SHORTEST_GUESS:
        writer.text += match.group()
        return
    # What the index holds as letters divides the rest.
    pieces = [
        (known, list(group))
        for known, group in groupby(runs, lambda run: _is_latin(run, vocabulary))
    ]
    for number, (known, group) in enumerate(pieces):
        writer.text += " " if number else ""
        if not known and (words := segmented("".join(group), vocabulary)):
            for one in words:
                writer.word(one)
            continue
        for place, run in enumerate(group):
            writer.text += " " if place else ""
            words = [] if known else _read_run(run, vocabulary)
            if not words:
                writer.text += run
            for one in words:
                writer.word(one)


def _is_latin(run: str, vocabulary: Vocabulary) -> bool:
    return run in vocabulary and run not in vocabulary.by_sound


def _touches_a_digit(before: str, after: str) -> bool:
    return before[-1:].isdigit() or after[:1].isdigit()


def segmented(letters: str, vocabulary: Vocabulary) -> Words:
    """The letters as the pinyin of words, end to end: as few and as telling ones as will do."""
    best: list[tuple[float, Words] | None] = [(0.0, [])]
    for end in range(1, len(letters) + 1):
        ways = []
        for start in range(max(0, end - vocabulary.longest_sound), end):
            before = best[start]
            words = vocabulary.by_sound.get(letters[start:end])
            if before is None or words is None:
                continue
            cost = 1.0 if words[0].telling else 1.5
            ways.append((before[0] + cost, [*before[1], _likely(words)]))
        best.append(min(ways, key=lambda way: way[0], default=None))
    found = best[-1]
    return found[1] if found else []


def _likely(words: Sequence[Word]) -> Sequence[Word]:
    """The word that is meant, and those that may be: of its own kind, and telling."""
    of_field = words[0].text in domain_words()
    others = (
        word for word in words[1:] if word.telling and (word.text in domain_words()) >= of_field
    )
    return words[0], *islice(others, MOST_OTHERS)


def _read_run(run: str, vocabulary: Vocabulary) -> Words:
    """A run of letters on its own: pinyin, initials, or nearly pinyin."""
    return (
        segmented(run, vocabulary)
        or _initials(run, vocabulary)
        or _blurred(run, vocabulary)
        or _one_letter_off(run, vocabulary)
        or _begun(run, vocabulary)
    )


def _initials(run: str, vocabulary: Vocabulary) -> Words:
    if not 2 <= len(run) <= LONGEST_INITIALS:
        return []
    if words := vocabulary.by_initials.get(run):
        return [_likely(words)]
    # gzfsq: what it is about, and what to do about it.
    for end in range(len(run) - 2, 1, -1):
        head = vocabulary.by_initials.get(run[:end])
        tail = [w for w in vocabulary.by_initials.get(run[end:], ()) if w.text in light_words()]
        if head and tail and head[0].text in domain_words():
            return [_likely(head), tail[:1]]
    return []


def _blurred(run: str, vocabulary: Vocabulary) -> Words:
    words = vocabulary.by_blurred_sound.get(blurred(run), ())
    return [_likely(words)] if words and words[0].telling else []


def _one_letter_off(run: str, vocabulary: Vocabulary) -> Words:
    if len(run) < SHORTEST_GUESS:
        return []
    near = [
        word
        for sound in set(_edits(run))
        for word in vocabulary.by_sound.get(sound, ())
        if word.telling
    ]
    near.sort(key=lambda word: word.rank, reverse=True)
    return [_likely(near)] if near else []


def _edits(run: str) -> Iterator[str]:
    """Everything that is one letter more, less, other or exchanged."""
    for place in range(len(run) + 1):
        head, tail = run[:place], run[place:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in ascii_lowercase:
            yield head + letter + tail
            yield head + letter + tail[1:]


def _begun(run: str, vocabulary: Vocabulary) -> Words:
    """A word that was not typed to its end."""
    if len(run) < SHORTEST_GUESS:
        return []
    first = bisect_left(vocabulary.sounds, run)
    found: list[Word] = []
    for sound in islice(vocabulary.sounds, first, None):
        if not sound.startswith(run):
            break
        found += (word for word in vocabulary.by_sound[sound] if word.telling)
    found.sort(key=lambda word: word.rank, reverse=True)
    return [_likely(found)] if found else []


def _part_of_a_word(before: str, run: str, after: str, vocabulary: Vocabulary) -> str:
    """What the letters stand for in a word whose other part is typed in Chinese: 公租fang."""
    head = _han(before, rf"[{HAN}]{{1,{LONGEST_PART}}}$")
    for start in range(len(head)):
        part = head[start:]
        for word in vocabulary.by_first.get(part[0], ()):
            if word.text.startswith(part) and _sounds(word.syllables[len(part) :], run):
                return word.text[len(part) :]
    tail = _han(after, rf"^[{HAN}]{{1,{LONGEST_PART}}}")
    for end in range(len(tail), 0, -1):
        part = tail[:end]
        for word in vocabulary.by_last.get(part[-1], ()):
            if word.text.endswith(part) and _sounds(word.syllables[: -len(part)], run):
                return word.text[: -len(part)]
    return ""


def _han(text: str, pattern: str) -> str:
    match = re.search(pattern, text)
    return match.group() if match else ""


def _sounds(syllables: Sequence[str], run: str) -> bool:
    return bool(syllables) and run in (
        "".join(syllables),
        "".join(syllable[0] for syllable in syllables),
    )
