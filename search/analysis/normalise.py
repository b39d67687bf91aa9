"""One written form for what readers may write in many.

The steps, in order: characters that can't be read go (controls, zero-width, direction marks,
variation selectors, lone surrogates) → NFKC → case folded → simplified characters → one form of
brackets. Index and query both come through here, so a step may lose information but must lose it
the same way on both sides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import opencc

# Categories Cc (without tab and line ends), Cf, Cs, the variation selectors and the non-characters.
UNREADABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e0fff]"
)
BRACKETS_AND_LINE_ENDS = str.maketrans("〔〕【】〖〗[]{}\t\n\r", "()()()()()   ")

# What almost every Chinese text is written with. Each of these becomes exactly one character that
# does not depend on its neighbours, which lets `normalise_with_map` skip over them in one go.
ONE_TO_ONE = re.compile(
    "[\t\n\r -~·‐–—‘’“”\u3000-\u3003\u3005-\u3029\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e]+"
)
# Starters that NFC can join to the character before them although their combining class is 0.
JOINING_STARTERS = re.compile(
    "[\u1160-\u11ff\u09be\u09d7\u0b3e\u0b56\u0b57\u0bbe\u0bd7\u0cc2\u0cd5\u0cd6\u0d3e\u0d57\u0dcf"
    "\u0ddf\u102e\u1b35\U00011127\U0001133e\U00011357\U000114b0\U000114ba\U000114bd\U000115af"
    "\U00011930]"
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text and where each of its characters came from.

    `text[i]` was made from `original[starts[i]:ends[i]]`.
    """

    text: str
    starts: list[int]
    ends: list[int]


def readable(text: str) -> str:
    """The text without characters that no reader can see and that databases refuse (NUL)."""
    return UNREADABLE.sub("", text)


def normalise(text: str) -> str:
    """The one written form of a text."""
    return _one_script(unicodedata.normalize("NFKC", readable(text)).casefold())


def normalise_with_map(text: str) -> Normalised:
    """`normalise(text)`, with the way back to the original. Used to highlight what was found."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _chunks(text):
        piece = unicodedata.normalize("NFKC", readable(text[start:end])).casefold()
        pieces.append(piece)
        if ONE_TO_ONE.fullmatch(text, start, end):
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:
            starts.extend([start] * len(piece))
            ends.extend([end] * len(piece))
    return Normalised(_one_script("".join(pieces)), starts, ends)


def _chunks(text: str) -> Iterator[tuple[int, int]]:
    """Cuts a text where normalising can't reach across: long plain runs, and single clusters."""
    position = 0
    while position < len(text):
        plain = ONE_TO_ONE.match(text, position)
        if plain is not None:
            end = plain.end()
            if end < len(text) and _joins(text[end]):
                end -= 1  # a mark follows: the last letter belongs to it
            if end > position:
                yield position, end
                position = end
                continue
        end = position + 1
        while end < len(text) and _joins(text[end]):
            end += 1
        yield position, end
        position = end


def _joins(character: str) -> bool:
    """Whether NFKC may join this character to the one before it."""
    if UNREADABLE.match(character):
        return True  # it goes, and what follows it may join
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) != 0 or JOINING_STARTERS.match(first) is not None


@cache
def _traditional_to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _one_script(text: str) -> str:
    """Simplified characters, one form of brackets and of white space; the length stays."""
    convert = _traditional_to_simplified().convert
    simplified = convert(text)
    if len(simplified) != len(text):
        # OpenCC looks phrases up. Should one change its length, characters alone keep the map true.
        simplified = "".join(one if len(one := convert(c)) == 1 else c for c in text)
    return simplified.translate(BRACKETS_AND_LINE_ENDS)
