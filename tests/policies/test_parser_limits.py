"""What holds for any text: nothing raises, nothing is lost, and time grows with length alone."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import home.policies.parser as parser
from home.policies.parser import (
    DEPARTMENT_NAMES,
    ParsedDocument,
    clause_path,
    departments_named_in,
    parse,
    parse_stages,
)

PLAN = (Path(__file__).resolve().parents[2] / "site/ops/content/action-plan.txt").read_text("utf-8")
LINES = PLAN.splitlines()
NUMBERED = re.compile(r"[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]|\d+[.．]")
UNSEEN = str.maketrans("", "", "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad")

# Pieces that official documents are made of, true and broken ones.
PIECES = [
    *LINES,
    "第一章　总则",
    "第一条 为了示例，制定本办法。",
    "第八条之一　",
    "（一）至（三）项",
    "(1)",
    "1.1 目的",
    "1.2 依据",
    "⒈一项",
    "㈠一节",
    "目　录",
    "附件",
    "附件2",
    "附件：1.甲 2.乙",
    "2.丙",
    "附件1：甲",
    "抄送：某局",
    "（此件公开发布）",
    "特此通知。",
    "中华人民共和国民政部令",
    "第999号",
    "部长　某某",
    "民 政 部",
    "二○三○年一月八日",
    "[成文日期] 2030-01-08",
    "索 引 号：\t1\t标　题：\t甲",
    "发文字号：",
    "《",
    "（",
    "\ufeff",
    "\u200b\u200b",
    "\x00",
    "\ud800",
    "⒈⒈",
    "１．５",
    "关于印发《甲办法》的通知",
    "甲办法",
    "（试行）",
    "某某：",
]


def bare(text: str) -> str:
    return "".join(text.split())


def check(text: str) -> ParsedDocument:
    """Everything that holds for every text."""
    document = parse(text)
    assert bare("".join(block.text for block in document.blocks)) == bare(text)
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end
        assert text[block.start : block.end] == block.text
        end = block.end
    keys = [clause.key for clause in document.clauses]
    assert len(keys) == len(set(keys))
    parts: dict[str, str] = {}
    for block in document.blocks:
        assert (block.kind == "clause") == bool(block.key)
        if block.key:
            parts[block.key] = parts.get(block.key, "") + block.text
    assert list(parts) == keys
    for clause in document.clauses:
        assert clause.parent_key in {"", *keys}
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", clause.key)
        assert len(clause.key) <= 40
        assert len(clause.number) <= 20
        assert len(clause.heading) <= 200
        assert clause_path(clause.key)
        printed = clause.number + clause.wording
        assert bare(printed.translate(UNSEEN)) == bare(parts[clause.key].translate(UNSEEN))
    unplaced = [block.line for block in document.blocks if block.kind == "unplaced"]
    assert [r.line for r in document.remarks if r.code == "unplaced"] == unplaced
    parse_stages(document.clauses)
    departments_named_in(text, DEPARTMENT_NAMES)
    return document


# The machine may be busy: no example is judged by the clock.
@settings(deadline=None)
@given(st.text())
def test_no_text_makes_the_parser_raise_or_lose_a_character(text: str) -> None:
    check(text)


@settings(deadline=None)
@given(st.text(alphabet="一二十、（）()第章条12.。：\n　 附件《》〔〕年月日号\u200b", max_size=200))
def test_no_text_of_the_parsers_own_marks_does_either(text: str) -> None:
    check(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.sampled_from(["\n", "\r\n", "\n\n", " "]))
def test_no_heap_of_true_and_broken_pieces_does_either(pieces: list[str], end: str) -> None:
    check(end.join(pieces))


@settings(max_examples=60, deadline=None)
@given(st.permutations(LINES))
def test_a_shuffled_plan_keeps_every_line_and_one_clause_for_each_number(lines: list[str]) -> None:
    document = check("\n".join(lines))
    numbered = [number for number, line in enumerate(lines, 1) if NUMBERED.match(line)]
    assert [clause.line for clause in document.clauses] == numbered


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_an_edited_plan_keeps_every_line_and_one_clause_for_each_number(
    data: st.DataObject,
) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        edit = data.draw(st.sampled_from(["drop", "repeat", "indent", "brackets", "add", "cut"]))
        if edit == "drop" and len(lines) > 1:
            del lines[at]
        elif edit == "repeat":
            lines.insert(at, lines[at])
        elif edit == "indent":
            lines[at] = "\u3000\u3000" + lines[at] + "  "
        elif edit == "brackets":
            lines[at] = lines[at].translate(str.maketrans("(),:.", "（），：．"))
        elif edit == "add":
            lines.insert(at, "各地要结合实际,认真抓好落实。")
        elif edit == "cut":
            lines[at] = lines[at][: len(lines[at]) // 2]
    document = check("\n".join(lines))
    numbered = [n for n, line in enumerate(lines, 1) if NUMBERED.match(line.strip())]
    assert [clause.line for clause in document.clauses] == numbered


TRAPS = {
    "brackets": "（" * 7 + "一",
    "open titles": "《甲",
    "years": "〔2025〕" + "0" * 9,
    "prefixes": "民发字" * 9 + "〔2025",
    "numerals": "一二三" * 9 + "、",
    "spaced labels": "索 引 " * 9 + "号",
    "spaces": "第" + " " * 40 + "条",
    "list of departments": "教育、" * 20,
    "list ends": "等各有关部门" * 9,
    "responsible": "责任单位：教育、" * 5,
    "dates": "2025年1月1" * 7,
    "names": "民 政 部\t" * 9,
    "attachments": "附件：" + "1.甲 " * 9,
    "digits": "1." * 30,
    "buttons": "大    " * 15 + "x",
    "broken lines": "甲" * 25 + "\n",
    "points": "①②③" * 9,
    "full stops": "甲。" * 30,
}
ENDS = {
    "in one line": "",
    "line by line": "\n",
    "as clauses": "\n一、",
    "below titles": "\n关于甲的\n",
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)
def test_twice_the_text_takes_about_twice_the_steps(trap: str, end: str) -> None:
    unit = trap + end
    once = "关于甲的通知\n各市：\n" + unit * (6_000 // len(unit))
    twice = "关于甲的通知\n各市：\n" + unit * (12_000 // len(unit))
    assert steps(twice) < 2.3 * steps(once) + 5_000


SEQUENCES = {
    "dates below names": "辽宁省民政厅\n2030年1月8日\n",
    "attachments and their pages": "附件1：甲表\n附件1\n甲表\n",
    "growing attachments": "附件{0}：甲表{0}\n附件{0}\n甲表{0}\n",
    "plan titles": "关于甲的规定\n一、甲\n",
    "articles with items": "第{0}条 甲\n（一）乙\n（二）丙\n",
    "chapters": "第{0}章 甲\n",
    "repeated parts": "一、甲\n（一）乙\n1.丙\n（1）丁\n",
    "invisible lines": "\u200b\n甲表\n",
    "notes": "（甲）\n（此件公开发布）\n",
    "decimals": "1.1 甲\n1.2 乙\n",
}


@pytest.mark.parametrize("unit", SEQUENCES.values(), ids=SEQUENCES)
def test_twice_the_lines_take_about_twice_the_steps(unit: str) -> None:
    head = "关于甲的通知\n各市：\n一、请执行。\n辽宁省民政厅\n2030年1月8日\n"
    once = head + "".join(unit.format(n) for n in range(1, 151))
    twice = head + "".join(unit.format(n) for n in range(1, 301))
    assert steps(twice) < 2.3 * steps(once) + 5_000


def test_one_paragraph_over_thousands_of_lines_is_put_together_in_seconds() -> None:
    """Seconds of the processor, not of the clock: adding line to line took many minutes."""
    text = ("流动儿童关爱保护" * 4 + "\n") * 9_000
    began = time.process_time()
    document = parse(text)
    assert time.process_time() - began < 20
    assert bare("".join(block.text for block in document.blocks)) == bare(text)


def steps(text: str) -> int:
    """Lines of the parser's own code that run for a text: a measure no other load disturbs."""
    count = 0
    folder = str(Path(parser.__file__).parent)

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return local

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        return local if frame.f_code.co_filename.startswith(folder) else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        document = parse(text)
        departments_named_in(text, DEPARTMENT_NAMES)
        parse_stages(document.clauses)
    finally:
        sys.settrace(before)
    return count


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for module in pkgutil.iter_modules(parser.__path__):
        names = vars(importlib.import_module(f"home.policies.parser.{module.name}"))
        for name, value in names.items():
            if isinstance(value, re.Pattern):
                found.append((f"{module.name}.{name}", value))
    return found


@pytest.mark.parametrize("pattern", [p for _, p in patterns()], ids=[n for n, _ in patterns()])
def test_no_pattern_can_try_more_than_a_fixed_number_of_ways_at_a_place(
    pattern: re.Pattern[str],
) -> None:
    """Every repeat has an upper bound, so that a match that fails costs the same anywhere."""
    bare_pattern = re.sub(r"\[[^\]]*\]", "x", re.sub(r"\\.", "x", pattern.pattern))
    assert not re.search(r"[*+]|\{\d*,\}", bare_pattern)


def test_two_megabytes_of_traps_are_read_and_nothing_is_lost() -> None:
    share = 1_000_000 // len(TRAPS)
    text = "".join(
        trap * (share // len(trap)) + "\n" + (trap + "\n") * (share // len(trap))
        for trap in TRAPS.values()
    )
    assert len(text) > 1_900_000
    document = parse(text)
    assert bare("".join(block.text for block in document.blocks)) == bare(text)
    departments_named_in(text, DEPARTMENT_NAMES)
