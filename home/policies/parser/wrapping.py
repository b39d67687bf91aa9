"""Paragraphs that a PDF broke into lines of one width, put together again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from .dates import DATE
from .document_numbers import normalise_document_number
from .lines import Line
from .numbering import read_marker
from .organisations import names_in
from .titles import LONGEST, is_complete

_FEWEST = 4
_NARROWEST = 15
_WIDEST = 60
# A paragraph's first line lost its indent of two, and half-width digits leave a line uneven.
_UNEVEN = 3
_ENDED = "。;:!?…"
# More than a title has, white space and all.
_LOOKED_AT = LONGEST * 4
# No paragraph ends so, whatever the next line begins with.
_GOES_ON = tuple("第、,和及与或至在对为的是将把被按照(《“‘")
_STANDS_ALONE = re.compile(
    rf"\(?\s?{DATE}\s?\)?$|附件|第\S{{1,7}}[编章节]|[—-]\s?[0-9]{{1,4}}\s?[—-]$"
)


def join_wrapped(lines: list[Line], text: str) -> list[Line]:
    """The lines, with those put together that were broken at the margin; most texts stay as is.

    A text is taken for broken where a good part of its lines have about the same width, break off
    without a mark, and go on below, and hardly any is wider.
    """
    margin = _margin(lines, text)
    if not margin:
        return lines
    paragraphs = [lines[:1]]
    so_far = lines[0]
    for above, line in pairwise(lines):
        if _breaks_off(above, margin) and not _begins(line, so_far, text):
            paragraphs[-1].append(line)
            so_far = _end_of(_joined([so_far, line]))
        else:
            paragraphs.append([line])
            so_far = line
    return [_joined(paragraph) for paragraph in paragraphs]


def _breaks_off(line: Line, margin: float) -> bool:
    return _width(line) >= margin - _UNEVEN and line.shape[-1:] not in _ENDED


def _margin(lines: Sequence[Line], text: str) -> float:
    """The width at which the lines of the text were broken, 0 where they were not."""
    widths = [_width(line) for line in lines]
    wide = Counter(round(width) for width in widths if _NARROWEST < width <= _WIDEST)
    if not wide:
        return 0
    margin = max(wide, key=lambda width: (wide[width] + wide[width + 1], width)) + 1
    full, going_on = 0, 0
    for line, below in pairwise(lines):
        if _width(line) >= margin - _UNEVEN and len(line.text.split()) < 3:
            full += 1
            going_on += _breaks_off(line, margin) and not _begins(below, line, text)
    wider = sum(width > margin + 1 for width in widths)
    broken = full >= max(_FEWEST, len(lines) // 6) and going_on >= 0.5 * full
    return margin if broken and wider <= len(lines) // 20 else 0


def _width(line: Line) -> float:
    """In characters of full width."""
    return sum(0.5 if char.isascii() else 1 for char in line.text)


def _begins(line: Line, above: Line, text: str) -> bool:
    """Whether a line below an open end begins a paragraph all the same."""
    if above.text.endswith(_GOES_ON) or above.shape.endswith(_GOES_ON):
        return False
    indent = text[text.rfind("\n", 0, line.start) + 1 : line.start]
    return bool(
        len(indent.expandtabs(4)) > 1
        or read_marker(line.shape)
        or _STANDS_ALONE.match(line.shape)
        or normalise_document_number(line.text)
        or (names_in(line.text) and len(line.text) > 3)
        or is_complete(above.text)
    )


def _end_of(line: Line) -> Line:
    """The last words of a paragraph, which tell how it ends: no text makes them longer."""
    return replace(line, text=line.text[-_LOOKED_AT:], shape=line.shape[-_LOOKED_AT:])


def _joined(lines: Sequence[Line]) -> Line:
    first, last = lines[0], lines[-1]
    text, shape = [first.text], [first.shape]
    for above, line in pairwise(lines):
        space = " " if above.text[-1:].isascii() and line.text[:1].isascii() else ""
        text += (space, line.text)
        shape += (space, line.shape)
    return Line(first.number, first.start, last.end, "".join(text), "".join(shape))
