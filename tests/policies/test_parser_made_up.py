"""The parser on made-up documents of many forms, whole and composed at random.

The texts and what a careful reader finds in them: tests/policies/parser_documents/README.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from home.policies.parser import chinese_numeral, parse
from tests.policies.test_parser_limits import check, steps

FOLDER = Path(__file__).parent / "parser_documents"
DOCUMENTS = sorted(path.stem for path in FOLDER.glob("*.txt"))


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return found


def source(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text("utf-8")


def test_there_are_enough_documents_of_different_forms() -> None:
    assert len(DOCUMENTS) >= 14


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_character_comes_back_and_hardly_a_line_is_unplaced(name: str) -> None:
    document = check(source(name))
    lines = [line for line in source(name).splitlines() if line.strip()]
    assert len(document.unplaced) <= 0.02 * len(lines)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_numbered_paragraph_is_one_clause(name: str) -> None:
    document = parse(source(name))
    found = [[clause.key, clause.number, clause.heading] for clause in document.clauses]
    assert found == expected(name)["clauses"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_metadata_are_read_as_printed(name: str) -> None:
    document, wanted = parse(source(name)), expected(name)
    assert document.title == wanted["title"]
    assert document.document_number == wanted["document_number"]
    assert list(document.issuers) == wanted["issuers"]
    assert document.addressees == wanted["addressees"]
    assert document.plan_title == wanted["plan_title"]
    assert list(document.attachments) == wanted["attachments"]
    for name_of_day in ("adopted_on", "published_on"):
        day = getattr(document, name_of_day)
        assert (day.isoformat() if day else None) == wanted[name_of_day]


# ── documents composed at random ────────────────────────────────────────────────────────────────


@dataclass
class Composed:
    """A document put together from parts, and what it says."""

    lines: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    number: str = ""
    day: date | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


ZEROS = st.sampled_from("零〇○Ｏ")
SENTENCES = (
    "各地要按照第三条第二款的规定，一是摸清底数，二是落实责任。",
    "所需经费由本级财政承担，标准为每人每月1500元，增长5.5%。",
    "民政部门应当会同教育、公安等部门每年至少检查一次。",
    "前款所称单位，包括学校（含幼儿园）、医疗机构和社会组织。",
    "到2032年底，覆盖率达到95%以上。",
    "第一，加强领导；第二，压实责任；第三，严格考核。",
)
FURNITURE = ("【打印】【关闭】", "分享到：微信 微博", "上一篇：示例新闻", "扫一扫在手机打开当前页")


@st.composite
def composed(draw: st.DrawFn) -> Composed:
    document = Composed()
    if draw(st.booleans()):
        document.lines.append("首页 > 政务公开 > 规范性文件")
    document.lines += draw(
        st.sampled_from(
            (
                ["示例省民政厅关于做好示例工作的通知"],
                ["示例省民政厅　示例省财政厅", "关于做好示例", "工作的通知"],
                ["示例省民政厅关于印发《示例工作", "办法（试行）》的通知"],
            )
        )
    )
    serial = draw(st.integers(1, 999))
    if draw(st.booleans()):
        printed = draw(
            st.sampled_from(("〔2030〕{}号", "[2030]{}号", "（2030）第{}号", "﹝2030﹞{} 号"))
        )
        document.lines.append("示民发" + printed.format(serial))
        document.number = f"示民发〔2030〕{serial}号"
    document.lines += ["各市民政局、财政局：", "现就有关事项通知如下。"]
    _body(draw, document)
    for number in range(1, draw(st.integers(0, 3)) + 1):
        name = f"示例表{chinese_numeral(number)}"
        document.lines.append(f"附件：{number}.{name}" if number == 1 else f"　　　{number}.{name}")
        document.attachments.append(name)
    _signature(draw, document)
    document.lines += draw(st.lists(st.sampled_from(FURNITURE), max_size=3))
    return document


def _body(draw: st.DrawFn, document: Composed) -> None:
    """Parts, sections, items and points, each level there or not, with paragraphs between."""
    through = draw(st.booleans())  # whether items are numbered through the whole document
    brackets = draw(st.sampled_from(("（{}）", "({})", "（{})")))
    dot = draw(st.sampled_from((".", "．", "、")))
    item = 0
    for part in range(1, draw(st.integers(1, 3)) + 1):
        _numbered(draw, document, f"{chinese_numeral(part)}、", "总体要求")
        for section in range(1, draw(st.integers(0, 3)) + 1):
            number = brackets.format(chinese_numeral(section))
            _numbered(draw, document, number, "工作安排。")
            item = item if through else 0
            for _ in range(draw(st.integers(0, 3))):
                item += 1
                _numbered(draw, document, f"{item}{dot}", "建立台账。")
                for point in range(1, draw(st.integers(0, 2)) + 1):
                    _numbered(draw, document, f"（{point}）", "按月报送。")


def _numbered(draw: st.DrawFn, document: Composed, number: str, heading: str) -> None:
    document.lines.append(f"　　{number}{heading}" if draw(st.booleans()) else f"{number}{heading}")
    document.numbers.append(number)
    document.lines += draw(st.lists(st.sampled_from(SENTENCES), max_size=2))


def _signature(draw: st.DrawFn, document: Composed) -> None:
    day = draw(st.dates(date(2030, 1, 1), date(2039, 12, 31)))
    zero = draw(ZEROS)
    year = "".join(zero if digit == "0" else chinese_numeral(int(digit)) for digit in f"{day.year}")
    document.day = day
    document.lines += [
        "　　　　示例省民政厅",
        draw(
            st.sampled_from(
                (
                    f"{day.year}年{day.month}月{day.day}日",
                    f"{year}年{chinese_numeral(day.month)}月{chinese_numeral(day.day)}日",
                    f"{day.year} 年 {day.month} 月 {day.day} 日",
                )
            )
        ),
    ]


@settings(max_examples=80, deadline=None)
@given(composed())
def test_a_composed_document_gives_back_what_it_was_composed_of(document: Composed) -> None:
    found = check(document.text)
    assert [clause.number for clause in found.clauses] == document.numbers
    assert found.unplaced == ()
    assert found.document_number == document.number
    assert found.adopted_on == document.day
    assert list(found.attachments) == document.attachments
    assert found.issuers[0] == "示例省民政厅"


@settings(max_examples=8, deadline=None)
@given(composed())
def test_a_composed_document_twice_as_long_takes_about_twice_the_steps(document: Composed) -> None:
    copies = max(1, 4_000 // len(document.text))
    once, twice = (document.text + "\n") * copies, (document.text + "\n") * copies * 2
    assert steps(twice) < 2.3 * steps(once) + 20_000
