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
from typing import Literal

from search.analysis.normalise import normalise
from search.analysis.references import Reference, find_references
from search.analysis.words import (
    cut,
    cut_for_search,
    domain_words,
    equivalents,
    is_word,
    light_words,
    stop_words,
)

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<other>[^\W_{HAN}]+)")
GAP = "¦"
LONGEST_QUERY = 100
LONGEST_TOKEN = 64
MOST_TERMS = 64
LONGEST_PHRASE = 16

StreamName = Literal["words", "bigrams", "characters", "numbers"]


@dataclass(frozen=True, slots=True)
class Streams:
    """The tokens of a text, for the index."""

    words: tuple[str, ...] = ()
    bigrams: tuple[str, ...] = ()
    characters: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One thing the index is asked for.

    Several tokens are a phrase: they must follow each other. `covers` says which places of
    `QueryStreams.places` are answered when it is found (bit i for place i).
    """

    stream: StreamName
    tokens: tuple[str, ...]
    weight: float
    covers: int = 0
    in_title: bool = False


@dataclass(frozen=True, slots=True)
class QueryStreams:
    """What a query asks for.

    `places` are the characters, words and numbers of the query that carry meaning, each with how
    much it carries; a document is relevant when enough of them are answered. `words` are the words
    a reader would recognise in it, in order; `references` its document numbers and dates;
    `equivalents` what documents say in place of its words.
    """

    text: str
    terms: tuple[Term, ...] = ()
    places: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    equivalents: tuple[str, ...] = ()


def streams(text: str) -> Streams:
    """The tokens of a text for the index."""
    text = normalise(text)
    words: list[str] = []
    bigrams: list[str] = []
    characters: dict[str, None] = {}
    for run, is_han, _ in _runs(text):
        if is_han:
            words += (word for word, _, _ in cut_for_search(run) if len(word) > 1)
            if bigrams and len(run) > 1:
                bigrams.append(GAP)
            bigrams += _bigrams(run)
            characters.update(dict.fromkeys(run))
        else:
            words.append(run[:LONGEST_TOKEN])
    numbers = (token for reference in find_references(text) for token in reference.tokens)
    return Streams(tuple(words), tuple(bigrams), tuple(characters), tuple(numbers))


def plain(text: str) -> str:
    """Only the letters, digits and characters of a text, normalised: for comparing titles."""
    return "".join(run for run, _, _ in _runs(normalise(text)))


def query_streams(text: str) -> QueryStreams:
    """What a query asks for. Only its first `LONGEST_QUERY` characters are read."""
    text = normalise(text[:LONGEST_QUERY])[:LONGEST_QUERY]
    asked = _Asked()
    references = find_references(text)
    for reference in references:
        asked.reference(reference)
        # What is a number must not be looked for in pieces as well.
        blank = " " * (reference.end - reference.start)
        text = text[: reference.start] + blank + text[reference.end :]
    parts = [(run, is_han, cut(run) if is_han else []) for run, is_han, _ in _runs(text)]
    meant = any(not is_han or any(_is_content(*p) for p in words) for _, is_han, words in parts)
    for run, is_han, words in parts:
        if is_han:
            # A query of nothing but small words ("怎么办") is about them after all.
            asked.han(run, words, everything=not (meant or references))
        else:
            asked.other(run[:LONGEST_TOKEN])
    return QueryStreams(
        text=text,
        terms=tuple(asked.best_terms()),
        places=tuple(asked.places),
        words=tuple(asked.words),
        references=tuple(references),
        equivalents=tuple(asked.equivalents),
    )


def _runs(text: str) -> Iterator[tuple[str, bool, int]]:
    """The runs of Chinese characters and of other letters and digits: (run, is Chinese, start)."""
    for match in RUN.finditer(text):
        yield match.group(), match.lastgroup == "han", match.start()


def _bigrams(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)]


def _is_content(word: str, start: int = 0, end: int = 0) -> bool:
    return word not in stop_words()


def _importance(word: str, *, alone: bool) -> float:
    """How much each character of a word of the query carries."""
    if word in light_words() or (len(word) == 1 and not alone):
        return 0.4
    return 1.5 if word in domain_words() else 1.0


class _Asked:
    """Collects the terms of a query."""

    def __init__(self) -> None:
        self.terms: list[Term] = []
        self.places: list[float] = []
        self.words: list[str] = []
        self.equivalents: dict[str, None] = {}

    def place(self, weight: float) -> int:
        """Opens a place and gives its bit."""
        self.places.append(weight)
        return 1 << (len(self.places) - 1)

    def reference(self, reference: Reference) -> None:
        covers = self.place(6.0)
        self.terms.append(Term("numbers", (reference.main,), 6.0, covers))
        for token in reference.tokens:
            if token != reference.main and not token.startswith(("d", "m", "nx")):
                self.terms.append(Term("numbers", (token,), 1.0))

    def other(self, token: str) -> None:
        self.words.append(token)
        self.terms.append(Term("words", (token,), 1.2, self.place(min(len(token), 4) / 2 + 0.5)))

    def han(self, run: str, words: list[tuple[str, int, int]], *, everything: bool) -> None:
        part_of: dict[int, int] = {}
        bits: dict[int, int] = {}
        for word, start, end in words:
            if not (everything or _is_content(word)):
                continue
            weight = _importance(word, alone=word == run)
            for position in range(start, end):
                part_of[position] = start if len(word) > 1 else -1
                bits[position] = self.place(weight)
            if len(word) > 1 or len(run) == 1:
                self.words.append(word)

        def covered(start: int, end: int) -> int:
            return sum(bits.get(position, 0) for position in range(start, end))

        for word, others in equivalents().items():
            at = run.find(word)
            covers = covered(at, at + len(word)) if at >= 0 else 0
            for other in others if covers else ():
                self.equivalents[other] = None
                if is_word(other):
                    self.terms.append(Term("words", (other,), 0.8, covers))
                else:
                    self.terms.append(Term("bigrams", tuple(_bigrams(other)), 0.8, covers))
        if len(run) == 1:
            self.terms.append(Term("characters", (run,), 1.0, covered(0, 1)))
            return
        inside: set[tuple[int, int]] = set()
        for word, start, end in cut_for_search(run):
            if len(word) > 1 and (everything or _is_content(word)):
                inside.add((start, end))
                weight = 1.0 + 0.2 * (len(word) - 2)
                self.terms.append(Term("words", (word,), weight, covered(start, end)))
        for start, bigram in enumerate(_bigrams(run)):
            left, right = part_of.get(start), part_of.get(start + 1)
            if left is None or right is None:
                continue  # one of them is a small word
            if left == right and (start, start + 2) in inside and is_word(bigram):
                # A real word is answered by the word: 入学 is not in 深入/学习.
                covers, weight = 0, 0.3
            elif left == right:
                covers, weight = covered(start, start + 2), 0.6
            else:
                # Across two words: nearness, and the only way to answer a word of one character.
                covers = sum(bits[at] for at in (start, start + 1) if part_of[at] == -1)
                weight = 0.3
            self.terms.append(Term("bigrams", (bigram,), weight, covers))
        if 2 < len(run) <= LONGEST_PHRASE:
            phrase = tuple(_bigrams(run))
            self.terms.append(Term("bigrams", phrase, 1.0, covered(0, len(run))))
        if len(run) <= LONGEST_PHRASE:
            self.terms.append(Term("bigrams", tuple(_bigrams(run)), 1.0, in_title=True))

    def best_terms(self) -> list[Term]:
        """At most `MOST_TERMS` different terms, those that carry most."""
        unique: dict[tuple[StreamName, tuple[str, ...], bool], Term] = {}
        for term in self.terms:
            key = (term.stream, term.tokens, term.in_title)
            known = unique.get(key)
            if known is not None:
                term = Term(
                    term.stream,
                    term.tokens,
                    max(term.weight, known.weight),
                    term.covers | known.covers,
                    term.in_title,
                )
            unique[key] = term
        return sorted(unique.values(), key=lambda term: -term.weight)[:MOST_TERMS]
