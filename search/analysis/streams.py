"""A text cut into streams of tokens, the same way for the index and for the query.

words       dictionary words, the shorter words inside them, Latin words and digits.
            Precision: 发展 is not in 开发/展示.
bigrams     every two neighbouring characters, runs divided by `GAP`.
            Recall where dictionaries fail; a chain of bigrams is an exact phrase.
characters  single Chinese characters, each once, for queries of one character.
numbers     document numbers and dates (see `references`): many spellings, one token.

A token never holds white space or ASCII other than letters and digits, so that every engine can
keep it whole with its plainest tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from search.analysis.normalise import normalise
from search.analysis.references import find_references
from search.analysis.words import cut_for_search

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<other>[^\W_{HAN}]+)")
GAP = "¦"
LONGEST_TOKEN = 64

StreamName = Literal["words", "bigrams", "characters", "numbers"]


@dataclass(frozen=True, slots=True)
class Streams:
    """The tokens of a text, for the index."""

    words: tuple[str, ...] = ()
    bigrams: tuple[str, ...] = ()
    characters: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


class Token(NamedTuple):
    """A token and the stream it belongs to."""

    stream: StreamName
    text: str


def streams(text: str) -> Streams:
    """The tokens of a text for the index."""
    return streams_of_normal(normalise(text))


def streams_of_normal(text: str) -> Streams:
    """The same, of a text that is normalised already."""
    words: list[str] = []
    bigrams: list[str] = []
    characters: dict[str, None] = {}
    for run, is_han, _ in runs(text):
        if is_han:
            words += (word for word, _, _ in cut_for_search(run) if len(word) > 1)
            if bigrams and len(run) > 1:
                bigrams.append(GAP)
            bigrams += bigrams_of(run)
            characters.update(dict.fromkeys(run))
        else:
            words.append(run[:LONGEST_TOKEN])
    numbers = (token for reference in find_references(text) for token in reference.tokens)
    return Streams(tuple(words), tuple(bigrams), tuple(characters), tuple(numbers))


def plain(text: str) -> str:
    """Only the letters, digits and characters of a text, normalised: for comparing titles."""
    return "".join(run for run, _, _ in runs(normalise(text)))


def runs(text: str) -> Iterator[tuple[str, bool, int]]:
    """The runs of Chinese characters and of other letters and digits: (run, is Chinese, start)."""
    for match in RUN.finditer(text):
        yield match.group(), match.lastgroup == "han", match.start()


def bigrams_of(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]
