"""Which clause of an amended text is which clause of the text before. Pure; knows no database.

What a clause says decides, then its heading, then where it stands: a number alone never does, for
a number is given again as soon as a clause is inserted. Takes time in proportion to the length of
the texts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Protocol

from home.policies.keys import give_keys, printed_paths
from home.policies.parser.lines import squash

# Of two pairs of characters each: half in common is the same clause reworded.
ALIKE = 0.5
# Less is enough where the heading is the same, or where number and parent are.
ALIKE_UNDER_ONE_HEADING = 0.3
ALIKE_IN_ONE_PLACE = 0.35
# A heading shorter than this (目的, 其他) says too little to stand for its clause.
TELLING_HEADING = 4
# A section is the same, whatever it is called now, with this share of its clauses.
SHARE_OF_CHILDREN = 0.6
# What is compared of a long clause, from its head and its tail.
_HEAD, _TAIL = 600, 200
# A pair of characters that more clauses than this have tells none of them apart.
_COMMON = 40
_MOST_CANDIDATES = 12


class ClauseText(Protocol):
    """What is compared: rows of the model and the parser's clauses alike."""

    @property
    def key(self) -> str: ...
    @property
    def parent_key(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def number(self) -> str: ...
    @property
    def heading(self) -> str: ...
    @property
    def text(self) -> str: ...


class Fate(StrEnum):
    """What an amendment does to a clause."""

    SAME = "same"
    CHANGED = "changed"
    MOVED = "moved"
    MOVED_AND_CHANGED = "moved-and-changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Match:
    """A clause and what becomes of it.

    `key` and `parent_key` are the permanent keys that it has in the amended text (a clause that
    has gone: that it had). `index` is its place among the amended text's clauses, None where it has
    gone. `renumbered`: it is printed with another number; `relocated`: it stands under another
    clause, or the order among its neighbours is another.
    """

    fate: Fate
    key: str
    parent_key: str
    old: ClauseText | None
    new: ClauseText | None
    index: int | None
    renumbered: bool = False
    relocated: bool = False


def match(
    old: Sequence[ClauseText],
    new: Sequence[ClauseText],
    *,
    registered: Iterable[str] = (),
    decided: Mapping[int, str | None] | None = None,
) -> list[Match]:
    """Every clause of both texts once: in the order of the new, what has gone where it stood.

    The clauses of `old` bear permanent keys, those of `new` the paths of their printed numbers.
    `registered` are all keys the policy ever gave. `decided` is what a person has settled: for a
    place in `new` the key of the old clause that it is, or None for a new clause. Raises ValueError
    where that names a key that `old` hasn't, or one twice.
    """
    settled = _settled(old, len(new), decided or {})
    pairing = _Pairing(old, new, closed=set(decided or {}))
    for position, counterpart in settled.items():
        pairing.join(counterpart, position)
    pairing.run()
    kept = [
        old[pairing.old_of[position]].key if position in pairing.old_of else None
        for position in range(len(new))
    ]
    ever = {*registered, *(clause.key for clause in old)}
    keys = give_keys([clause.key for clause in new], kept, ever)
    return _in_order(pairing, keys)


def _settled(
    old: Sequence[ClauseText], length: int, decided: Mapping[int, str | None]
) -> dict[int, int]:
    places = {clause.key: index for index, clause in enumerate(old)}
    settled = {
        position: places[key]
        for position, key in decided.items()
        if key is not None and key in places and 0 <= position < length
    }
    asked = [key for key in decided.values() if key is not None]
    if len(settled) != len(asked) or len(set(asked)) != len(asked):
        raise ValueError("a clause was matched to one that isn't there, or one twice")
    return settled


def wording(clause: ClauseText) -> str:
    """What a clause says, white space apart, brackets and marks half-width."""
    return squash(f"{clause.heading}{clause.text}")


def shingles(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of a text; of a long one, of its head and its tail."""
    if len(text) > _HEAD + _TAIL:
        return shingles(text[:_HEAD]) | shingles(text[-_TAIL:])
    if len(text) < 2:
        return frozenset((text,) if text else ())
    return frozenset(map("".join, pairwise(text)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How much two sets of shingles have in common, 0 to 1 (Dice's coefficient)."""
    whole = len(one) + len(other)
    return 2 * len(one & other) / whole if whole else 0.0


@dataclass(slots=True)
class _Side:
    """One of the two texts, with what is asked of it again and again."""

    clauses: Sequence[ClauseText]
    paths: list[str]
    words: list[str] = field(init=False)
    headings: list[str] = field(init=False)
    parents: list[int | None] = field(init=False)
    children: dict[int | None, list[int]] = field(init=False)
    pairs: list[frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        places = {clause.key: index for index, clause in enumerate(self.clauses)}
        self.words = [wording(clause) for clause in self.clauses]
        self.headings = [squash(clause.heading) for clause in self.clauses]
        self.parents = [places.get(clause.parent_key) for clause in self.clauses]
        self.children = defaultdict(list)
        for index, parent in enumerate(self.parents):
            self.children[parent].append(index)
        self.pairs = [shingles(words) for words in self.words]

    def setting(self, index: int) -> str:
        """What the clause stands under, in words."""
        parent = self.parents[index]
        return "" if parent is None else self.headings[parent] or self.words[parent][:60]


class _Index:
    """The clauses of a text by what they say, so that each is held against few others."""

    def __init__(self, side: _Side, rows: Sequence[int]) -> None:
        self.side = side
        self.rare = max(_COMMON, len(rows) // 10)
        self.by_pair: dict[str, list[int]] = defaultdict(list)
        self.by_place: dict[str, list[int]] = defaultdict(list)
        self.by_heading: dict[str, list[int]] = defaultdict(list)
        for index in rows:
            self.by_place[side.paths[index]].append(index)
            if side.headings[index]:
                self.by_heading[side.headings[index]].append(index)
            for pair in side.pairs[index]:
                self.by_pair[pair].append(index)

    def like(self, new: _Side, other: int) -> list[tuple[int, float]]:
        """The clauses that the other text's may be, and how alike they are."""
        met: Counter[int] = Counter()
        for pair in new.pairs[other]:
            rows = self.by_pair.get(pair, ())
            if len(rows) <= self.rare:
                met.update(rows)
        places = {index for index, _count in met.most_common(_MOST_CANDIDATES)}
        places.update(self.by_place.get(new.paths[other], ()))
        places.update(self.by_heading.get(new.headings[other], ())[:_MOST_CANDIDATES])
        mine = new.pairs[other]
        return [(index, likeness(self.side.pairs[index], mine)) for index in sorted(places)]


class _Pairing:
    """Joins the clauses of two texts, the surest pairs first."""

    def __init__(
        self, old: Sequence[ClauseText], new: Sequence[ClauseText], *, closed: Collection[int]
    ) -> None:
        self.old = _Side(old, printed_paths((clause.key, clause.number) for clause in old))
        self.new = _Side(new, [clause.key for clause in new])
        self.old_of: dict[int, int] = {}
        self.new_of: dict[int, int] = {}
        self.closed = closed
        once = (
            {heading for heading, count in Counter(side.headings).items() if count == 1}
            for side in (self.old, self.new)
        )
        self.named_once = set.intersection(*once)

    def join(self, old: int, new: int) -> None:
        self.old_of[new] = old
        self.new_of[old] = new

    def run(self) -> None:
        # Word for word, under the same heading, at the same number; then each condition less.
        self._join_equal(lambda side, i: (side.words[i], side.setting(i), side.paths[i]))
        self._join_equal(lambda side, i: (side.words[i], side.setting(i)), worded=True)
        self._join_equal(lambda side, i: side.words[i], worded=True)
        open_old = _Index(self.old, self._open_old())
        candidates = [
            (self._score(one, other, alike), -abs(one - other), -other, one, other)
            for other in self._open_new()
            for one, alike in open_old.like(self.new, other)
            if self._are_one(one, other, alike)
        ]
        for *_, one, other in sorted(candidates, reverse=True):
            if one not in self.new_of and other not in self.old_of:
                self.join(one, other)
        # From below upwards: a chapter is known by its sections, once those are known.
        for other in reversed(self._open_new()):
            self._join_by_children(other)

    def _open_new(self) -> list[int]:
        return [
            index
            for index in range(len(self.new.clauses))
            if index not in self.old_of and index not in self.closed
        ]

    def _open_old(self) -> list[int]:
        return [index for index in range(len(self.old.clauses)) if index not in self.new_of]

    def _join_equal(self, trait: Callable[[_Side, int], Hashable], *, worded: bool = False) -> None:
        """Joins in order what shows the same trait; what says nothing only in the same place."""
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for index in reversed(self._open_old()):
            waiting[trait(self.old, index)].append(index)
        for index in self._open_new():
            if worded and not self.new.words[index]:
                continue
            if found := waiting.get(trait(self.new, index)):
                self.join(found.pop(), index)

    def _are_one(self, one: int, other: int, alike: float) -> bool:
        if alike >= ALIKE:
            return True
        heading = self.new.headings[other]
        if heading and heading == self.old.headings[one]:
            telling = len(heading) >= TELLING_HEADING and heading in self.named_once
            return telling or alike >= ALIKE_UNDER_ONE_HEADING
        return alike >= ALIKE_IN_ONE_PLACE and self._stand_alike(one, other)

    def _stand_alike(self, one: int, other: int) -> bool:
        """Whether both bear the same number under the same clause."""
        same = _number(self.old.clauses[one]) == _number(self.new.clauses[other])
        return same and self._share_parent(one, other)

    def _share_parent(self, one: int, other: int) -> bool:
        above, below = self.old.parents[one], self.new.parents[other]
        if above is None or below is None:
            return above is below
        return self.old_of.get(below) == above

    def _score(self, one: int, other: int, alike: float) -> float:
        heading = self.new.headings[other]
        named = bool(heading) and heading == self.old.headings[one]
        score = alike + 0.25 * named + 0.1 * self._share_parent(one, other)
        return score + 0.05 * (self.old.paths[one] == self.new.paths[other])

    def _join_by_children(self, other: int) -> None:
        """A section whose clauses are those of one old section is that section."""
        below = self.new.children.get(other, [])
        homes = Counter(
            self.old.parents[self.old_of[child]] for child in below if child in self.old_of
        )
        for home, count in homes.most_common(1):
            if home is None or home in self.new_of:
                continue
            whole = max(len(below), len(self.old.children[home]))
            level = self.old.clauses[home].level == self.new.clauses[other].level
            if level and count >= whole * SHARE_OF_CHILDREN:
                self.join(home, other)


_MARKS = re.compile(r"[、.,:()\s]")


def _number(clause: ClauseText) -> tuple[int, str]:
    return clause.level, _MARKS.sub("", squash(clause.number))


def _renumbered(before: ClauseText, after: ClauseText) -> bool:
    """Whether readers see another number. A level that an editor chose is no number."""
    if squash(before.number) == squash(after.number):
        return False
    return _number(before) != _number(after)


def _said(clause: ClauseText) -> tuple[str, str]:
    """What readers would see changed: white space apart, marks as they are."""
    return "".join(clause.heading.split()), "".join(clause.text.split())


def _in_order(pairing: _Pairing, keys: Sequence[str]) -> list[Match]:
    old, new = pairing.old, pairing.new
    stirred = _relocated(pairing)
    matches: list[Match] = []
    gone = _gone_after(pairing)
    matches += [_gone(old.clauses[index]) for index in gone[None]]
    for position, clause in enumerate(new.clauses):
        parent = new.parents[position]
        counterpart = pairing.old_of.get(position)
        before = None if counterpart is None else old.clauses[counterpart]
        renumbered = before is not None and _renumbered(before, clause)
        relocated = position in stirred
        matches.append(
            Match(
                fate=_fate(before, clause, moved=renumbered or relocated),
                key=keys[position],
                parent_key="" if parent is None else keys[parent],
                old=before,
                new=clause,
                index=position,
                renumbered=renumbered,
                relocated=relocated,
            )
        )
        if counterpart is not None:
            matches += [_gone(old.clauses[index]) for index in gone[counterpart]]
    return matches


def _fate(before: ClauseText | None, after: ClauseText, *, moved: bool) -> Fate:
    if before is None:
        return Fate.NEW
    if _said(before) == _said(after):
        return Fate.MOVED if moved else Fate.SAME
    return Fate.MOVED_AND_CHANGED if moved else Fate.CHANGED


def _gone(clause: ClauseText) -> Match:
    return Match(Fate.GONE, clause.key, clause.parent_key, clause, None, None)


def _gone_after(pairing: _Pairing) -> dict[int | None, list[int]]:
    """What has gone, by the clause before it that is still there; None for the head of the text."""
    after: dict[int | None, list[int]] = defaultdict(list)
    anchor: int | None = None
    for index in range(len(pairing.old.clauses)):
        if index in pairing.new_of:
            anchor = index
        else:
            after[anchor].append(index)
    return after


def _relocated(pairing: _Pairing) -> set[int]:
    """The places in the new text whose clause stands elsewhere among its neighbours than before."""
    moved = set()
    for parent, children in pairing.new.children.items():
        home = None if parent is None else pairing.old_of.get(parent)
        stayed = []
        for child in children:
            if child not in pairing.old_of:
                continue
            above = pairing.old.parents[pairing.old_of[child]]
            # Where the parent is new, its clauses have come from somewhere else.
            if above == home and (parent is None or home is not None):
                stayed.append(child)
            else:
                moved.add(child)
        kept = _longest_rise([pairing.old_of[child] for child in stayed])
        moved.update(child for place, child in enumerate(stayed) if place not in kept)
    return moved


def _longest_rise(values: Sequence[int]) -> set[int]:
    """The places of a longest rising subsequence: the most clauses that kept their order."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for place, value in enumerate(values):
        slot = bisect_left(tails, value)
        before.append(ends[slot - 1] if slot else None)
        if slot == len(tails):
            tails.append(value)
            ends.append(place)
        else:
            tails[slot], ends[slot] = value, place
    kept: set[int] = set()
    place_or_none = ends[-1] if ends else None
    while place_or_none is not None:
        kept.add(place_or_none)
        place_or_none = before[place_or_none]
    return kept
