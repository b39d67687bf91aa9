"""The numbers that Word counts by itself (自动编号), as they are printed.

ECMA-376 part 1, 17.9: a paragraph names a list and a level; the list names an abstract one that
holds the formats; all lists of one abstract list count together until one of them begins anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from home.policies.parser import chinese_numeral

Element: TypeAlias = etree._Element

_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_LEGAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_CHINESE = {
    "chineseCounting",
    "chineseCountingThousand",
    "japaneseCounting",
    "taiwaneseCounting",
    "taiwaneseCountingThousand",
    "koreanCounting",
}
_LEGAL_FORMATS = {"chineseLegalSimplified", "ideographLegalTraditional", "japaneseLegal"}
_CIRCLED = {"decimalEnclosedCircle", "decimalEnclosedCircleChinese"}
_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9


def local(element: Element) -> str:
    """An element's name without its name space: Word has two, of which one is rare."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Element | None, name: str = "val") -> str:
    if element is None:
        return ""
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return str(next(found, ""))


def child(element: Element | None, *names: str) -> Element | None:
    """The first descendant along a path of names."""
    for name in names:
        if element is None:
            return None
        element = next((one for one in element if local(one) == name), None)
    return element


def children(element: Element | None, name: str) -> Iterator[Element]:
    return (one for one in (element if element is not None else ()) if local(one) == name)


def printed_number(value: int, form: str) -> str:
    """A value in one of Word's formats; in one that isn't known, in plain digits."""
    if form in _CHINESE:
        return chinese_numeral(value) if 0 < value < 10_000 else ("零" if not value else str(value))
    if form in _LEGAL_FORMATS:
        return printed_number(value, "chineseCounting").translate(_LEGAL)
    if form == "ideographDigital":
        return str(value).translate(str.maketrans("0123456789", "〇一二三四五六七八九"))
    if form == "decimalZero":
        return f"{value:02}"
    if form == "decimalFullWidth":
        return str(value).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for formats, first, most in (
        (_CIRCLED, 0x2460, 20),
        ({"decimalEnclosedParen"}, 0x2474, 20),
        ({"decimalEnclosedFullstop"}, 0x2488, 20),
    ):
        if form in formats and 1 <= value <= most:
            return chr(first + value - 1)
    if form in ("ideographTraditional", "ideographZodiac") and value > 0:
        row = _STEMS if form == "ideographTraditional" else _BRANCHES
        return row[(value - 1) % len(row)]
    if form in ("upperLetter", "lowerLetter") and value > 0:
        letter = chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman") and 0 < value < 4000:
        roman = _roman(value)
        return roman if form == "upperRoman" else roman.lower()
    return "" if form == "none" else str(value)


def _roman(value: int) -> str:
    out = ""
    for unit, letters in _ROMAN:
        count, value = divmod(value, unit)
        out += letters * count
    return out


@dataclass(frozen=True, slots=True)
class _Level:
    start: int = 1
    form: str = "decimal"
    text: str = ""
    gap: str = " "
    restart: int | None = None
    in_digits: bool = False


@dataclass(slots=True)
class _List:
    """A list: its levels, the counters it shares, and where it begins anew."""

    abstract: str
    levels: dict[int, _Level]
    starts: dict[int, int]


@dataclass(slots=True)
class _Style:
    based_on: str = ""
    number: str | None = None
    level: int | None = None


