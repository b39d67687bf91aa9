"""Numbers that belong to a person, found in a text: identity, telephone and bank card numbers.

Pure functions. What is found is shown masked, never in full: findings are kept and logged.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

# Full-width digits and signs count as what they mean; every character keeps its place.
_NARROW = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {
    ord(dash): "-" for dash in "–—‐‑−"
}
_ADDRESS = re.compile(r"(?:https?://|www\.)[\w\-./?=&%#:;,+~@!]+", re.ASCII | re.I)

# GB 11643-1999: the check character over 17 digits (ISO 7064 mod 11-2).
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# The first two digits of GB/T 2260, with 81 to 83 for residents from Hong Kong, Macao and Taiwan.
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")

_GAP = r"[ \-]?"
_IDENTITY = re.compile(
    rf"(?<![0-9A-Za-z])\d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}{_GAP}?[\dXx](?![0-9A-Za-z])"
)
_OLD_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{15}(?![0-9A-Za-z])")
_MOBILE = re.compile(
    rf"(?<![\dA-Za-z])(?:\+?86{_GAP})?(1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}})(?![\dA-Za-z])"
)
_LANDLINE = re.compile(
    r"(?<![\dA-Za-z])(?:\+86[ \-]?)?\(?(0(?:10|2\d|[3-9]\d{2}))\)?[ \-]{0,2}"
    r"([2-9]\d{6,7})(?![\dA-Za-z])"
)
_CALLED = re.compile(
    r"(?:电话|座机|传真|热线|手机|号码)\w{0,2}[:\s]{1,3}([2-9]\d{6,7})(?![\dA-Za-z\-])"
)
_CARD = re.compile(
    rf"(?<![0-9A-Za-z])[3-6]\d{{3}}(?:{_GAP}\d{{4}}){{2,3}}(?:{_GAP}\d{{1,4}})?(?![0-9A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class Found:
    """Something found in a text: its span, and how it may be shown."""

    start: int
    end: int
    shown: str


def narrow(text: str) -> str:
    """The text with full-width signs made half-width and web addresses blanked, place for place."""
    text = text.translate(_NARROW)
    return _ADDRESS.sub(lambda address: " " * len(address[0]), text)


def bare(number: str) -> str:
    """Only the digits (and X) of a number, as numbers are compared."""
    return "".join(c for c in number.translate(_NARROW).upper() if c.isdecimal() or c == "X")


def masked(number: str, first: int, last: int) -> str:
    digits = bare(number)
    return f"{digits[:first]}{'*' * (len(digits) - first - last)}{digits[len(digits) - last :]}"


def is_identity_number(number: str) -> bool:
    """Whether this is a valid 18-character citizen number (公民身份号码, GB 11643-1999)."""
    if len(number) != 18 or not number[:17].isdecimal() or not _PROVINCE.match(number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17].upper() and _is_birthday(number[6:14])


def find_identity_numbers(text: str) -> Iterator[Found]:
    """Citizen numbers with a true date and a true check character, also with gaps in them."""
    for found in _IDENTITY.finditer(text):
        if is_identity_number(bare(found[0])):
            yield Found(found.start(), found.end(), masked(found[0], 4, 2))


def find_old_identity_numbers(text: str) -> Iterator[Found]:
    """Numbers of 15 digits as on the cards before 1999 (invalid since 2013, yet still in files).

    They have no check digit: only the province and the date tell them from other numbers.
    """
    for found in _OLD_IDENTITY.finditer(text):
        if _PROVINCE.match(found[0]) and _is_birthday(f"19{found[0][6:12]}"):
            yield Found(found.start(), found.end(), masked(found[0], 4, 2))


def find_mobile_numbers(text: str) -> Iterator[Found]:
    for found in _MOBILE.finditer(text):
        yield Found(found.start(1), found.end(1), masked(found[1], 3, 2))


def find_landline_numbers(text: str) -> Iterator[Found]:
    """Numbers with an area code, and bare ones where the text says that they are telephones."""
    for found in _LANDLINE.finditer(text):
        yield Found(found.start(), found.end(), masked(found[0].replace("+86", ""), 4, 2))
    for found in _CALLED.finditer(text):
        yield Found(found.start(1), found.end(1), masked(found[1], 2, 2))


def find_bank_cards(text: str) -> Iterator[Found]:
    """Card numbers of 16 to 19 digits by their check digit (ISO/IEC 7812-1, Luhn).

    One number in ten passes it by chance, so the length must fit the issuer too: UnionPay's begin
    with 62, the others' have 16 digits.
    """
    for found in _CARD.finditer(text):
        digits = bare(found[0])
        fits = digits[:2] == "62" or len(digits) == 16
        if fits and 16 <= len(digits) <= 19 and _luhn(digits) and not is_identity_number(digits):
            yield Found(found.start(), found.end(), masked(found[0], 4, 4))


def not_public(
    found: Iterator[Found], text: str, is_public: Callable[[str], bool]
) -> Iterator[Found]:
    """Those that are not numbers of an office or a hotline."""
    return (one for one in found if not is_public(bare(text[one.start : one.end])))


def _is_birthday(digits: str) -> bool:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2099


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    rest = sum(int(digit) for digit in digits[-1::-2])
    return (rest + sum(number // 10 + number % 10 for number in doubled)) % 10 == 0
