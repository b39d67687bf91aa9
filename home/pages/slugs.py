"""Addresses (网址) for pages whose editor gives none: ASCII, short, and free below their parent.

A Chinese title leaves nothing for an address in Latin letters, so its sounds stand in: the first
letter of each character's pinyin.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import count
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.text import slugify

if TYPE_CHECKING:
    from wagtail.models import Page

# GB 2312 orders its 3,755 common characters by their sound, so that the first code of each initial
# is all there is to know. The rarer ones after D7F9 stand in order of their radicals.
_FIRST_CODES = (
    (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"),
    (0xB8C1, "g"), (0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"),
    (0xC4C3, "n"), (0xC5B6, "o"), (0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"),
    (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"), (0xD1B9, "y"), (0xD4D1, "z"),
)  # fmt: skip
_CODES = [code for code, _letter in _FIRST_CODES]
_LAST_CODE = 0xD7F9
LONGEST = 50


def initial_of(character: str) -> str:
    """The first letter of a common character's sound; empty for any other character."""
    try:
        code = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not _CODES[0] <= code <= _LAST_CODE:
        return ""
    return _FIRST_CODES[bisect_right(_CODES, code) - 1][1]


def slug_of_words(words: str) -> str:
    """The words as they are where they are Latin, and by their initials where they are Chinese.

    Empty where neither gives a letter or a digit.
    """
    pieces = re.findall(r"[\x00-\x7f]+|[^\x00-\x7f]+", words)
    parts = [
        slugify(piece) if piece.isascii() else "".join(map(initial_of, piece)) for piece in pieces
    ]
    return "-".join(filter(None, parts))[:LONGEST].strip("-_")


def slug_of_today() -> str:
    """For a title of which nothing can be spelt: the day, as 20260102."""
    return timezone.localdate().strftime("%Y%m%d")


def free_slug(base: str, parent: Page | None, page: Page | None = None) -> str:
    """The slug, or the first of slug-2, slug-3 … that no other page below the parent has."""
    if parent is None:
        return base
    siblings = parent.get_children()
    if page is not None and page.pk:
        siblings = siblings.not_page(page)
    # Nearly always it is free, and that is a look into an index; what begins alike is a search.
    if not siblings.filter(slug=base).exists():
        return base
    # One query however many of the numbers are taken.
    taken = set(
        siblings.filter(slug__startswith=base[: LONGEST - 8]).values_list("slug", flat=True)
    )
    endings = (f"-{number}" for number in count(2))
    numbered = (base[: LONGEST - len(ending)].rstrip("-_") + ending for ending in endings)
    return next(slug for slug in numbered if slug not in taken)
