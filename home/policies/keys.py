"""How a clause comes by its permanent key, and where it is printed now. Pure; knows no database.

A key is the path of printed numbers ("2-1-3" is 二(一)3) where that path was never a key of this
policy; else a letter stands behind it ("2-1-3b", then c). A key once given names that clause for
ever, whatever number it is printed with later: readers see printed numbers, links hold keys.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count, product
from string import ascii_lowercase

from home.policies.parser.lines import shape_of
from home.policies.parser.numbering import Keys, Marker, read_marker

_OWN_LETTERS = re.compile(r"(?<=[0-9])[a-z]+$")
_ATTACHMENT = re.compile(r"att[0-9]+")


def new_key(printed: str, taken: Collection[str]) -> str:
    """A key for a clause that never had one.

    `printed` is the path of its printed numbers, as the parser's `ParsedClause.key` gives it;
    `taken` holds every key that the policy ever registered and those that are given already.
    """
    if printed not in taken:
        return printed
    path = _OWN_LETTERS.sub("", printed)
    return next(key for letters in _letters() if (key := path + letters) not in taken)


def give_keys(
    printed: Sequence[str], kept: Sequence[str | None], registered: Iterable[str]
) -> list[str]:
    """The keys of a whole text's clauses, in order.

    `printed` are the clauses' paths; `kept` has, clause by clause, the key of the old clause that
    it is, or None where the clause is new; `registered` are all keys the policy ever gave. Raises
    ValueError where two clauses would keep the same key.
    """
    taken = set(registered)
    held = [key for key in kept if key is not None]
    if len(set(held)) != len(held):
        raise ValueError("two clauses can't keep one key")
    taken.update(held)
    keys = []
    for path, key in zip(printed, kept, strict=True):
        given = new_key(path, taken) if key is None else key
        taken.add(given)
        keys.append(given)
    return keys


def printed_paths(clauses: Iterable[tuple[str, str]]) -> list[str]:
    """Where clauses are printed now, from their (key, printed number) in reading order.

    The same as the key for a clause that never moved; "2-4" for one that was given the key "2-3"
    and is printed as 二(四) since. A number that is none (or empty) leaves the key as it is.
    """
    paths = []
    walk = Walk()
    for key, number in clauses:
        walk.reach(key)
        marker = marker_of(number, decimal=is_decimal(key))
        paths.append(walk.keys.give(marker)[0] if marker else key)
    return paths


def marker_of(number: str, *, decimal: bool) -> Marker | None:
    """What the parser makes of a printed number (`decimal`: in a text numbered 1.1, 1.1.1)."""
    # A number is only known for one in front of words.
    return read_marker(f"{shape_of(number)} 某", decimal=decimal)


def is_decimal(key: str) -> bool:
    """Whether a clause of this key is numbered 1.1, 1.1.1."""
    return "dec" in key.split("-")


def text_of(key: str) -> str:
    """Which text of the document a key belongs to: "att2" for an attachment's, else empty."""
    attached = _ATTACHMENT.match(key)
    return attached.group() if attached else ""


@dataclass(slots=True)
class Walk:
    """Goes through clauses in reading order: each attachment is a text with numbers of its own."""

    keys: Keys = field(default_factory=Keys)
    text: str = ""

    def reach(self, key: str) -> None:
        """The next clause; one without a key yet stands in the text of the one before."""
        begins = text_of(key) if key else self.text
        if begins != self.text:
            self.text = begins
            self.keys.begin(begins)


def _letters() -> Iterator[str]:
    """b, c … z, aa, ab …: as the parser letters a number that is met twice."""
    letters = chain.from_iterable(product(ascii_lowercase, repeat=size) for size in count(1))
    next(letters)  # the first to come bears no letter, and "a" would make readers look for it
    return map("".join, letters)
