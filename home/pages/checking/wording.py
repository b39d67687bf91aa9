"""Words and marks that no finished text has. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from home.pages.checking.numbers import Found

_PLACEHOLDER = re.compile(
    r"待填写?|待补充|待完善|待定稿|此处填写|请在此输入|占位"
    r"|(?<![A-Za-z0-9])(?:TODO|TBD|FIXME|lorem ipsum)(?![A-Za-z])"
    r"|(?<![A-Za-z0-9])[Xx]{2,}(?![A-Za-z0-9])|[Ｘ]{2,}|_{3,}|＿{2,}",
    re.I,
)
# 王某某 is a name made unrecognisable and in its place; 某某单位 was to be filled in.
_SOMEBODY = re.compile(
    r"(?<![\u4e00-\u9fff])某某|某某(?=[\u4e00-\u9fff]*(?:单位|部门|局|厅|市|县|区|街道|村|学校|同志|领导))|某某某"
)
_HAN = r"[\u4e00-\u9fff]"
_PAIRS = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", "(": "（", ")": "）"}
_HALF = re.compile(rf"(?<={_HAN})[,;:?!](?={_HAN})|(?<={_HAN})\((?={_HAN})|(?<={_HAN})\)")


def find_placeholders(text: str) -> Iterator[Found]:
    """Words that were meant to be replaced: 待填, XX, 某某单位, ____."""
    for pattern in (_PLACEHOLDER, _SOMEBODY):
        for found in pattern.finditer(text):
            yield Found(found.start(), found.end(), found[0][:12])


def find_mixed_punctuation(text: str) -> Iterator[Found]:
    """Half-width marks between Chinese characters where the same text also has the full-width one.

    A text that keeps to one of the two is left alone: the department's own site prints half-width.
    """
    for found in _HALF.finditer(text):
        if _PAIRS[found[0]] in text:
            yield Found(
                found.start(), found.end(), text[max(0, found.start() - 6) : found.end() + 6]
            )
