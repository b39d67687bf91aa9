"""Printed clause numbers: how they are recognised, what key they give, how a key is cited."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .dates import chinese_number, chinese_numeral

_N = "[一二三四五六七八九十百千零〇○两]"
# GB/T 9704-2012, 7.3.3: 一、 (一) 1. (1). The rest is what real documents use instead.
_OUTLINE = re.compile(
    rf"(?P<part>{_N}{{1,7}})\s{{0,2}}[、.,]\s{{0,4}}"
    rf"|\({{1,2}}\s{{0,2}}(?P<section>{_N}{{1,7}})\s{{0,2}}\){{1,2}}[、.]?\s{{0,4}}"
    r"|(?P<item>[0-9]{1,3})\s?(?:[.、]|(?P<closed>\)))\s{0,4}"
    r"|\(\s{0,2}(?P<point>[0-9]{1,3})\s{0,2}\)[、.]?\s{0,4}"
    r"|(?P<single>[㈠-㈩⑴-⒇⒈-⒛①-⑳])[、.]?\s{0,4}"
)
_DIVISION = re.compile(
    rf"第\s{{0,3}}(?P<value>{_N}{{1,7}}|[0-9]{{1,4}})\s{{0,3}}(?P<unit>编|部分|章|节|条)"
    rf"(?:之(?P<sub>{_N}{{1,3}}))?"
)
_DECIMAL = re.compile(r"(?P<path>[0-9]{1,2}(?:\.[0-9]{1,2}){1,3})\.?(?![0-9.%])\s{0,4}")
_DECIMAL_TOP = re.compile(r"(?P<path>[0-9]{1,2})(?:[.、]\s{0,4}|\s{1,4})(?=\S)")
# What follows a number that is spoken of rather than printed in front of a clause.
_REFERENCE = re.compile(
    r"(?:[、至到和或及与~—-]|以及)?\s?\(\s?(?:[一二三四五六七八九十]|[0-9])"
    r"|[项款目](?:$|[、,。规所的中等之第和及或以])|所(?:列|称|述|指)|规定的"
)
_DIVISION_REFERENCE = re.compile(
    r"(?:[、至到和或及与~—-]|以及)\s?第|第|的|之|规定|所(?:列|称|述|指)|中(?:的|规定|所)|款|项"
)
# "1.5万元", "2.5%" and "3.1.2" are no items.
_AFTER_FRACTION = (".", "%", "％", "万", "亿", "倍")
_SENTENCE_END = ("。", ";", ":", ",", "、")
_UNITS = {
    "编": ("book", 0.0, 1),
    "部分": ("part", 0.5, 1),
    "章": ("ch", 1.0, 1),
    "节": ("sec", 2.0, 2),
}
# What a number can begin with; U+2460 to U+249B are ① to ⒛.
_FIRST = frozenset("一二三四五六七八九十百千零〇○两(第0123456789㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩")
_FIRST |= {chr(code) for code in range(0x2460, 0x249C)}
_ARTICLE_RANK = 3.0
_OUTLINE_RANK = 10.0


@dataclass(frozen=True, slots=True)
class Marker:
    """A clause number at the head of a line.

    `family` is outline, dec, art or the prefix of a division; `end` the offset where the words
    begin. `rank` orders the families: a number of lower rank stands above one of higher. `closed`
    is 1) with its one bracket. `doubtful` is "2.18周岁": an item only where item 1 came before.
    """

    family: str
    level: int
    rank: float
    path: tuple[int, ...]
    end: int
    closed: bool = False
    doubtful: bool = False


def read_marker(shape: str, *, decimal: bool = False) -> Marker | None:
    """The number a line begins with, or None where it begins with words."""
    if not shape or shape[0] not in _FIRST:
        return None
    if shape[0] == "第":
        return _division(shape)
    if decimal and shape[0].isdigit() and (marker := _decimal(shape)):
        return marker
    found = _OUTLINE.match(shape)
    if not found:
        return None
    level, value = _outline_value(found)
    if not 0 < value < 1000:
        return None
    rest = shape[found.end() : found.end() + 24]
    fraction = re.match(r"[0-9]{1,9}", rest) if found.group().endswith(".") else None
    if _is_words(rest, level, value) or (
        fraction and rest[fraction.end() :][:1] in _AFTER_FRACTION
    ):
        return None
    return Marker(
        "outline",
        level,
        _OUTLINE_RANK + level,
        (value,),
        found.end(),
        closed=bool(found["closed"]),
        # "1.2025年底前" and "3.12355热线" are items; "2.18周岁" and "1.5小时" look the same.
        doubtful=level == 3 and fraction is not None and len(fraction.group()) < 4,
    )


def _outline_value(found: re.Match[str]) -> tuple[int, int]:
    if single := found["single"]:
        code = ord(single)
        if code >= 0x3220:
            return 2, code - 0x3220 + 1
        if code < 0x2474:
            return 5, code - 0x2460 + 1
        return (4, code - 0x2474 + 1) if code < 0x2488 else (3, code - 0x2488 + 1)
    for level, name in enumerate(("part", "section", "item", "point"), 1):
        if found[name]:
            return level, chinese_number(found[name]) or 0
    return 0, 0


def _is_words(rest: str, level: int, value: int) -> bool:
    """Whether what follows shows that the number is spoken of in a sentence."""
    if level in (2, 4):
        return bool(_REFERENCE.match(rest))
    if level == 1:
        # 一、二年级 and 三、四线城市 name two grades, they don't number a part.
        pair = re.match(rf"({_N}{{1,3}})(?:、|年级|级|等奖|类|线|季度|期|者|孩|胎|层|楼)", rest)
        return pair is not None and chinese_number(pair[1]) == value + 1
    return False


def _division(shape: str) -> Marker | None:
    found = _DIVISION.match(shape)
    if not found:
        return None
    value = chinese_number(found["value"])
    rest = shape[found.end() : found.end() + 80]
    # Set off by a space it is a number; close to the next word it may be a reference.
    if not value or value > 999 or _DIVISION_REFERENCE.match(rest):
        return None
    end = found.end() + len(rest) - len(rest.lstrip(" \t:、."))
    if found["unit"] == "条":
        sub = chinese_number(found["sub"]) if found["sub"] else None
        return Marker("art", 3, _ARTICLE_RANK, (value, sub) if sub else (value,), end)
    title = rest.strip()
    if found["sub"] or len(title) > 60 or "。" in title or title.endswith(_SENTENCE_END):
        return None
    family, rank, level = _UNITS[found["unit"]]
    return Marker(family, level, rank, (value,), end)


def _decimal(shape: str) -> Marker | None:
    found = _DECIMAL.match(shape) or _DECIMAL_TOP.match(shape)
    if not found:
        return None
    path = tuple(int(part) for part in found["path"].split("."))
    if 0 in path:
        return None
    rest = shape[found.end() : found.end() + 60]
    if len(path) == 1 and (len(rest) > 40 or rest.endswith(_SENTENCE_END) or not _is_title(rest)):
        return None
    return Marker("dec", min(len(path), 4), _OUTLINE_RANK + len(path), path, found.end())


def _is_title(words: str) -> bool:
    return bool(re.match(r"[\u4e00-\u9fff]", words))


def uses_decimals(shapes: list[str]) -> bool:
    """Whether a document numbers 1, 1.1, 1.1.1, as emergency plans do: 1.1 and 1.2 or 2.1 occur."""
    heads = {shape[:3] for shape in shapes if _DECIMAL.match(shape)}
    return "1.1" in heads and bool(heads & {"1.2", "2.1"})


@dataclass(slots=True)
class Open:
    """A clause that further ones may still belong to."""

    rank: float
    key: str
    family: str
    level: int
    value: int


@dataclass(slots=True)
class Keys:
    """Gives keys to numbers in the order they are met, each once per document.

    A key is the path of printed numbers: "2-2-1" is 二(二)1. A level that was skipped stands as 0,
    so that "1-0-1" (一、 then 1.) and "1-1" (一、 then (一)) stay apart and the key alone can be
    cited. A number met again gets a letter: "1b". Divisions are "book-1", "part-1", "ch-1",
    "ch-1-sec-2"; articles are numbered through the whole document: "art-12", and 第八条之一 is
    "art-8-zhi-1"; decimals are "dec-1-2-1", and (1) under that "dec-1-2-1-n-0-0-0-1".
    Clauses inside the second attachment begin with "att2-".
    """

    prefix: str = ""
    stack: list[Open] = field(default_factory=list)
    given: dict[str, int] = field(default_factory=dict)
    items: dict[int, int] = field(default_factory=dict)

    def begin(self, prefix: str) -> None:
        """A text of its own begins: its numbers stand under nothing before it."""
        self.prefix = prefix
        self.stack.clear()
        self.items.clear()

    def stays_in_article(self, marker: Marker) -> bool:
        """Whether this number belongs to the text of the article that is open.

        Items do. Where articles stand under 一、 or (一), the next of those closes the article: it
        follows the one that is open and isn't the next item of a list inside the article.
        """
        article = next((entry for entry in self.stack if entry.family == "art"), None)
        if article is None or marker.family != "outline":
            return False
        if marker.rank > article.rank or self.items.get(marker.level) == marker.path[-1] - 1:
            return True
        return not self.continues(marker)

    def take_item(self, marker: Marker) -> None:
        """Notes an item inside the open article, so that the next one is known for its follower."""
        self.items[marker.level] = marker.path[-1]

    def continues(self, marker: Marker) -> bool:
        """Whether the item before this one, on the same level, has the number before it."""
        same = [entry for entry in self.stack if entry.rank == marker.rank]
        return bool(same) and same[-1].value == marker.path[-1] - 1

    def give(self, marker: Marker) -> tuple[str, str]:
        """The key of the clause this number begins, and its parent's (empty at the top)."""
        self.items.clear()
        level, rank = marker.level, marker.rank
        if marker.closed:
            under_item = any(entry.rank == _OUTLINE_RANK + 3 for entry in self.stack)
            # 1) stands under 1. where there is one; alone it is an item itself.
            level, rank = (4, _OUTLINE_RANK + 4) if under_item else (3, _OUTLINE_RANK + 3.5)
        if marker.family == "art":
            rank = self._article_rank()
        elif marker.family == "outline" and any(entry.family == "dec" for entry in self.stack):
            rank = _OUTLINE_RANK + 5  # below every decimal
        while self.stack and self.stack[-1].rank >= rank:
            self.stack.pop()
        parent = self.stack[-1] if self.stack else None
        key = self._unique(self._key(marker, level, parent))
        self.stack.append(Open(rank, key, marker.family, level, marker.path[-1]))
        return key, parent.key if parent else ""

    def _article_rank(self) -> float:
        """Below its chapter; below a part or a section too, where articles stand under those."""
        while self.stack and (self.stack[-1].family in ("art", "dec") or self.stack[-1].rank >= 13):
            self.stack.pop()
        top = self.stack[-1] if self.stack else None
        return top.rank + 0.5 if top and top.family == "outline" else _ARTICLE_RANK

    def _key(self, marker: Marker, level: int, parent: Open | None) -> str:
        numbers = [str(value) for value in marker.path]
        if marker.family == "art":
            return "-".join([*self._root(), "art", "-zhi-".join(numbers)])
        if marker.family == "dec":
            return "-".join([*self._root(), "dec", *numbers])
        base = [parent.key] if parent else self._root()
        if marker.family != "outline":
            return "-".join([*base, marker.family, *numbers])
        if parent and parent.family == "dec":
            base.append("n")
        above = parent.level if parent and parent.family == "outline" else 0
        return "-".join([*base, *["0"] * (level - above - 1), *numbers])

    def _root(self) -> list[str]:
        return [self.prefix] if self.prefix else []

    def _unique(self, key: str) -> str:
        met = self.given[key] = self.given.get(key, 0) + 1
        return key + _letters(met) if met > 1 else key


