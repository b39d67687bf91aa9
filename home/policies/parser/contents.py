"""Where a table of contents stands, so that its entries aren't taken for clauses."""

from __future__ import annotations

from collections.abc import Sequence

from .lines import Line, squash
from .numbering import Marker
from .titles import LONGEST


def find_contents(lines: Sequence[Line], markers: Sequence[Marker | None]) -> set[int]:
    """The lines of a table of contents: from 目录 to where its first entry comes again.

    Some texts leave out the word 目录; then two chapters with nothing between them give it away.
    """
    for index, line in enumerate(lines[:-2]):
        above, below = markers[index], markers[index + 1]
        headed = squash(line.text[:12]) in ("目录", "目次")
        bare = above and below and above.family == below.family == "ch"
        if not headed and not bare:
            continue
        start = index + 1 if headed else index
        first = _entry(lines[start])
        for again in range(start + 1, len(lines)):
            if len(lines[again].text) > LONGEST:
                break
            if first and _entry(lines[again]) == first:
                return set(range(index, again))
        break
    return set()


def _entry(line: Line) -> str:
    """A line of a table of contents without its dots and page number."""
    return squash(line.text[:LONGEST]).rstrip("0123456789()").rstrip(".…·-—")
