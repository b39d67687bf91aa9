"""What differs between two states of a policy, clause by clause and word by word. Knows no Django.

A state is a snapshot in today's format (home.policies.snapshots); clauses are told by their keys.
Texts are compared in two steps, first by sentences and then by words inside the sentences that
changed: that keeps the work in proportion to the length of the text, and the marks where a reader
would put them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from search.analysis import words

Kind = Literal["same", "removed", "added"]
ClauseData = Mapping[str, Any]

# Compared by words; every other text of a clause or of the document's metadata only as a whole.
WORDED = frozenset(
    {"heading", "text", "validity_note", "title", "addressees", "preamble"}
    | {"plan_title", "plan_preamble"}
)
CLAUSE_FIELDS = (
    "heading",
    "text",
    "departments",
    "validity",
    "validity_note",
    "validity_since",
)

_SENTENCE = re.compile(r"[^。！？；\n]*+(?:[。！？；]++[”’」』）)]*+\n?|\n)|[^。！？；\n]++")
_STRONG_END = re.compile(r"[。！？；：\n][”’」』）)]*\s*\Z")
_WEAK_END = re.compile(r"[，、,;:）)》〉」』”’]\s*\Z")
# From here on what is repeated most no longer anchors a comparison: it would take quadratic time.
MOST_COMPARISONS = 250_000


class Span(NamedTuple):
    """A stretch of text that stayed, went or came."""

    kind: Kind
    text: str


class Change(StrEnum):
    """What became of a clause."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    MOVED_AND_CHANGED = "moved-and-changed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field whose content differs. Where `is_list`, each span is one whole item."""

    name: str
    spans: tuple[Span, ...]
    is_list: bool = False

    @property
    def old(self) -> str:
        return self._without("added")

    @property
    def new(self) -> str:
        return self._without("removed")

    def _without(self, kind: Kind) -> str:
        left = [span.text for span in self.spans if span.kind != kind]
        return ("、" if self.is_list else "").join(left)


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """A clause in both states (`old` or `new` is None where it is not there).

    `is_moved` is said of a clause that was taken elsewhere: under another parent, to another level,
    past its siblings, or given another number in place. One that only slid along because of others
    has another `number` and is not moved. `old_parent` and `new_parent` are keys ("": top level).
    """

    key: str
    change: Change
    old: ClauseData | None
    new: ClauseData | None
    fields: tuple[FieldChange, ...] = ()
    old_parent: str = ""
    new_parent: str = ""
    has_new_place: bool = False

    @property
    def is_moved(self) -> bool:
        return self.change in (Change.MOVED, Change.MOVED_AND_CHANGED)

    @property
    def old_number(self) -> str:
        return str(self.old["number"]) if self.old else ""

    @property
    def new_number(self) -> str:
        return str(self.new["number"]) if self.new else ""

    @property
    def is_renumbered(self) -> bool:
        return bool(self.old and self.new and self.old_number != self.new_number)


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs: the metadata's fields, and every clause in reading order.

    A clause that went stands where it stood, behind the clause it followed.
    """

    fields: tuple[FieldChange, ...]
    clauses: tuple[ClauseChange, ...]

    @property
    def is_empty(self) -> bool:
        return not self.fields and all(
            one.change == Change.SAME and not one.is_renumbered for one in self.clauses
        )

    def counts(self) -> dict[Change, int]:
        """How many clauses of each kind. One that moved and changed is counted as that alone."""
        return {change: sum(one.change == change for one in self.clauses) for change in Change}


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """What differs from one snapshot to another."""
    return Difference(fields=_metadata(old, new), clauses=tuple(_clauses(old, new)))


