"""What a query asks for.

A query is about a few things, its *units*: words, numbers, a name that no dictionary knows. Each
unit can be answered in several ways: by itself, by what documents say in its place, by its
neighbouring characters. An entry is an answer to the query when it answers enough of its units;
*clues* only make one answer better than another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from search.analysis.lexicon import Lexicon, built_in
from search.analysis.normalise import normalise
from search.analysis.reading import Others, Reading, read
from search.analysis.references import (
    Quantity,
    Reference,
    find_quantities,
    find_references,
)
from search.analysis.streams import LONGEST_TOKEN, StreamName, Token, bigrams_of, runs
from search.analysis.words import (
    cut,
    cut_for_search,
    domain_words,
    is_word,
    light_words,
    stop_words,
)

LETTERS_OR_DIGITS = re.compile(r"\d+|[^\W\d_]+")
LONGEST_QUERY = 100
# Of a longer query the rest of the units is a clue only.
MOST_UNITS = 8
MOST_CLUES = 64
LONGEST_PHRASE = 16

NUMBER_WEIGHT = 6.0
CODE_WEIGHT = 3.0
QUANTITY_WEIGHT = 1.0
LIGHT, PLAIN, DOMAIN = 0.4, 1.0, 1.5
# What is said in place of a word counts a little less than the word, what only sounds like it or
# looks like it much less.
EQUIVALENT_WORTH, OTHER_WORTH = 0.8, 0.3
# Of several such words each counts a little less than the one before.
NEXT_WORTH = 0.9
# What a part of a word is worth where the whole is nowhere: 寒假 for 放寒假.
ELSE_WORTH = 0.55

Answer = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One thing the query is about.

    An entry answers it by holding all tokens of any one of `answers`; where no entry at all does,
    of any one of `else_answers`. `weight` says how much of the query it carries; `start` and `end`
    are its place in the normalised query.
    """

    text: str
    weight: float
    answers: tuple[Answer, ...]
    start: int = 0
    end: int = 0
    else_answers: tuple[Answer, ...] = ()

    def answerable(self, frequencies: Mapping[Token, int]) -> Unit:
        """The unit with those answers only that some entry may give."""

        def some(answers: Iterable[Answer]) -> tuple[Answer, ...]:
            return tuple(one for one in answers if all(frequencies.get(token) for token in one))

        if answers := some(self.answers):
            return replace(self, answers=answers, else_answers=())
        return replace(
            self,
            answers=some(self.else_answers),
            else_answers=(),
            weight=self.weight * (ELSE_WORTH if some(self.else_answers) else 1),
        )


