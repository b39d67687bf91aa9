"""The address of a policy, made from its document number: lmf-2025-10 for 辽民发〔2025〕10号."""

from __future__ import annotations

import re
from bisect import bisect_right

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
# Words that only frame the numerals of a document number.
_FRAME = re.compile(r"[第号年]")
_LONGEST = 60


def initial_of(character: str) -> str:
    """The first letter of a common character's sound; empty for any other character."""
    try:
        code = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ""
    if not _CODES[0] <= code <= _LAST_CODE:
        return ""
    return _FIRST_CODES[bisect_right(_CODES, code) - 1][1]


def slug_of(document_number: str) -> str:
    """The slug for a document number; empty where it has no letters or no digits to make one."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", document_number)
    parts = []
    for piece in pieces:
        if piece.isdigit():
            parts.append(str(int(piece)) if len(piece) < 9 else piece)
        elif letters := "".join(map(initial_of, _FRAME.sub("", piece))):
            parts.append(letters)
    has_both = any(part.isdigit() for part in parts) and any(part.isalpha() for part in parts)
    return "-".join(parts)[:_LONGEST].strip("-") if has_both else ""
