"""Chinese words and where they stand, by rjieba and the field's own dictionary."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import rjieba


@cache
def domain_words() -> frozenset[str]:
    """The field's own words, most of which a general dictionary cuts to pieces."""
    return _word_list("domain_words.txt")


@cache
def stop_words() -> frozenset[str]:
    """Words of asking and of grammar. They are indexed, but no question is about them."""
    return _word_list("stop_words.txt")


@cache
def light_words() -> frozenset[str]:
    """Words of dealing with offices: looked for, but no answer depends on them."""
    return _word_list("light_words.txt")


@cache
def equivalents() -> dict[str, tuple[str, ...]]:
    """For words of common speech, the words that documents use: as the product knows them."""
    return equivalents_of(built_in_groups())


@cache
def built_in_groups() -> tuple[tuple[str, str], ...]:
    """The product's own groups in their order: what is said, and what is written (or nothing)."""
    groups: dict[tuple[str, str], None] = {}
    for line in _lines("equivalents.txt"):
        said, _, written = line.partition(">")
        if said.split():
            groups[" ".join(said.split()), " ".join(written.split())] = None
    return tuple(groups)


def equivalents_of(groups: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """For each word that is said, the words that are written; said words alone find each other."""
    found: dict[str, dict[str, None]] = {}
    for said, written in groups:
        meant = (written or said).split()
        for word in said.split():
            others = dict.fromkeys(one for one in meant if one != word)
            found.setdefault(word, {}).update(others)
    return {word: tuple(others) for word, others in found.items() if others}


@cache
def lookalikes() -> dict[str, frozenset[str]]:
    """For a character, those it is mistaken for."""
    found: dict[str, set[str]] = {}
    for line in _lines("lookalikes.txt"):
        for group in line.split():
            for character in group:
                found.setdefault(character, set()).update(group)
    return {character: frozenset(others - {character}) for character, others in found.items()}


def _word_list(name: str) -> frozenset[str]:
    return frozenset(word for line in _lines(name) for word in line.split())


def _lines(name: str) -> list[str]:
    lines = files(__package__).joinpath(name).read_text("utf-8").splitlines()
    return [line.partition("#")[0] for line in lines]


@cache
def _dictionary() -> rjieba.Jieba:
    dictionary = rjieba.Jieba()
    for word in sorted(domain_words()):
        dictionary.add_word(word, None, None)
    return dictionary


def is_word(text: str) -> bool:
    """Whether the dictionary knows this as a word (and did not only guess it)."""
    return bool(_dictionary().has_word(text))


def cut(text: str) -> list[tuple[str, int, int]]:
    """The text in words, each once, end to end: (word, start, end)."""
    return [(word, start, end) for word, start, end in _dictionary().tokenize(text)]


def cut_for_search(text: str) -> list[tuple[str, int, int]]:
    """The words of the text and the shorter words inside them: (word, start, end)."""
    return [(word, start, end) for word, start, end in _dictionary().tokenize(text, "search")]
