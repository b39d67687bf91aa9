"""Normal forms of the numbers people are found by (domain.md 7)."""

from __future__ import annotations

import re
import unicodedata

# People write numbers with spaces, dashes and brackets, in full width, and paste them with
# invisible characters.
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[0-9]{2,3}[0-9]{7,8}")
_COUNTRY = re.compile(r"^(?:\+|00)86")


def _bare(value: str) -> str:
    text = unicodedata.normalize("NFKC", value)
    return "".join(
        character
        for character in text
        if unicodedata.category(character)[0] in "LN" or character == "+"
    ).upper()


def normalise_phone(value: str) -> str:
    """Digits alone, without the country's: "+86 138-0013-8000" is 13800138000."""
    text = _bare(value)
    without = _COUNTRY.sub("", text)
    if without != text and not without.startswith(("0", "1")):
        # Abroad the trunk zero of a landline is left out: +86 24 … is 024 ….
        return "0" + without
    if without == text and len(text) == 13 and text.startswith("861"):
        return text[2:]
    return without


def is_phone(normal: str) -> bool:
    """Whether this normal form is a mobile or landline number of the mainland."""
    return bool(_MOBILE.fullmatch(normal) or _LANDLINE.fullmatch(normal))


def normalise_identity(value: str) -> str:
    """Letters and digits alone, in capitals: "11010519491231002x" ends with X."""
    return _bare(value).replace("+", "")
