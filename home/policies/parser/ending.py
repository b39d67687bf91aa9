"""What stands below the text: signatures, dates, notes, the printer's box, attachments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .dates import DATE, chinese_number, read_date
from .lines import Line, squash
from .organisations import is_person, names_in, signed_and_dated

_DATE_ONLY = re.compile(rf"\(?\s{{0,4}}{DATE}\s{{0,4}}\)?(?:\s{{0,4}}\([^()]{{1,8}}\))?$")
_ENDS_OF_DATES = ("日", ")", *"0123456789")
_NOTE = re.compile(
    r"\((?:此件|此文|本文|此页|主动公开|依申请公开|不予公开|公开方式|信息公开|联系人|联系电话|联系单位)"
    r"[^()]{0,200}(?:\([^()]{0,60}\)[^()]{0,100}){0,4}\)?$"
)
_SEAL = re.compile(r"\((?:盖章|印章|公章|代章|章|印)\)$")
_IN_BRACKETS = re.compile(r"\([^()]{1,300}\)$")
_IMPRINT = re.compile(
    r"(?:抄送|分送|抄报|主题词|共印|印数|印发机关|承办单位|承办处室|打字|校对)\s{0,4}[:\s]"
    r"|\(?共印\s?[0-9]{1,6}\s?份\)?$|—\s?[0-9]{1,4}\s?—$"
)
_PRINTED = re.compile(rf"[^。;]{{2,60}}?\s{{0,60}}{DATE}\s?印发?$")
_CLOSING = re.compile(
    r"(?:特此(?:通知|公告|通告|通报|批复|函复|函告|函达|报告|复函|说明|请示|公布)|此复|专此|此令|现予公布)[。!]?$"
    r"|以上(?:意见|报告|请示|妥否|当否|方案|规定)?.{0,20}(?:请批示|请审批|请批转|请审议|请予审批)"
    r".{0,40}[。!]?$"
)
# What a web page prints around a document, each word of it on a line of its own or with others.
_BUTTON = (
    r"打印(?:本页|本文|此页)?|关闭(?:窗口|本页|页面|此页)?|返回(?:顶部|上页|列表|首页)?|收藏(?:本站|本页)?|网站地图|"
    r"字号|字体|大|中|小|分享到?|微信|微博|新浪微博|qq|朋友圈|复制链接|下载|朗读|无障碍|我要纠错|繁体|简体"
)
_BETWEEN = r"[【】\[\]()|｜/·:\s]{0,6}"
_BUTTONS = re.compile(rf"(?:{_BETWEEN}(?:{_BUTTON})){{1,12}}{_BETWEEN}$", re.IGNORECASE)
_FURNITURE = re.compile(
    r"[【\[(]?\s?(?:打印(?:本页|本文|此页)?|关闭(?:窗口|本页|页面)?|返回顶部|收藏本站|网站地图)\s?[】\])]?(?:\s|$)"
    r"|[【\[]?(?:上一[篇条页]|下一[篇条页]|相关(?:链接|附件|解读|文档|文章|文件|新闻|政策|阅读)|附件下载|分享到?|"
    r"政策解读|解读链接|主办(?:单位)?|承办单位|技术支持|版权所有|网站标识码|责任编辑|网站编辑|您是第)\s?[】\]]?\s{0,4}:"
    r"|扫一扫|您是第[0-9]|版权所有|网站标识码|.{0,30}ICP备|.{0,30}公网安备|-->|<!--"
    r"|(?:上一[篇条]|下一[篇条])\s",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(?:联系|咨询|举报|监督|承办|经办|邮寄|通讯|通信)?(?:单位|部门|人|方式|电话|地址|邮编|邮箱|传真|处室)?"
    r"(?:及|和|、)?(?:联系|咨询)?(?:单位|人|方式|电话|地址|邮编|邮箱|传真)\s{0,6}[:\s]"
)
# Who was there, at the end of minutes (会议纪要).
_PRESENT = re.compile(
    r"(?:出席|列席|参加|参会|缺席|请假|主持|记录|整理)(?:会议)?(?:人员|单位|人|领导)?\s{0,4}[:]\s?\S"
)
_LISTED = re.compile(
    r"[-*•·]?\s{0,4}(?P<word>附\s{0,3}(?:件|表|录|图)|附)\s{0,3}"
    r"(?P<number>[0-9]{1,3}|[一二三四五六七八九十]{1,3})?\s{0,3}(?P<sep>[:.、]|\s)\s{0,20}(?P<rest>\S.{0,1999})$"
)
_MARK = re.compile(
    r"[【(]?\s?(?:附\s{0,3}(?:件|表|录|图)|附(?=\s{0,3}:$))\s{0,3}"
    r"(?P<number>[0-9]{1,3}|[一二三四五六七八九十]{1,3})?(?:[-—][0-9]{1,3})?\s{0,3}[:.、]?\s?[】)]?$"
)
_ENTRY = re.compile(r"[-*•·]?\s{0,4}(?P<number>[0-9]{1,3})\s?[.、)]\s{0,8}(?P<name>\S.{0,1999})$")
_LONGEST_NAME = 150


@dataclass(frozen=True, slots=True)
class Signed:
    """A line of a signature: the names on it and the date, where it has one."""

    names: tuple[str, ...]
    day: date | None


def is_date_line(line: Line) -> bool:
    return date_on(line) is not None


def date_on(line: Line) -> date | None:
    """The date where the line is one and nothing else, its characters apart or not."""
    if len(line.shape) >= 60 or not line.text or not line.shape.endswith(_ENDS_OF_DATES):
        return None
    for shape in (line.shape, squash(line.text)):
        if _DATE_ONLY.match(shape) and (day := read_date(shape)):
            return day
    return None


def find_signatures(lines: Sequence[Line], start: int) -> dict[int, Signed]:
    """Lines from `start` on that are dates, and the names of bodies right above them."""
    signed: dict[int, Signed] = {}
    for index in range(start, len(lines)):
        line = lines[index]
        if is_date_line(line):
            signed[index] = Signed((), date_on(line))
        elif both := signed_and_dated(line.text):
            signed[index] = Signed(both[0], read_date(line.shape[both[1] :]))
        else:
            continue
        above = index - 1
        while above >= start and above not in signed:
            names = names_in(lines[above].text)
            sealed = bool(_SEAL.match(lines[above].shape))
            if names is None and not sealed and not is_person(lines[above].text):
                break
            signed[above] = Signed(names or (), None)
            above -= 1
    return signed


def kind_below(line: Line, *, ended: bool) -> str:
    """The kind of a line that can only stand below the text, or "".

    `ended` says whether the text is over: a line in brackets is a note only then, unless its words
    say so themselves.
    """
    shape = line.shape
    if len(shape) > 400:
        return ""
    if _IMPRINT.match(shape) or (shape.endswith(("印发", "印")) and _PRINTED.match(shape)):
        return "imprint"
    if shape[0] == "(" and (_NOTE.match(shape) or (ended and _IN_BRACKETS.match(shape))):
        return "note"
    if _CLOSING.match(shape):
        return "closing"
    if is_furniture(line):
        return "furniture"
    if _PRESENT.match(shape) or (ended and len(shape) <= 120 and _CONTACT.match(shape)):
        return "note"
    return ""


def is_furniture(line: Line) -> bool:
    """Whether a line belongs to the web page around the document: 打印 关闭 分享到 …"""
    shape = line.shape
    return 1 < len(shape) <= 80 and bool(_BUTTONS.match(shape) or _FURNITURE.match(shape))


def attachment_mark(line: Line) -> int | None:
    """The number where the line is 附件 or 附件1 and nothing else (0 without a number), or None."""
    found = _MARK.match(line.shape) if len(line.shape) < 30 else None
    if not found:
        return None
    return (chinese_number(found["number"]) or 0) if found["number"] else 0


def attachments_listed(line: Line) -> list[tuple[int, str]]:
    """Number and name of each attachment in a line such as 附件:1.某某表, if it is one."""
    if len(line.shape) > 2000 or not (found := _LISTED.match(line.shape)):
        return []
    if found["sep"] != ":" and (found["word"] == "附" or "。" in found["rest"].rstrip("。")):
        return []
    rest = line.text[found.start("rest") :]
    if "。" in rest.rstrip("。") and len(rest) > _LONGEST_NAME:
        return []
    number = (chinese_number(found["number"]) or 0) if found["number"] else 0
    if not number and _ENTRY.match(found["rest"]):
        return _split_entries(rest, found["rest"])
    return [(number, clean_name(rest))]


def attachment_entry(line: Line, after: int) -> list[tuple[int, str]]:
    """The entries of a line that goes on with a list whose last number was `after`."""
    found = _ENTRY.match(line.shape) if len(line.shape) <= 2000 else None
    if not found or int(found["number"]) != after + 1 or "。" in found["name"].rstrip("。"):
        return []
    begin = found.start("number")
    return _split_entries(line.text[begin:], line.shape[begin:])


def _split_entries(text: str, shape: str) -> list[tuple[int, str]]:
    """1.某某表 2.某某册 on one line; a number that doesn't follow is part of the name."""
    entries: list[tuple[int, int, int]] = []
    for found in re.finditer(r"(?:^|(?<=[\s;,。]))([0-9]{1,3})\s?[.、)]\s{0,8}(?=\S)", shape):
        number = int(found[1])
        if not entries or number == entries[-1][0] + 1:
            entries.append((number, found.start(), found.end()))
    ends = [start for _, start, _ in entries[1:]] + [len(text)]
    return [
        (number, clean_name(text[begin:end]))
        for (number, _, begin), end in zip(entries, ends, strict=True)
    ]


def clean_name(name: str) -> str:
    """An attachment's name without end punctuation and (略)."""
    return re.sub(r"[(（]略[)）]$", "", name.strip().rstrip("。；;，,、")).strip()