@dataclass(frozen=True, slots=True)
class Clue:
    """Tokens that make an entry a better answer, all of them together.

    `phrase` is what they are in running text, to be looked for as such; `in_title` counts the title
    alone. Of clues with the same `place` only the best counts: they are words for one thing.
    """

    tokens: tuple[Token, ...]
    weight: float
    phrase: str = ""
    in_title: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A query, understood.

    `text` is the query as it was read (see `reading` and `repair`), normalised; `words` are the
    words a reader would recognise in it, in order; `references` its document numbers and dates;
    `equivalents` what documents say in place of its words.
    """

    text: str
    units: tuple[Unit, ...] = ()
    clues: tuple[Clue, ...] = ()
    words: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    equivalents: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """How many characters of it carry meaning."""
        return sum(unit.end - unit.start for unit in self.units)

    def tokens(self) -> list[Token]:
        """Every token the index is asked for, each once."""
        asked = (
            token
            for unit in self.units
            for answer in (*unit.answers, *unit.else_answers)
            for token in answer
        )
        clues = (token for clue in self.clues for token in clue.tokens)
        return list(dict.fromkeys([*asked, *clues]))

    def settled(self, frequencies: Mapping[Token, int]) -> Question:
        """What is left of it where so many entries hold each token; a unit may keep no answer."""
        clues = (
            clue for clue in self.clues if all(frequencies.get(token) for token in clue.tokens)
        )
        units = (unit.answerable(frequencies) for unit in self.units)
        return replace(self, units=tuple(units), clues=tuple(clues))


def understand(text: str, lexicon: Lexicon | None = None) -> Question:
    """What a query asks for. Only its first `LONGEST_QUERY` characters are read."""
    lexicon = lexicon or built_in()
    return asked_by(read(typed(text), lexicon.vocabulary), lexicon)


def typed(text: str) -> str:
    """What is read of a query, normalised."""
    return normalise(text[:LONGEST_QUERY])[:LONGEST_QUERY]


def asked_by(reading: Reading, lexicon: Lexicon) -> Question:
    """What a query asks for that was read already."""
    reader = _Reader(lexicon, reading.others)
    references = find_references(reading.text)
    for reference in references:
        reader.reference(reference, reading.text)
    text = without_references(reading.text, references)
    quantities = find_quantities(text)
    for quantity in quantities:
        reader.quantity(quantity)
    text = without_references(text, quantities)
    parts = [(run, is_han, start) for run, is_han, start in runs(text)]
    cuts = {start: cut(run) for run, is_han, start in parts if is_han}
    meant = any(
        not is_han or any(word not in stop_words() for word, _, _ in cuts[start])
        for _, is_han, start in parts
    )
    for run, is_han, start in parts:
        if is_han:
            # A query of nothing but small words ("怎么办") is about them after all.
            reader.han(run, start, cuts[start], everything=not (meant or references or quantities))
        else:
            reader.other(run[:LONGEST_TOKEN], start)
    return Question(
        text=reading.text,
        units=tuple(reader.units_asked()),
        clues=tuple(reader.best_clues()),
        words=tuple(reader.words),
        references=tuple(references),
        equivalents=tuple(reader.equivalents),
    )


def without_references(text: str, references: Iterable[Reference | Quantity]) -> str:
    """The text with numbers and dates blanked: they must not be looked for in pieces as well."""
    for reference in references:
        blank = " " * (reference.end - reference.start)
        text = text[: reference.start] + blank + text[reference.end :]
    return text


Piece = tuple[str, int, int]


class Said(NamedTuple):
    """Where in a run words stand for which documents may have others, and what those are worth."""

    start: int
    end: int
    others: tuple[str, ...]
    worth: float


class _Reader:
    """Collects the units and clues of a query, run by run."""

    def __init__(self, lexicon: Lexicon, others: Sequence[Others]) -> None:
        self.lexicon = lexicon
        self.others = others
        self.units: list[Unit] = []
        self.clues: list[Clue] = []
        self.words: list[str] = []
        self.equivalents: dict[str, None] = {}

    def reference(self, reference: Reference, text: str) -> None:
        main = Token("numbers", reference.main)
        answers: list[Answer] = [(main,)]
        weight = NUMBER_WEIGHT
        if reference.is_code:
            # HPV 2 is no code, though it looks like one.
            parts = LETTERS_OR_DIGITS.findall(text[reference.start : reference.end])
            answers.append(tuple(Token("words", part) for part in parts))
            weight = CODE_WEIGHT
        self.units.append(
            Unit(reference.main, weight, tuple(answers), reference.start, reference.end)
        )
        self.clues.append(Clue((main,), NUMBER_WEIGHT))
        for token in reference.tokens:
            if token != reference.main and not token.startswith(("d", "m", "nx")):
                self.clues.append(Clue((Token("numbers", token),), 1.0))

    def quantity(self, quantity: Quantity) -> None:
        """A number of something: 3岁. It says a little of what is asked for."""
        answers = [_answer(spelling) for spelling in quantity.spellings]
        self.units.append(
            Unit(quantity.text, QUANTITY_WEIGHT, tuple(answers), quantity.start, quantity.end)
        )
        self.clues += (
            Clue(answer, 1.0, phrase=spelling, place=quantity.text)
            for answer, spelling in zip(answers, quantity.spellings, strict=True)
        )

    def other(self, run: str, start: int) -> None:
        """Latin letters and digits."""
        self.words.append(run)
        token = Token("words", run)
        weight = min(len(run), 4) / 2 + 0.5
        self.units.append(Unit(run, weight, ((token,),), start, start + len(run)))
        self.clues.append(Clue((token,), 1.2, phrase=run))

    def han(self, run: str, at: int, words: Sequence[Piece], *, everything: bool) -> None:
        """A run of Chinese characters."""
        if len(run) == 1:
            token = Token("characters", run)
            self.words.append(run)
            self.units.append(Unit(run, PLAIN, ((token,),), at, at + 1))
            self.clues.append(Clue((token,), 1.0, phrase=run))
            return
        said = self._said_in_place(run, at, words)
        meant = [word for word in words if everything or word[0] not in stop_words()]
        units = [self._unit(run, piece, words) for piece in _joined(meant)]
        self.units += self._with_equivalents(units, said, at)
        self.words += [word for word, _, _ in meant if len(word) > 1]
        self._clues(run, words, frozenset(meant), said)

    def _said_in_place(self, run: str, at: int, words: Sequence[Piece]) -> list[Said]:
        """Where words stand for which documents may have others."""
        found = []
        for start, end, others in self.lexicon.equivalents_in(run):
            # 租房 in 公租房 is not what is said.
            if any(
                first <= start and end <= last and last - first > end - start
                for _, first, last in words
            ):
                continue
            self.equivalents.update(dict.fromkeys(others))
            found.append(Said(start, end, others, EQUIVALENT_WORTH))
        for start, end, others in self.others:
            if at <= start and end <= at + len(run):
                found.append(Said(start - at, end - at, others, OTHER_WORTH))
        return found

    def _unit(self, run: str, piece: Piece, words: Sequence[Piece]) -> Unit:
        text, start, end = piece
        weight = _importance(text) * len(text)
        answers: list[Answer] = []
        if len(text) > 1:
            answers.append((Token("words", text),))
            if len(text) > 2 or not is_word(text):
                # Where a dictionary cuts the text otherwise. 入学 is not in 深入/学习.
                answers.append(tuple(Token("bigrams", bigram) for bigram in bigrams_of(text)))
            if parts := _parts(text):
                answers.append(tuple(Token("words", part) for part in parts))
        else:
            weight = LIGHT
            # A word of one character is answered together with its neighbours only.
            for left in (start - 1, start):
                bigram = run[max(left, 0) : left + 2]
                if len(bigram) == 2:
                    answers.append((Token("bigrams", bigram),))
        inside = [word for word, _, _ in cut_for_search(text) if 2 <= len(word) < len(text)]
        longest = max(inside, key=len, default="")
        other = ((Token("words", longest),),) if len(longest) * 2 >= len(text) > 2 else ()
        return Unit(text, weight, tuple(answers), start, end, other)

    def _with_equivalents(self, units: list[Unit], said: Sequence[Said], at: int) -> Iterator[Unit]:
        for unit in units:
            answers = list(unit.answers)
            for start, end, others, _ in said:
                if start <= unit.start and unit.end <= end:
                    answers += self._answers_for(others)
            yield replace(
                unit,
                answers=tuple(dict.fromkeys(answers)),
                start=at + unit.start,
                end=at + unit.end,
            )
        for start, end, others, _ in said:
            if not any(unit.start < end and start < unit.end for unit in units):
                # Small words that together mean something: 没人管.
                answers = self._answers_for(others)
                yield Unit("", PLAIN * (end - start), tuple(answers), at + start, at + end)

    def _answers_for(self, others: Iterable[str]) -> list[Answer]:
        return [_answer(other) for other in others]

    def _clues(
        self,
        run: str,
        words: Sequence[Piece],
        meant: frozenset[Piece],
        said: Sequence[Said],
    ) -> None:
        for start, end, others, worth in said:
            # 孩子 in 外地孩子 says less of the same.
            around = max(
                (one for one in said if one.start <= start and end <= one.end),
                key=lambda one: one.end - one.start,
            )
            place = f"{run} {around.start}"
            for number, other in enumerate(others):
                weight = worth * NEXT_WORTH**number
                self.clues.append(Clue(_answer(other), weight, phrase=other, place=place))
        inside: set[tuple[int, int]] = set()
        places = {place for _, start, end in meant for place in range(start, end)}
        for word, start, end in cut_for_search(run):
            if len(word) > 1 and all(place in places for place in range(start, end)):
                inside.add((start, end))
                weight = 1.0 + 0.2 * (len(word) - 2)
                self.clues.append(Clue((Token("words", word),), weight, phrase=word))
        for start, bigram in enumerate(bigrams_of(run)):
            if start in places and start + 1 in places:
                weight = 0.3 if (start, start + 2) in inside else 0.5
                self.clues.append(Clue((Token("bigrams", bigram),), weight, phrase=bigram))
        if len(run) <= LONGEST_PHRASE:
            phrase = tuple(Token("bigrams", bigram) for bigram in bigrams_of(run))
            if len(run) > 2:
                self.clues.append(Clue(phrase, 1.0, phrase=run))
            self.clues.append(Clue(phrase, 1.0, phrase=run, in_title=True))

    def units_asked(self) -> list[Unit]:
        """The units that carry most, in the query's order; what is said twice counts once."""
        unique: dict[tuple[Answer, ...], Unit] = {}
        for unit in self.units:
            if unit.answers:
                unique.setdefault(unit.answers, unit)
        most = sorted(unique.values(), key=lambda unit: -unit.weight)[:MOST_UNITS]
        return sorted(most, key=lambda unit: unit.start)

    def best_clues(self) -> list[Clue]:
        """At most `MOST_CLUES` different clues, those that carry most."""
        unique: dict[tuple[tuple[Token, ...], bool], Clue] = {}
        for clue in self.clues:
            known = unique.get((clue.tokens, clue.in_title))
            if known is None or known.weight < clue.weight:
                unique[clue.tokens, clue.in_title] = clue
        return sorted(unique.values(), key=lambda clue: -clue.weight)[:MOST_CLUES]