def _metadata(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys([*new, *old])
    return _fields(old, new, [name for name in names if name not in ("clauses", "format")])


def _fields(
    old: Mapping[str, Any], new: Mapping[str, Any], names: Iterable[str]
) -> tuple[FieldChange, ...]:
    found = []
    for name in names:
        before, after = _value(old, name), _value(new, name)
        if before == after:
            continue
        if isinstance(before, list) or isinstance(after, list):
            found.append(FieldChange(name, _items(before or [], after or []), is_list=True))
        elif name in WORDED:
            found.append(FieldChange(name, tuple(marked(before, after))))
        else:
            found.append(FieldChange(name, _whole(before, after)))
    return tuple(found)


def _value(state: Mapping[str, Any], name: str) -> Any:
    """A field's list or text; nothing, null and unsaid are one."""
    value = state.get(name)
    if isinstance(value, list):
        return [str(item) for item in value]
    return "" if value is None or value == "" else str(value)


def _items(old: Sequence[str], new: Sequence[str]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            spans += [Span("same", item) for item in old[i:j]]
        else:
            spans += [Span("removed", item) for item in old[i:j]]
            spans += [Span("added", item) for item in new[k:m]]
    return tuple(spans)


def _whole(old: str, new: str) -> tuple[Span, ...]:
    both = (Span("removed", old), Span("added", new))
    return tuple(span for span in both if span.text)


# Clauses


def _clauses(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[ClauseChange]:
    before = {clause["key"]: clause for clause in old["clauses"]}
    after = {clause["key"]: clause for clause in new["clauses"]}
    moves = _Moves(list(before.values()), list(after.values()))
    gone = _gone_after(before, after, moves.taken_elsewhere)
    yield from gone.get(None, ())
    for key, clause in after.items():
        earlier = before.get(key)
        if earlier is None:
            yield ClauseChange(key, Change.ADDED, None, clause)
        else:
            yield _compared(key, earlier, clause, moves)
        yield from gone.get(key, ())


def _compared(key: str, old: ClauseData, new: ClauseData, moves: _Moves) -> ClauseChange:
    fields = _fields(old, new, CLAUSE_FIELDS)
    before, after = moves.old[key], moves.new[key]
    has_new_place = key in moves.past_siblings
    moved = key in moves.to_another_parent or has_new_place or key in moves.renumbered_in_place
    change = {
        (False, False): Change.SAME,
        (False, True): Change.CHANGED,
        (True, False): Change.MOVED,
        (True, True): Change.MOVED_AND_CHANGED,
    }[moved, bool(fields)]
    return ClauseChange(key, change, old, new, fields, before.parent, after.parent, has_new_place)


def _gone_after(
    before: Mapping[str, ClauseData], after: Mapping[str, ClauseData], elsewhere: frozenset[str]
) -> dict[str | None, list[ClauseChange]]:
    """The removed clauses by the one they followed that is still in its place (None: the first)."""
    gone: dict[str | None, list[ClauseChange]] = {}
    place: str | None = None
    for key, clause in before.items():
        if key not in after:
            gone.setdefault(place, []).append(ClauseChange(key, Change.REMOVED, clause, None))
        elif key not in elsewhere:
            place = key
    return gone


class _Moves:
    """Which of the clauses that both states have were moved, and how.

    Order is asked among the children of one parent: a section that goes elsewhere takes its items
    with it, and only the section moved. Of the siblings as few as possible count as moved: all but
    the longest run that kept its order.
    """

    def __init__(self, before: Sequence[ClauseData], after: Sequence[ClauseData]) -> None:
        self.old, self.new = old, new = _placed(before), _placed(after)
        common = [key for key in new if key in old]
        self.to_another_parent = frozenset(
            key
            for key in common
            if (old[key].parent, old[key].level) != (new[key].parent, new[key].level)
        )
        stayed: dict[str, list[str]] = {}
        for key in common:
            if key not in self.to_another_parent:
                stayed.setdefault(new[key].parent, []).append(key)
        self.past_siblings = frozenset(
            siblings[position]
            for siblings in stayed.values()
            for position in out_of_order([old[key].position for key in siblings])
        )
        self.taken_elsewhere = self.to_another_parent | self.past_siblings
        # Another number where nothing before it came or went was given on purpose.
        self.renumbered_in_place = frozenset(
            key
            for key in common
            if old[key].number != new[key].number
            and old[key].among_siblings == new[key].among_siblings
            and old[key].running == new[key].running
            and key not in self.taken_elsewhere
        )


class _Place(NamedTuple):
    """Where a clause stands: in the whole, among its siblings, and among all of its level."""

    parent: str
    level: int
    number: str
    position: int
    among_siblings: int
    running: int


def _placed(clauses: Sequence[ClauseData]) -> dict[str, _Place]:
    places: dict[str, _Place] = {}
    siblings: dict[str, int] = {}
    levels: dict[int, int] = {}
    parents = _parents_of(clauses)
    for position, clause in enumerate(clauses):
        parent, level = parents[clause["key"]], _level(clause)
        places[clause["key"]] = _Place(
            parent,
            level,
            str(clause["number"]),
            position,
            siblings.get(parent, 0),
            levels.get(level, 0),
        )
        siblings[parent] = siblings.get(parent, 0) + 1
        levels[level] = levels.get(level, 0) + 1
    return places


def _parents_of(clauses: Iterable[ClauseData]) -> dict[str, str]:
    """For each clause the one it stands under, as a reader sees it ("": none).

    That is the nearest one before it of a higher level: the parent that a clause names may have
    been left behind when it was taken elsewhere.
    """
    parents: dict[str, str] = {}
    above: list[tuple[int, str]] = []
    for clause in clauses:
        level = _level(clause)
        while above and above[-1][0] >= level:
            above.pop()
        parents[clause["key"]] = above[-1][1] if above else ""
        above.append((level, clause["key"]))
    return parents


def _level(clause: ClauseData) -> int:
    return int(clause.get("level") or 1)


def out_of_order(ranks: Sequence[int]) -> list[int]:
    """The fewest positions to take out so that the ranks left over rise. Ranks are distinct."""
    ends: list[int] = []  # the lowest last rank of a rising run, by its length
    at: list[int] = []  # and where that rank stands
    before: list[int] = []  # for each position the one before it in its run
    for position, rank in enumerate(ranks):
        length = bisect_left(ends, rank)
        before.append(at[length - 1] if length else -1)
        ends[length:] = [rank, *ends[length + 1 :]] if length < len(ends) else [rank]
        at[length : length + 1] = [position]
    kept = set()
    position = at[-1] if at else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return [position for position in range(len(ranks)) if position not in kept]


# Texts


def marked(old: str, new: str) -> list[Span]:
    """The two texts as one, with whole words marked as removed or added.

    The texts of the spans that are same or removed, joined, are `old`; same and added are `new`. No
    span is empty and no two neighbours are of one kind.
    """
    if old == new:
        return [Span("same", old)] if old else []
    edits: list[_Edit] = []
    for before, after in _aligned(_SENTENCE.findall(old), _SENTENCE.findall(new)):
        if before == after:
            edits.append(_Edit(same=before))
        else:
            edits += (
                _Edit(same=one) if one == other else _Edit(one, other)
                for one, other in _aligned(_cut(before), _cut(after))
            )
    return list(_spans(_readable(_slid(_merged(edits)))))


@dataclass(slots=True)
class _Edit:
    """Words that went and came at one place, and the words that stayed behind it."""

    removed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)

    @property
    def is_change(self) -> bool:
        return bool(self.removed or self.added)


def _aligned(old: list[str], new: list[str]) -> Iterator[tuple[list[str], list[str]]]:
    """Both lists in stretches, from the beginning to the end: equal ones, and ones that differ."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    old_end, new_end = len(old) - end, len(new) - end
    left, right = old[start:old_end], new[start:new_end]
    yield old[:start], new[:start]
    matcher = SequenceMatcher(None, left, right, len(left) * len(right) > MOST_COMPARISONS)
    for _tag, i, j, k, m in matcher.get_opcodes():
        yield left[i:j], right[k:m]
    yield old[old_end:], new[new_end:]


def _alike(left: Sequence[str], right: Sequence[str]) -> int:
    """How many items two lists begin with alike."""
    pairs = enumerate(zip(left, right, strict=False))
    return next(
        (count for count, (one, other) in pairs if one != other), min(len(left), len(right))
    )


def _cut(sentences: Iterable[str]) -> list[str]:
    """The words of the text and what stands between them, end to end."""
    return [word for word, _start, _end in words.cut("".join(sentences))]


def _merged(edits: Iterable[_Edit]) -> list[_Edit]:
    """Changes that follow each other as one, stretches that stay as one."""
    merged = [_Edit()]
    for edit in edits:
        last = merged[-1]
        if edit.is_change and last.same:
            merged.append(last := _Edit())
        last.removed += edit.removed
        last.added += edit.added
        last.same += edit.same
    return merged


def _readable(edits: Sequence[_Edit]) -> list[_Edit]:
    """Swallows stretches that stayed by chance: less between two changes than what changed there.

    Without this, two sentences that share a 的 and a comma would be shown as confetti.
    """
    found: list[_Edit] = []
    for position, edit in enumerate(edits):
        if found and not found[-1].same:
            found[-1].removed += edit.removed
            found[-1].added += edit.added
            found[-1].same = edit.same
        else:
            found.append(edit)
        last, following = found[-1], edits[position + 1 : position + 2]
        if following and last.is_change and _is_chance(last, following[0]):
            last.removed += last.same
            last.added += last.same
            last.same = []
    return found


def _is_chance(edit: _Edit, following: _Edit) -> bool:
    """Whether what stayed between two changes is too little to be read as having stayed."""
    if _STRONG_END.search("".join(edit.same)):
        return False
    stayed = _weight(edit.same)
    return stayed <= 1 or stayed * 2 <= min(_size(edit), _size(following))


def _size(edit: _Edit) -> int:
    return max(_weight(edit.removed), _weight(edit.added))


def _weight(stretch: Iterable[str]) -> int:
    """How many letters and digits; marks and spaces weigh nothing."""
    return sum(character.isalnum() for word in stretch for character in word)


def _slid(edits: list[_Edit]) -> list[_Edit]:
    """Moves what only came or only went to where a reader would see it: 丁、 and not 、丁.

    Where the words around allow it, a mark begins behind a punctuation mark and ends with one.
    """
    for before, edit in pairwise(edits):
        if bool(edit.removed) == bool(edit.added):
            continue
        changed = edit.removed or edit.added
        around = [*before.same, *changed, *edit.same]
        size, place = len(changed), len(before.same)
        # A word must stay between two changes.
        end = len(around) - (0 if edit is edits[-1] else 1)
        lowest = highest = place
        while lowest > 1 and around[lowest - 1] == around[lowest - 1 + size]:
            lowest -= 1
        while highest + size < end and around[highest] == around[highest + size]:
            highest += 1
        best = max(
            range(lowest, highest + 1),
            key=lambda at: (
                _rest(around[at - 1]) + _rest(around[at + size - 1]),
                -abs(at - place),
            ),
        )
        before.same[:], changed[:], edit.same[:] = (
            around[:best],
            around[best : best + size],
            around[best + size :],
        )
    return edits


def _rest(word: str) -> int:
    """How much of a pause there is behind a word."""
    return 2 if _STRONG_END.search(word) else int(_WEAK_END.search(word) is not None)


def _spans(edits: Iterable[_Edit]) -> Iterator[Span]:
    for edit in edits:
        stretches: tuple[tuple[Kind, list[str]], ...] = (
            ("removed", edit.removed),
            ("added", edit.added),
            ("same", edit.same),
        )
        for kind, stretch in stretches:
            if stretch:
                yield Span(kind, "".join(stretch))
