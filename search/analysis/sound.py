"""How Chinese is pronounced, in pinyin without tones.

Readings come from pypinyin. It is loaded with the first text that needs it (a third of a second).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What many speakers don't tell apart: zh/z ch/c sh/s, and -ng/-n.
FLAT = re.compile("(?<=[zcs])h")
NASAL = re.compile("(?<=n)g(?![aeiou])")


@lru_cache(maxsize=50_000)
def syllables(text: str) -> tuple[str, ...]:
    """The syllable of each character, ü written v. A character without any stands for itself."""
    from pypinyin import lazy_pinyin

    # A list keeps the characters apart; pypinyin's own types don't know.
    return tuple(lazy_pinyin(text, errors=list))  # type: ignore[arg-type]


def blurred(letters: str) -> str:
    """Pinyin as somebody writes it who does not hear the difference: zheng and zen are one."""
    return NASAL.sub("", FLAT.sub("", letters))


def without_tones(letters: str) -> str:
    """Typed pinyin with its tone marks taken off and ü written v: gōngzūfáng is gongzufang."""
    parted = unicodedata.normalize("NFD", letters).replace("u\u0308", "v")
    return "".join(c for c in parted if not unicodedata.combining(c))
