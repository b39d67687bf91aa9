"""Where a numbered paragraph has a heading, and where it ends."""

from __future__ import annotations

import re

from .lines import shape_of

_LONGEST = 30
_LONGEST_LINE = 60
_ENDS = "。;:,、!?.…"
_BOXED = re.compile(r"(?:【[^【】]{1,40}】|\([^()]{2,40}\))")
# What makes a short sentence a rule and not a heading.
_RULE = re.compile(
    r"应当|不得|必须|可以|应由|应有|应为|是指|规定的|由.{1,12}负责|[0-9]\s?(?:元|%|％|周岁|岁|万|人|个|名|日内|天)"
)
_RULE_BEGINS = ("对", "凡", "经", "如", "本办法", "本通知", "本规定", "有下列", "其他", "因", "未")
_LEADS_IN = re.compile(
    r"如下|以下|下列|包括|应(?![用急对])|须|需(?!求)|具备|(?<![主重])要(?![求点件])|是|有(?!关)|为$|符合|提交|的$"
)


def split_heading(words: str, *, family: str, level: int, followed: bool) -> tuple[str, str, str]:
    """Heading, the mark that closes it, and the rest of a clause's first paragraph.

    `followed` says whether further paragraphs or lower clauses belong to it: only then can a line
    that is a single sentence be a heading.
    """
    shape = shape_of(words)
    if family not in ("outline", "dec", "art"):
        return words, "", ""
    if family == "art":
        return _of_article(words, shape, followed)
    if colon := _before_colon(shape, followed):
        return words[:colon], words[colon], words[colon + 1 :].lstrip()
    if shape and shape[-1] not in _ENDS and len(shape) <= _LONGEST_LINE and "。" not in shape:
        # A bare line is a heading; a bare item at the bottom of a list is only its words.
        return (words, "", "") if followed or level < 3 else ("", "", words)
    stop = shape.find("。", 0, _LONGEST_LINE + 40)
    if stop <= 0:
        return "", "", words
    rest = words[stop + 1 :].lstrip()
    if not (rest or followed) or not _is_heading(shape[:stop]):
        return "", "", words
    return words[:stop], words[stop], rest


def _is_heading(shape: str) -> bool:
    bare = re.sub(r"\([^()]{1,40}\)", "", shape)
    parts = bare.split(",")
    return (
        1 < len(bare) <= _LONGEST
        and not any(mark in bare for mark in ";:!?")
        and len(parts) <= 3
        and (len(parts) == 1 or max(map(len, parts)) <= 14)
        and not bare.startswith(_RULE_BEGINS)
        and not bare.endswith(("的", "者"))
        and not _RULE.search(bare)
    )


def _before_colon(shape: str, followed: bool) -> int:
    """The offset of the colon after a heading such as 目标任务:到2025年…, 0 where there is none."""
    colon = shape.find(":", 0, 13)
    if colon < 2 or (colon == len(shape) - 1 and not followed):
        return 0
    head = shape[:colon]
    if _LEADS_IN.search(head) or not re.fullmatch(r"[\u4e00-\u9fff、]+", head):
        return 0
    return colon


def _of_article(words: str, shape: str, followed: bool) -> tuple[str, str, str]:
    """第一条【目的】… and 第一条(目的)…, or a short line above the article's paragraphs."""
    boxed = _BOXED.match(shape)
    if boxed and shape[0] == "【":
        return words[: boxed.end()], "", words[boxed.end() :].lstrip()
    if boxed and (boxed.end() == len(shape) or shape[boxed.end()].isspace()):
        return words[: boxed.end()], "", words[boxed.end() :].lstrip()
    if followed and shape and shape[-1] not in _ENDS and len(shape) <= 24 and "。" not in shape:
        return words, "", ""
    return "", "", words