def _joined(words: Sequence[Piece]) -> list[Piece]:
    """The words, with single characters that stand side by side made one: a name, 租房."""
    joined: list[Piece] = []
    loose = False
    for word, start, end in words:
        single = len(word) == 1
        if single and loose and joined[-1][2] == start:
            before, first, _ = joined.pop()
            joined.append((before + word, first, end))
        else:
            joined.append((word, start, end))
        loose = single
    return joined


def _parts(word: str) -> list[str]:
    """The shorter words that make up a long one, end to end: 疫苗, 接种. None, where they don't."""
    parts: list[str] = []
    place = 0
    inside = [piece for piece in cut_for_search(word) if 2 <= len(piece[0]) < len(word)]
    while place < len(word):
        part = max((one for one in inside if one[1] == place), key=lambda one: one[2], default=None)
        if part is None:
            return []
        parts.append(part[0])
        place = part[2]
    return parts


def _answer(word: str) -> Answer:
    stream: StreamName = "words"
    if is_word(word) or word.isascii():
        return (Token(stream, word),)
    return tuple(Token("bigrams", bigram) for bigram in bigrams_of(word))


def _importance(word: str) -> float:
    """How much each character of a word of the query carries."""
    if word in light_words():
        return LIGHT
    return DOMAIN if word in domain_words() else PLAIN
