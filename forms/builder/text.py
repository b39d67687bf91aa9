"""The normal form of what a person types.

Unicode NFC; line ends are "\\n"; control characters are gone (tabs and line breaks stay in long
text and become spaces in short text); white space at both ends is gone. Nothing else is changed.
What was damaged on its way (lone surrogates, U+FFFD in the place of bytes that were not UTF-8) is
refused: we would store something else than was meant.
"""

from __future__ import annotations

import unicodedata

from forms.vault.normal import normalised

SHORT_LIMIT = 200
LONG_LIMIT = 5_000
REPLACEMENT = "\ufffd"


class Damaged(ValueError):
    """The text can't be what was typed."""


def clean_text(value: str, *, lines: bool = False) -> str:
    """The normal form; `lines` keeps line breaks and tabs. Raises Damaged."""
    if REPLACEMENT in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise Damaged
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        character
        for character in text
        if character in "\n\t" or unicodedata.category(character) != "Cc"
    )
    if not lines:
        kept = kept.replace("\n", " ").replace("\t", " ")
    return normalised("NFC", kept).strip()
