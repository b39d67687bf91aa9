"""Where a clause stands in its document, read from the printed numbers. Pure; knows no database.

An editor writes 二、 or (一) and moves rows about; nobody types a level, a parent or a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from home.policies.keys import Walk, is_decimal, marker_of, text_of
from home.policies.parser.numbering import Marker

_OUTLINE_RANK = 10.0


@dataclass(frozen=True, slots=True)
class Numbered:
    """A row of the document as the editor holds it: its key if it has one, and what is printed.

    `level` is set where the editor chose one by hand.
    """

    key: str
    number: str
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands: the path of its numbers, the row above it, its level.

    `orphan` says that the number asks for a clause above it and the first such comes later: a
    letter that is numbered 1. 2. 3. throughout has none and lacks none. Nor does anything in an
    attachment: forms and lists begin with whatever number they like.
    """

    path: str
    parent: int | None
    level: int
    orphan: bool = False


def places(rows: Sequence[Numbered]) -> list[Place]:
    """The place of each row, in reading order. Paths are unique within the document."""
    found: list[Place] = []
    by_path: dict[str, int] = {}
    decimal = any(is_decimal(row.key) for row in rows)
    walk = Walk()
    for index, row in enumerate(rows):
        walk.reach(row.key)
        marker = _marker(row, decimal=decimal)
        if marker is None:
            place = _unnumbered(row, found, by_path)
        else:
            path, above = walk.keys.give(marker)
            parent = by_path.get(above)
            asks = marker.family == "outline" and marker.level > 1 and row.level is None
            asks = asks and not walk.text
            place = Place(path, parent, marker.level, orphan=asks and parent is None)
        by_path[place.path] = index
        found.append(place)
    # What is numbered 一、 in an attachment says nothing of the text that has the attachment.
    top = min((place.level for place in found if not text_of(place.path)), default=1)
    return [
        replace(place, orphan=False) if place.orphan and place.level == top else place
        for place in found
    ]


def _marker(row: Numbered, *, decimal: bool) -> Marker | None:
    marker = marker_of(row.number, decimal=decimal)
    if marker is not None and row.level is not None and marker.family == "outline":
        return replace(marker, level=row.level, rank=_OUTLINE_RANK + row.level, closed=False)
    return marker


def _unnumbered(row: Numbered, before: Sequence[Place], taken: dict[str, int]) -> Place:
    """A paragraph without a number: beside the row before it, unless a level was chosen."""
    level = row.level or (before[-1].level if before else 1)
    parent = next((i for i in reversed(range(len(before))) if before[i].level < level), None)
    base = f"{before[parent].path}-" if parent is not None else ""
    count = 1
    while (path := f"{base}p{count}") in taken:
        count += 1
    return Place(path, parent, level)
