"""The input as lines that remember where they stood."""

from __future__ import annotations

from dataclasses import dataclass

# Characters without width that copying from a page or a PDF brings along.
_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"
# One character for one, so that an offset in the shape is an offset in the text.
_SHAPE = str.maketrans(
    "（）﹙﹚．：﹕；，！？［］／､－０１２３４５６７８９\u3000\u00a0" + _INVISIBLE,
    "()().::;,!?[]/、-0123456789  " + " " * len(_INVISIBLE),
)
_VISIBLE = {ord(char): None for char in _INVISIBLE}


@dataclass(frozen=True, slots=True)
class Line:
    """A line that isn't white space: its number, its span in the input, and two views of it.

    Several lines that a PDF made of one paragraph are one (wrapping.py).

    `text` is what was typed, without the white space around it. `shape` has the same length, with
    half-width digits and marks, and is what patterns are matched against.
    """

    number: int
    start: int
    end: int
    text: str
    shape: str


def shape_of(text: str) -> str:
    """The same text with half-width brackets, digits and marks, character by character."""
    return text.translate(_SHAPE)


def squash(text: str) -> str:
    """The text without white space and invisible characters, marks half-width: for comparing."""
    return "".join(text.translate(_VISIBLE).translate(_SHAPE).split())


def split_lines(text: str) -> list[Line]:
    """Every line of the text that holds something."""
    lines = []
    start = 0
    for number, raw in enumerate(text.splitlines(keepends=True), 1):
        seen = raw.strip()
        if seen:
            offset = start + len(raw) - len(raw.lstrip())
            words = seen.strip(_INVISIBLE + " \t\u3000")
            lines.append(Line(number, offset, offset + len(seen), words, shape_of(words)))
        start += len(raw)
    return lines
