"""Document numbers (发文字号): 辽民发〔2025〕10号, whatever brackets they were typed with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .lines import shape_of

# GB/T 9704-2012, 7.2.5: the year in full, in six-corner brackets; no 第, no leading zero.
_YEAR = re.compile(
    r"[〔\[(【〈<{﹝「]\s{0,3}((?:19|20)[0-9]{2})\s{0,3}年?\s{0,3}[〕\])】〉>}﹞」]"
    r"\s{0,3}(第?)\s{0,3}([0-9]{1,6})\s{0,3}号"
)
_PREFIX = re.compile(r"[\u4e00-\u9fff×〇]{1,16}\s{0,3}$")
# Words that lead up to a number in a sentence and are no part of it.
_LEAD_IN = re.compile(
    r".{0,16}(?:根据|按照|依据|依照|遵照|贯彻|落实|印发的?|转发的?|下发的?|发布的?|执行|参照|参见|详见|"
    r"以下简称|文号|字号|编号|文件|通知|意见|办法|规定|[的以与和及或了见由将据按原即])"
)
_ORDER = re.compile(
    r"(?:中华人民共和国)?([\u4e00-\u9fff]{1,24}(?:令|公告|通告))\s{0,6}"
    r"((?:19|20)[0-9]{2}年)?\s{0,3}第\s{0,3}([0-9]{1,6})\s{0,3}号"
)


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A document number in a text: its span, as printed, and in its normal form."""

    start: int
    end: int
    printed: str
    normal: str

    @property
    def wrong_brackets(self) -> bool:
        return "〔" not in self.printed or "〕" not in self.printed

    @property
    def wrong_form(self) -> bool:
        """Right brackets, but white space, 第 or leading zeros inside."""
        return not self.wrong_brackets and self.printed != self.normal


def find_document_numbers(text: str) -> Iterator[FoundNumber]:
    """Every document number in the text, in order.

    In running text the prefix ends where a verb or a mark does; where neither stands before it,
    the longest plausible prefix is taken.
    """
    shape = shape_of(text)
    floor = 0
    for found in _YEAR.finditer(shape):
        before = _PREFIX.search(shape, max(floor, found.start() - 19), found.start())
        if before:
            start = before.start()
            lead_in = _LEAD_IN.match(shape, start, found.start())
            # "见发〔2025〕1号" keeps its 发: a lead-in never leaves the prefix empty.
            if lead_in and shape[lead_in.end() : found.start()].strip():
                start = lead_in.end()
            prefix = shape[start : found.start()].strip()
            year, _, serial = found.groups()
            yield FoundNumber(
                start,
                found.end(),
                text[start : found.end()],
                f"{prefix}〔{year}〕{int(serial)}号",
            )
        floor = found.end()


def normalise_document_number(text: str) -> str | None:
    """The normal form where the text is one document number and nothing else, else None.

    Orders and announcements that are numbered without a year in brackets keep their own form:
    国务院令第649号, 民政部公告第500号.
    """
    words = text.strip().strip("()（）").strip()
    if len(words) > 60:
        return None
    shape = shape_of(words)
    found = _YEAR.search(shape)
    if found and found.end() == len(shape):
        prefix = "".join(shape[: found.start()].split())
        if re.fullmatch(r"[\u4e00-\u9fff×〇]{1,16}", prefix):
            return f"{prefix}〔{found[1]}〕{int(found[3])}号"
        return None
    order = _ORDER.fullmatch(shape)
    return order_number(order) if order else None


def find_order_number(text: str) -> str | None:
    """The first number of an order in a line such as 2014年2月21日国务院令第649号公布."""
    found = _ORDER.search(shape_of(text[:400]))
    return order_number(found) if found else None


def order_number(found: re.Match[str]) -> str:
    # "2014年2月21日国务院令": the date's last character is no part of the name.
    body = (found[1].rpartition("日")[2] or found[1]).removeprefix("中华人民共和国")
    return f"{body}{found[2] or ''}第{int(found[3])}号"
