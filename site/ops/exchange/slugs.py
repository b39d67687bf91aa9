"""ASCII addresses for pages that come by the thousand (docs/decisions/0008-addresses.md)."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.utils.text import slugify

# Where the characters of GB/T 2312, level 1, begin with which letter: they are ordered by sound.
_FIRST_OF_LETTER = (
    (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"),
    (0xB8C1, "g"), (0xB9FE, "h"), (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"),
    (0xC4C3, "n"), (0xC5B6, "o"), (0xC5BE, "p"), (0xC6DA, "q"), (0xC8BB, "r"), (0xC8F6, "s"),
    (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"), (0xD1B9, "y"), (0xD4D1, "z"), (0xD7FA, ""),
)  # fmt: skip
_NUMBER = re.compile(r"(?P<prefix>[^〔\d]*)〔(?P<year>\d{4})〕(?P<serial>\d+)号")
_ORDER = re.compile(r"(?P<prefix>\D*?)(?:(?P<year>\d{4})年)?第(?P<serial>\d+)号")
_LONGEST = 60


def initials(words: str) -> str:
    """The first letters of how the characters sound: lmf for 辽民发. Rare ones are left out."""
    return "".join(_initial(char) for char in words)


def _initial(char: str) -> str:
    try:
        code = int.from_bytes(char.encode("gb2312"))
    except UnicodeEncodeError:
        return ""
    letter = ""
    for first, name in _FIRST_OF_LETTER:
        if code < first:
            return letter
        letter = name
    return ""


def policy_slug(document_number: str) -> str:
    """lmf-2025-10 for 辽民发〔2025〕10号; empty for what is no number."""
    found = _NUMBER.fullmatch(document_number) or _ORDER.fullmatch(document_number)
    if not found:
        return ""
    parts = (initials(found["prefix"]), found["year"], str(int(found["serial"])))
    return "-".join(part for part in parts if part)


def id_slug(external_id: str) -> str:
    """The external id as an address, where it has letters or digits that an address can hold."""
    return slugify(external_id)[:_LONGEST].strip("-_")


def free_slug(wanted: str, taken: Collection[str]) -> str:
    """The slug that is wanted, or the same with the first number behind it that nobody has."""
    if wanted not in taken:
        return wanted
    number = 2
    while (slug := f"{wanted}-{number}") in taken:
        number += 1
    return slug
