"""How a clause comes by its permanent key, and where it is printed now. Pure; knows no database.

A key is the path of printed numbers ("2-1-3" is 二(一)3) where that path was never a key of this
policy; else a letter stands behind it ("2-1-3b", then c). A key once given names that clause for
ever, whatever number it is printed with later: readers see printed numbers, links hold keys.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, count, product
from string import ascii_lowercase

from home.policies.parser.lines import shape_of
from home.policies.parser.numbering import Keys, read_marker

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
    keys, prefix = Keys(), ""
    for key, number in clauses:
        attached = _ATTACHMENT.match(key)
        begins = attached.group() if attached else ""
        if begins != prefix:
            prefix = begins
            keys.begin(prefix)
        # A number is only known for one in front of words.
        marker = read_marker(f"{shape_of(number)} 某", decimal="dec" in key.split("-"))
        paths.append(keys.give(marker)[0] if marker else key)
    return paths


def _letters() -> Iterator[str]:
    """b, c … z, aa, ab …: as the parser letters a number that is met twice."""
    letters = chain.from_iterable(product(ascii_lowercase, repeat=size) for size in count(1))
    next(letters)  # the first to come bears no letter, and "a" would make readers look for it
    return map("".join, letters)
