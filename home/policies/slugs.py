"""The address of a policy, made from its document number: lmf-2025-10 for 辽民发〔2025〕10号."""

from __future__ import annotations

import re

from home.pages.slugs import LONGEST, initial_of

# Words that only frame the numerals of a document number.
_FRAME = re.compile(r"[第号年]")


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
    return "-".join(parts)[:LONGEST].strip("-") if has_both else ""
