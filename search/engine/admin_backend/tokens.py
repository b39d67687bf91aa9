"""Text and queries of the admin's search as tokens. No Django.

Indexed are every two neighbouring characters, single characters, Latin words and digits, and
document numbers and dates. A query asks for its words, each by all pairs of characters in it: so
whatever is a part of a title finds it, wherever a dictionary would cut, and words that are typed
together need not stand together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from search.analysis.normalise import normalise
from search.analysis.question import without_references
from search.analysis.references import Reference, find_references
from search.analysis.streams import LONGEST_TOKEN, bigrams_of, runs
from search.analysis.words import cut, stop_words

LONGEST_TEXT = 40_000
LONGEST_QUERY = 255
MOST_PARTS = 64


@dataclass(frozen=True, slots=True)
class Term:
    """A token, or the beginning of one."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of which all, or any, must be there. Never empty."""

    joined_by: Literal["AND", "OR"]
    parts: tuple[Term | Group, ...]


Wanted = Term | Group


def index_text(text: str) -> str:
    """The tokens a text is found by, divided by spaces."""
    text = normalise(text[:LONGEST_TEXT])
    tokens: list[str] = []
    for run, is_han, _ in runs(text):
        if is_han:
            tokens += bigrams_of(run)
            tokens += dict.fromkeys(run)
        else:
            tokens.append(run[:LONGEST_TOKEN])
    tokens += (token for reference in find_references(text) for token in reference.tokens)
    return " ".join(tokens)


def wanted(text: str, *, any_word: bool = False, unfinished: bool = False) -> Wanted | None:
    """What a query asks for; nothing where it holds no letter, digit or character.

    `any_word` lets one word suffice; `unfinished` takes numbers and Latin words as beginnings: they
    are still being typed.
    """
    text = normalise(text[:LONGEST_QUERY])
    references = find_references(text)
    parts: list[Wanted] = [_reference(text, one, unfinished) for one in references]
    parts += _words(without_references(text, references), unfinished)
    return _joined("OR" if any_word else "AND", parts)


def wanted_phrase(text: str) -> Wanted | None:
    """Like `wanted`, with every pair of neighbours in it asked for."""
    parts: list[Wanted] = []
    for run, is_han, _ in runs(normalise(text[:LONGEST_QUERY])):
        tokens = bigrams_of(run) or [run] if is_han else [run[:LONGEST_TOKEN]]
        parts += (Term(token) for token in tokens)
    return _joined("AND", parts)


def _reference(text: str, reference: Reference, unfinished: bool) -> Wanted:
    """A document number by its token alone; a code or a date also as it is written."""
    token = _token(reference.main, unfinished)
    written = text[reference.start : reference.end]
    if reference.main.startswith("n"):
        return token
    spelt = _joined("AND", list(_words(written, unfinished)))
    return Group("OR", (token, spelt)) if spelt else token


def _token(text: str, unfinished: bool) -> Wanted:
    return Term(text, is_prefix=unfinished)


def without_beginnings(asked: Wanted) -> Wanted:
    """The same words, none of them taken as a beginning."""
    if isinstance(asked, Term):
        return Term(asked.text)
    return Group(asked.joined_by, tuple(without_beginnings(part) for part in asked.parts))


def _words(text: str, unfinished: bool) -> Iterator[Wanted]:
    small: list[Wanted] = []
    meant = False
    for run, is_han, _ in runs(text):
        if not is_han:
            meant = True
            yield _token(run[:LONGEST_TOKEN], unfinished)
            continue
        for word, _, _ in cut(run):
            tokens = bigrams_of(word) or [word]
            part = _joined("AND", [Term(token) for token in tokens])
            if part is None:
                continue
            if word in stop_words():
                small.append(part)
            else:
                meant = True
                yield part
    if not meant:
        yield from small


def _joined(by: Literal["AND", "OR"], parts: list[Wanted]) -> Wanted | None:
    parts = list(dict.fromkeys(parts))[:MOST_PARTS]
    if len(parts) < 2:
        return parts[0] if parts else None
    return Group(by, tuple(parts))
