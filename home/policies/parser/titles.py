"""Titles: which lines make one, and what they name."""

from __future__ import annotations

import re

from .lines import Line, shape_of, squash

_KIND = (
    "通知|意见|办法|方案|规定|决定|决议|公告|通告|通报|公报|报告|请示|批复|复函|函|纪要|令|细则|"
    "条例|规划|计划|要点|措施|制度|标准|规范|指南|清单|议案|预案|规程|规则|章程|纲要|说明|答复|"
    "解释|解读|准则|通则|大纲|须知|目录|指引|指标|名单|协议|倡议书|公约|守则|分工|安排|程序|"
    "流程|汇编|表|法"
)
_ENDS = re.compile(rf"(?:{_KIND})(?:\([^()]{{1,30}}\))?$")
# "关于全面推行行政执法公示制度" goes on below; "关于…的若干意见" is whole.
_ENDS_ABOUT = re.compile(rf"(?:的.{{0,6}}(?:{_KIND})|通知|复函|》)(?:\([^()]{{1,30}}\))?$")
_NAMED = re.compile(r"《([^《》]{2,120})》")
DEEDS = ("关于", "印发", "转发", "批转")
_VERSION = (
    r"\((?:试行|暂行|草案|征求意见稿|修订|修订版|[0-9]{4}年(?:版|修订)?|[0-9]{4}版|"
    r"[0-9]{4}年?[-—~至]{1,2}[0-9]{4}年?)\)"
)
_CARRIES_ON = re.compile(rf"(?:的|》|\)|〉|>|{_VERSION}$)")
LONGEST = 160
MOST_LINES = 6


def is_complete(title: str) -> bool:
    """Whether a title ends as titles do, in a kind of document, with its brackets closed."""
    shape = squash(title)[-LONGEST * 2 :]
    ends = _ENDS_ABOUT if any(word in shape for word in DEEDS) else _ENDS
    return (
        bool(ends.search(shape))
        and shape.count("《") == shape.count("》")
        and shape.count("(") == shape.count(")")
    )


def carries_on(line: Line) -> bool:
    """Whether a line can only be the rest of the one before it."""
    return bool(_CARRIES_ON.match(line.shape))


def is_version(line: Line) -> bool:
    """Whether a line is (试行) and the like, which belongs to the title above it."""
    return bool(re.fullmatch(_VERSION, line.shape))


def join_title(lines: list[Line]) -> str:
    """The title that stands on these lines: names of bodies apart by a space, words closed up."""
    out = ""
    for line in lines:
        words = _closed_up(line.text)
        begins = line.shape.startswith(("关于", "印发", "转发", "批转"))
        names_above = bool(re.search("[厅局委办院会部署社室联府行]$", out))
        out += (" " if out and names_above and not begins and "关于" not in out else "") + words
    return out


def _closed_up(words: str) -> str:
    """The words without the spaces that set every character apart: 关 于 公 布 的 公 告."""
    pieces = words.split()
    return "".join(pieces) if len(pieces) > 3 and max(map(len, pieces)) == 1 else words


def named_in(title: str) -> set[str]:
    """What a title names in 《》, for comparing with squash(): the text a notice forwards."""
    return {squash(name) for name in _NAMED.findall(shape_of(title))}


def same_name(one: str, other: str) -> bool:
    """Whether two names differ in brackets, marks and white space at most."""
    return bare_name(one) == bare_name(other)


def bare_name(name: str) -> str:
    """A name for comparing: without white space and the marks around it."""
    return squash(name).strip("《》。;")


def letters(text: str) -> str:
    """The text's characters without marks, brackets and white space."""
    return "".join(char for char in text if char.isalnum())