@dataclass(slots=True)
class Numbers:
    """Counts on, paragraph by paragraph, in the document's order."""

    lists: dict[str, _List] = field(default_factory=dict)
    styles: dict[str, _Style] = field(default_factory=dict)
    default_style: str = ""
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def read(cls, numbering: Element | None, styles: Element | None) -> Numbers:
        """From word/numbering.xml and word/styles.xml; either may be missing."""
        numbers = cls()
        for style in children(styles, "style"):
            name = attribute(style, "styleId")
            properties = child(style, "pPr", "numPr")
            number = child(properties, "numId")
            numbers.styles[name] = _Style(
                attribute(child(style, "basedOn")),
                attribute(number) if number is not None else None,
                _whole(attribute(child(properties, "ilvl"))),
            )
            default = attribute(style, "default") in ("1", "true")
            if default and attribute(style, "type") == "paragraph":
                numbers.default_style = name
        numbers._read_lists(numbering)
        return numbers

    def _read_lists(self, numbering: Element | None) -> None:
        abstract: dict[str, dict[int, _Level]] = {}
        links: dict[str, str] = {}
        for definition in children(numbering, "abstractNum"):
            name = attribute(definition, "abstractNumId")
            abstract[name] = {}
            for level in children(definition, "lvl"):
                number = _whole(attribute(level, "ilvl")) or 0
                abstract[name][number] = _level(level)
                style = attribute(child(level, "pStyle"))
                if style in self.styles and self.styles[style].level is None:
                    self.styles[style].level = number
            if link := attribute(child(definition, "numStyleLink")):
                links[name] = link
        for one in children(numbering, "num"):
            name, base = attribute(one, "numId"), attribute(child(one, "abstractNumId"))
            levels = dict(abstract.get(base, {}))
            starts = {}
            for override in children(one, "lvlOverride"):
                number = _whole(attribute(override, "ilvl")) or 0
                own = child(override, "lvl")
                if own is not None:
                    levels[number] = _level(own)
                begin = _whole(attribute(child(override, "startOverride")))
                if begin is not None:
                    starts[number] = begin
            self.lists[name] = _List(base, levels, starts)
        for one_list in self.lists.values():
            # A list that only names a style takes that style's list.
            style_name = links.get(one_list.abstract, "")
            target = self.styles.get(style_name)
            source = self.lists.get(target.number or "") if target else None
            if source is not None and source is not one_list:
                one_list.abstract, one_list.levels = source.abstract, source.levels

    def before(self, properties: Element | None) -> str:
        """The number that is printed before a paragraph with these properties (w:pPr), if any."""
        number, level = self._of(properties)
        one_list = self.lists.get(number)
        if one_list is None or level not in one_list.levels:
            return ""
        self._count(number, one_list, level)
        return self._printed(one_list, level)

    def _of(self, properties: Element | None) -> tuple[str, int]:
        own = child(properties, "numPr")
        number = attribute(child(own, "numId"))
        level = _whole(attribute(child(own, "ilvl")))
        style = attribute(child(properties, "pStyle")) or self.default_style
        seen: set[str] = set()
        while style in self.styles and style not in seen and (not number or level is None):
            seen.add(style)
            known = self.styles[style]
            if not number and known.number is not None:
                number = known.number
            if level is None:
                level = known.level
            style = known.based_on
        return number, level or 0

    def _count(self, number: str, one_list: _List, level: int) -> None:
        counts = self._counts.setdefault(one_list.abstract, [None] * _LEVELS)
        begins = level in one_list.starts and (number, level) not in self._begun
        if begins:
            self._begun.add((number, level))
            counts[level] = one_list.starts[level]
        elif counts[level] is None:
            counts[level] = one_list.levels[level].start
        else:
            counts[level] = (counts[level] or 0) + 1
        for above in range(level):
            if counts[above] is None and above in one_list.levels:
                counts[above] = one_list.levels[above].start
        for below in range(level + 1, _LEVELS):
            restart = one_list.levels[below].restart if below in one_list.levels else None
            # 0: never begins again; n: only after a level down to n.
            if restart is None or (restart and level < restart):
                counts[below] = None

    def _printed(self, one_list: _List, level: int) -> str:
        counts = self._counts[one_list.abstract]
        shown = one_list.levels[level]
        if shown.form == "bullet":
            mark = shown.text if shown.text.isprintable() and shown.text < "\ue000" else "•"
            return f"{mark}{shown.gap}" if mark else ""

        def value(place: re.Match[str]) -> str:
            at = int(place[1]) - 1
            form = one_list.levels[at].form if at in one_list.levels else "decimal"
            if shown.in_digits and at != level:
                form = "decimal"
            return printed_number(counts[at] or 0, form)

        text = _PLACE.sub(value, shown.text)
        return f"{text}{shown.gap}" if text else ""


def _level(element: Element) -> _Level:
    form = child(element, "numFmt")
    if form is None:  # a format of a later Word, with an older one beside it
        form = child(element, "AlternateContent", "Fallback", "numFmt")
    gap = attribute(child(element, "suff"))
    legal = child(element, "isLgl")
    return _Level(
        start=_whole(attribute(child(element, "start"))) or 0,
        form=attribute(form) or "decimal",
        text=attribute(child(element, "lvlText")),
        gap="" if gap == "nothing" else " ",
        restart=_whole(attribute(child(element, "lvlRestart"))),
        in_digits=legal is not None and attribute(legal) not in ("0", "false", "off"),
    )


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
