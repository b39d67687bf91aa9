"""Three-way merge of a policy's text, clause by clause by key. Pure: knows no database.

`base` is the text from which a working copy was made, `mine` the working copy as it is now,
`theirs` the published text as it was corrected meanwhile. Each is what a revision holds: a mapping
of fields, in which `clauses` is a list of rows with a `key`.

What only one side changed is taken from that side. What both changed alike is taken once. What they
changed differently is a conflict, for a person to decide; until then `mine` stands in the text and
the conflict is listed. So nothing that either side wrote is lost without a word.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Side = Literal["mine", "theirs"]
Text = Mapping[str, Any]
Row = Mapping[str, Any]

CLAUSES = "clauses"
# Where a row stands is decided by the order of the list, its number by the database.
ROW_BOOKKEEPING = frozenset({"pk", "page", "sort_order"})
# The part of a conflict that concerns a clause as a whole, or the order of all of them.
WHOLE = "whole"
ORDER = "order"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something both sides changed differently. `key` is the clause's, or empty for a field."""

    key: str
    part: str
    base: Any
    mine: Any
    theirs: Any

    @property
    def id(self) -> str:
        """Names this conflict and what stands in it: another text is another conflict."""
        said = json.dumps(
            [self.key, self.part, self.base, self.mine, self.theirs],
            ensure_ascii=False,
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Carried:
    """A correction of the published text that was taken over as it is."""

    key: str
    part: str
    base: Any
    theirs: Any


@dataclass(slots=True)
class Merge:
    """The merged text, what was taken over from the published one, and what is undecided."""

    text: dict[str, Any] = field(default_factory=dict)
    carried: list[Carried] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


def merge(
    base: Text, mine: Text, theirs: Text, decisions: Mapping[str, Side] | None = None
) -> Merge:
    """Brings the corrections of `theirs` into `mine`. `decisions` answers conflicts by their id."""
    merger = _Merger(decisions or {})
    result = merger.result
    names = [*mine, *(name for name in theirs if name not in mine)]
    for name in names:
        if name == CLAUSES:
            result.text[name] = merger.clauses(
                base.get(name, []), mine.get(name, []), theirs.get(name, [])
            )
        else:
            value = merger.value(
                "", name, _plain(base.get(name)), _plain(mine.get(name)), _plain(theirs.get(name))
            )
            result.text[name] = value
    return result


class _Merger:
    """One run: what is decided, carried and left open is collected as the texts are walked."""

    def __init__(self, decisions: Mapping[str, Side]) -> None:
        self.decisions = decisions
        self.result = Merge()

    def value(self, key: str, part: str, base: Any, mine: Any, theirs: Any) -> Any:
        """One value of three; a conflict that is not decided leaves `mine`."""
        if mine == theirs or theirs == base:
            return mine
        if mine == base:
            self.result.carried.append(Carried(key, part, base, theirs))
            return theirs
        conflict = Conflict(key, part, base, mine, theirs)
        decided = self.decisions.get(conflict.id)
        if decided is None:
            self.result.conflicts.append(conflict)
        return theirs if decided == "theirs" else mine

    def clauses(
        self, base: Iterable[Row], mine: Iterable[Row], theirs: Iterable[Row]
    ) -> list[dict[str, Any]]:
        by_key = [_by_key(rows) for rows in (base, mine, theirs)]
        old, ours, other = by_key
        merged: dict[str, dict[str, Any]] = {}
        for key in dict.fromkeys([*ours, *other, *old]):
            row = self.clause(key, old.get(key), ours.get(key), other.get(key))
            if row is not None:
                merged[key] = row
        order = self.order(list(old), list(ours), list(other), merged)
        return [merged[key] for key in order]

    def clause(
        self,
        key: str,
        base: dict[str, Any] | None,
        mine: dict[str, Any] | None,
        theirs: dict[str, Any] | None,
    ) -> dict[str, Any] | None:
        """A clause of three; None where it is gone. Parts that differ are merged one by one."""
        if mine is None or theirs is None:
            taken = self.value(key, WHOLE, base, mine, theirs)
            return None if taken is None else dict(taken)
        before = base or {}
        parts = dict.fromkeys([*mine, *theirs])
        return {
            part: self.value(key, part, before.get(part), mine.get(part), theirs.get(part))
            for part in parts
        }

    def order(
        self, base: list[str], mine: list[str], theirs: list[str], kept: Mapping[str, Any]
    ) -> list[str]:
        """The merged clauses in reading order: one that is new on one side follows whom it did."""
        common = set(base) & set(mine) & set(theirs)
        arrangements = [[key for key in keys if key in common] for keys in (base, mine, theirs)]
        chosen = self.value("", ORDER, *arrangements)
        first, second = (
            (theirs, mine)
            if chosen == arrangements[2] and chosen != arrangements[1]
            else (mine, theirs)
        )
        order = [key for key in first if key in kept]
        for position, key in enumerate(second):
            if key not in kept or key in order:
                continue
            before = next((one for one in reversed(second[:position]) if one in order), None)
            order.insert(order.index(before) + 1 if before else 0, key)
        return order


def _by_key(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    return {
        row["key"]: {name: value for name, value in row.items() if name not in ROW_BOOKKEEPING}
        for row in rows
    }


def _plain(value: Any) -> Any:
    """A list of rows without what the database gives them; anything else as it is."""
    if isinstance(value, list):
        return [
            {name: one for name, one in row.items() if name not in ROW_BOOKKEEPING}
            if isinstance(row, Mapping)
            else row
            for row in value
        ]
    return value
