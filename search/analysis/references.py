"""Document numbers and dates, found in normalised text and made into single tokens.

A document number (发文字号) is written in many ways: 辽民发〔2025〕10号, 辽民发2025 10号,
辽民发(2025)10, 2025年10号. Its tokens are ASCII and Chinese letters and digits only, so that every
engine keeps them whole:

    n2025x10          year and number
    n民发2025x10      the same with the last 2 to 6 characters of the issuer's word: where the word
                      begins can't be seen in running text (根据辽民发〔2025〕10号)
    nx10  n民发x10    without the year, as in "10号文" and "辽民发10号"
    klnx19            a code: LN-19, LN19, ln 019
    d20250208  d202502  d2025  m0208      a day, its month, its year, the day without the year
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

DIGITS = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}
# How issuers' words end (GB/T 9704-2012: 机关代字): 国办发, 辽政办规, 民儿函, 国办秘函 …
ISSUER = r"[\u4e00-\u9fff]{0,7}[发函办字规令通复告]"
# What often stands right before an issuer's word in running text, and in questions.
BEFORE_ISSUER = re.compile(
    r".*(?:根据|依据|按照|依照|参照|执行|贯彻|落实|印发|转发|废止|修订|修改|关于|请问|查找|搜索|文件|通知|以及|见|查|找|和|与|及|的)"
)
# What is counted: 3岁, 0-3岁, 2000元. (Years and days of the month are dates.)
MEASURES = "周岁|岁|个月|个|元|块|万|天|小时|分钟|人|名|户|次|届|条|项|位|口"
QUANTITY = re.compile(
    rf"(?<![\da-z])(?:\d{{1,5}}\s*[-~—至到]\s*)?(?P<number>\d{{1,5}})\s*(?P<measure>{MEASURES})"
)
NUMERALS = "零一二三四五六七八九"
PLACES = ("", "十", "百", "千", "万")
YEAR = r"(?:19|20)\d\d"
CHINESE_YEAR = r"[一二][零〇○一二三四五六七八九]{3}"
CHINESE_NUMBER = r"[一二三四五六七八九十]{1,3}"

REFERENCE = re.compile(
    rf"""
    (?<!\d)(?P<y>{YEAR})(?:\s*年\s*(?P<m>\d{{1,2}})\s*月\s*(?P<d>\d{{1,2}})\s*[日号]
                         |[-./](?P<m2>\d{{1,2}})[-./](?P<d2>\d{{1,2}})(?!\d))
    |(?P<cy>{CHINESE_YEAR})年(?P<cm>{CHINESE_NUMBER})月(?:(?P<cd>{CHINESE_NUMBER})日)?
    |(?P<issuer>{ISSUER})?\s*\(\s*(?P<ny>{YEAR})\s*\)\s*第?\s*(?P<no>\d{{1,5}})\s*(?P<hao>号)?
    |(?P<issuer2>{ISSUER})\s*(?P<ny2>{YEAR})(?!\d)\s*年?\s*[-—]?\s*第?\s*(?P<no2>\d{{1,5}})(?!\d)
        \s*(?!月)号?
    |(?<!\d)(?P<ny3>{YEAR})\s*年?\s*第?\s*(?<!\d)(?P<no3>\d{{1,5}})\s*号
    |(?<!\d)(?P<py>{YEAR})\s*年(?:\s*(?P<pm>\d{{1,2}})\s*月)?
    |(?<!\d)(?P<om>\d{{1,2}})\s*月\s*(?P<od>\d{{1,2}})\s*[日号]
    |(?P<issuer4>{ISSUER})\s*第?(?P<no4>\d{{1,5}})\s*号
    |(?<!\d)(?P<no5>\d{{1,5}})\s*号\s*(?:文件|文)
    |(?<![a-z\d])(?P<code>[a-z]{{1,4}})[-_ ]?(?P<no6>\d{{1,4}})(?![a-z\d])
    """,
    re.VERBOSE,
)

# None of these stands inside a reference, and every reference has one of those.
PIECE = re.compile("[^。、,;:?!]+")
TELLING = re.compile(rf"\d|{CHINESE_YEAR}年")


@dataclass(frozen=True, slots=True)
class Reference:
    """A document number or a date and its place in the normalised text.

    `main` is the token a search for it must find; `tokens` holds everything it is indexed under.
    """

    start: int
    end: int
    main: str
    tokens: tuple[str, ...]

    @property
    def is_code(self) -> bool:
        return self.main.startswith("k")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of something and its place; `spellings` are the ways to write it: 3岁, 三岁."""

    start: int
    end: int
    text: str
    spellings: tuple[str, ...]