def _letters(value: int) -> str:
    """2 gives b, 26 z, 27 aa: how a spreadsheet counts its columns."""
    out = ""
    while value:
        value, digit = divmod(value - 1, 26)
        out = chr(97 + digit) + out
    return out


_PRINTED = {
    "book": "第{}编",
    "part": "第{}部分",
    "ch": "第{}章",
    "sec": "第{}节",
    "art": "第{}条",
    "zhi": "之{}",
}


def clause_path(*keys: str) -> str:
    """How readers name the clauses: 二(二)1 for "2-2-1", 第十二条 for "art-12"; several by 、.

    Letters that keep keys apart are not shown: readers see printed numbers only. Raises ValueError
    for what is no clause key.
    """
    return "、".join(_one_path(key) for key in keys)


def _one_path(key: str) -> str:
    out, depth, family = "", 0, "outline"
    for piece in key.split("-"):
        if piece in _PRINTED or piece in ("dec", "n"):
            family, depth = "outline" if piece == "n" else piece, 0
            continue
        found = re.fullmatch(r"(att)?([0-9]{1,9})[a-z]{0,6}", piece)
        if not found:
            raise ValueError(f"not a clause key: {key!r}")
        value = int(found[2])
        depth += 1
        if found[1]:
            out, depth = f"附件{value or ''} ", 0
        elif family == "dec":
            out += f".{value}" if depth > 1 else str(value)
        elif family in _PRINTED:
            out += _PRINTED[family].format(chinese_numeral(value))
            family, depth = "outline", 0
        elif value:
            numeral = chinese_numeral(value) if depth < 3 else str(value)
            out += f"({numeral})" if depth % 2 == 0 else numeral
    if not out or (family != "outline" and not depth):
        raise ValueError(f"not a clause key: {key!r}")
    return out


def citation(document_number: str, key: str = "") -> str:
    """A clause as it is cited: 辽民发〔2025〕10号 二(二)1; without a key the number alone."""
    return " ".join(part for part in (document_number, clause_path(key) if key else "") if part)
