"""Dates as official documents print them, and the stages that headings set."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date

from .document import ParsedClause, ParsedStage
from .lines import shape_of

_ZEROS = "零〇○Ｏ◯Oo0"
_DIGITS = {char: str(value) for value, char in enumerate("零一二三四五六七八九")}
_DIGITS.update(dict.fromkeys(_ZEROS, "0"))
_IN_DIGITS = (
    r"[0-9]{4}\s{0,2}[年\-/.]\s{0,2}[0-9]{1,2}\s{0,2}"
    r"[月\-/.]\s{0,2}[0-9]{1,2}(?![0-9])(?:\s{0,2}日)?"
)
_IN_WORDS = (
    rf"[一二三四五六七八九{_ZEROS}]{{4}}\s?年\s?[一二三四五六七八九十元正]{{1,2}}\s?月"
    r"\s?[一二三四五六七八九十]{1,3}\s?日"
)
DATE = rf"(?:{_IN_DIGITS}|{_IN_WORDS})"
_DATE = re.compile(rf"(?P<digits>{_IN_DIGITS})|{_IN_WORDS}")
_MONTH = r"([0-9]{4})年([0-9]{1,2})月(?:[0-9]{1,2}日)?"
_STAGE = re.compile(
    rf"^(.{{1,60}}?)\s?\({_MONTH}(?:初|起)?\s?(?:至|到|—{{1,2}}|-|~|～|–|―)\s?"
    r"(?:([0-9]{4})年)?([0-9]{1,2})月(?:[0-9]{1,2}日)?(?:底|末)?(?:前)?\)"
)


def chinese_number(text: str) -> int | None:
    """The value of 十二, 二十, 一百零五, 一〇五 or 12; None where it is none."""
    if text.isascii() and text.isdigit():
        return int(text)
    if all(char in _DIGITS for char in text) and text:
        return int("".join(_DIGITS[char] for char in text))
    total, digit, last_unit = 0, None, 10_000
    for char in text:
        if char in "十百千":
            unit = {"十": 10, "百": 100, "千": 1000}[char]
            if unit >= last_unit or digit == 0 or (digit is None and unit != 10):
                return None
            total += (1 if digit is None else digit) * unit
            digit, last_unit = None, unit
        elif char in _DIGITS:
            if digit:
                return None
            digit = int(_DIGITS[char])
        else:
            return None
    return total + (digit or 0) if text else None


def chinese_numeral(value: int) -> str:
    """1 to 9999 as it is printed in front of a clause: 一, 十二, 一百零五."""
    digits = "零一二三四五六七八九"
    out, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit:
            out += ("零" if gap and out else "") + digits[digit] + name
        gap = not digit
    return out.removeprefix("一") if out.startswith("一十") else out


def read_date(text: str) -> date | None:
    """The first date in the text that the calendar knows."""
    found = _DATE.search(shape_of(text))
    if not found:
        return None
    printed = re.sub(r"\s", "", found.group())
    if found["digits"]:
        year, month, day = (int(part) for part in re.findall(r"[0-9]+", printed))
    else:
        parts = re.split("[年月日]", printed)
        numbers = [
            chinese_number(part.replace("元", "一").replace("正", "一")) for part in parts[:3]
        ]
        if None in numbers:
            return None
        year, month, day = (number or 0 for number in numbers)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_stages(clauses: Iterable[ParsedClause]) -> tuple[ParsedStage, ...]:
    """The stages that headings set, such as 部署启动阶段(2024年12月至2025年3月底), in order."""
    stages = []
    for clause in clauses:
        found = _STAGE.match(shape_of(clause.heading))
        if not found:
            continue
        first_year, first_month, year, last_month = found.groups()[1:]
        last_year = int(year or first_year)
        if not (1 <= int(first_month) <= 12 and 1 <= int(last_month) <= 12 and int(first_year)):
            continue
        if (last_year, int(last_month)) < (int(first_year), int(first_month)):
            continue
        last_day = calendar.monthrange(last_year, int(last_month))[1]
        stages.append(
            ParsedStage(
                clause.key,
                clause.heading[: found.end(1)],
                date(int(first_year), int(first_month), 1),
                date(last_year, int(last_month), last_day),
            )
        )
    return tuple(stages)