def find_references(text: str) -> list[Reference]:
    """The document numbers and dates of a normalised text, from left to right."""
    found = []
    for match in _matches(text):
        reference = _code(match) or _date(match) or _number(match)
        if reference is not None:
            found.append(reference)
    return found


def _matches(text: str) -> Iterator[re.Match[str]]:
    """What `REFERENCE` finds in the text. It is only asked where it may: most pieces have none."""
    if TELLING.search(text):
        for piece in PIECE.finditer(text):
            if TELLING.search(text, *piece.span()):
                yield from REFERENCE.finditer(text, *piece.span())


def find_quantities(text: str) -> list[Quantity]:
    """The ages, sums and lengths of time of a text that are written in digits."""
    return [
        Quantity(
            match.start(),
            match.end(),
            match.group(),
            tuple(
                number + match["measure"]
                for number in (match["number"], *_spoken(int(match["number"])))
            ),
        )
        for match in QUANTITY.finditer(text)
    ]


def _spoken(number: int) -> Iterator[str]:
    """The number in characters: 12 is 十二, 200 is 二百 and 两百."""
    said = ""
    rest = str(number)
    for place, digit in enumerate(rest):
        unit = PLACES[len(rest) - place - 1]
        if digit != "0":
            said += NUMERALS[int(digit)] + unit
        elif said and not said.endswith("零"):
            said += "零"
    said = said.rstrip("零") or "零"
    said = said.removeprefix("一") if 10 <= number < 20 else said
    yield said
    if said[0] == "二" and number != 2 and said[1:2] in "百千万":
        yield "两" + said[1:]
    elif number == 2:
        yield "两"


def date_token(year: int, month: int, day: int) -> str:
    """The token of a day that is known as one: 2025-02-27 is d20250227."""
    return f"d{year:04}{month:02}{day:02}"


def _code(match: re.Match[str]) -> Reference | None:
    if not match["code"]:
        return None
    token = f"k{match['code']}x{int(match['no6'])}"
    return Reference(match.start(), match.end(), token, (token,))


def _date(match: re.Match[str]) -> Reference | None:
    part = match.groupdict()
    year = part["y"] or part["py"] or _digits(part["cy"])
    month = part["m"] or part["m2"] or part["pm"] or part["om"] or _number_in_words(part["cm"])
    day = part["d"] or part["d2"] or part["od"] or _number_in_words(part["cd"])
    if not (year or (month and day)):
        return None
    if (month and not 1 <= int(month) <= 12) or (day and not 1 <= int(day) <= 31):
        return None
    tokens = []
    if year and month and day:
        tokens.append(date_token(int(year), int(month), int(day)))
    if month and day:
        tokens.append(f"m{int(month):02}{int(day):02}")
    if year and month:
        tokens.append(f"d{year}{int(month):02}")
    if year:
        tokens.append(f"d{year}")
    return Reference(match.start(), match.end(), tokens[0], tuple(tokens))


def _number(match: re.Match[str]) -> Reference | None:
    part = match.groupdict()
    issuer = part["issuer"] or part["issuer2"] or part["issuer4"] or ""
    start = match.start()
    if (before := BEFORE_ISSUER.match(issuer)) and len(issuer) - before.end() > 1:
        issuer = issuer[before.end() :]
        start += before.end()
    year = part["ny"] or part["ny2"] or part["ny3"] or ""
    number = part["no"] or part["no2"] or part["no3"] or part["no4"] or part["no5"]
    if number is None or (part["no"] and not issuer and not part["hao"]):
        return None  # "(2025)10" alone is as likely a sum or a list
    number = str(int(number))
    tokens = [f"nx{number}"]
    if year:
        tokens = [f"n{year}x{number}", *tokens, f"d{year}"]
    ends = [issuer[-length:] for length in range(2, min(len(issuer), 6) + 1)]
    tokens += [f"n{end}{year}x{number}" for end in ends]
    if year:
        tokens += [f"n{end}x{number}" for end in ends]
    main = f"n{ends[0]}{year}x{number}" if ends else tokens[0]
    return Reference(start, match.end(), main, tuple(tokens))


def _digits(words: str | None) -> str:
    return "".join(DIGITS[c] for c in words or "")


def _number_in_words(words: str | None) -> str:
    """十 is 10, 二十三 is 23; an empty string where there is nothing."""
    if not words:
        return ""
    tens, ten, units = words.partition("十")
    if not ten:
        return _digits(tens)
    return str(int(_digits(tens) or 1) * 10 + int(_digits(units) or 0))
