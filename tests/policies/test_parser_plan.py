"""The parser on the text it was first made for: the action plan, as it was pasted."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from home.policies.parser import (
    DEPARTMENT_NAMES,
    ParsedClause,
    ParsedDocument,
    citation,
    departments_named_in,
    parse,
    parse_stages,
)
from tests.policies.signed import SIGNED

PLAN = Path(__file__).resolve().parents[2] / "site/ops/content/action-plan.txt"

# The patterns of docs/domain 3.3, written down a second time on purpose.
NUMBERED = re.compile(r"^(?:[一二三四五六七八九十]+、|[(（][一二三四五六七八九十]+[)）]|\d+\.)")

# What a careful reader finds in each clause: the departments it names as departments, first mention
# first. 各市相关部门 names nobody; 家庭教育 and 心理健康教育 are no mention of 教育.
RESPONSIBLE = {
    "1": [],
    "1-1": [],
    "1-2": [],
    "1-2-1": ["civil-affairs"],
    "1-2-2": ["civil-affairs"],
    "1-2-3": [],
    "1-2-4": [],
    "2": [],
    "2-1": [],
    "2-1-1": [
        "civil-affairs",
        "education",
        "public-security",
        "health",
        "medical-insurance",
        "disease-control",
        "disabled-federation",
    ],
    "2-1-2": [],
    "2-1-3": ["civil-affairs", "public-security", "education"],
    "2-2": [],
    "2-2-1": ["education"],
    "2-2-2": ["health", "disease-control", "medical-insurance", "disabled-federation"],
    "2-2-3": ["civil-affairs", "housing", "transport"],
    "2-3": [],
    "2-3-1": [
        "womens-federation",
        "education",
        "public-security",
        "procuratorate",
        "court",
        "civil-affairs",
    ],
    "2-3-2": ["education", "civil-affairs", "health", "youth-league"],
    "2-3-3": [
        "cyberspace",
        "education",
        "civil-affairs",
        "broadcasting",
        "youth-league",
        "womens-federation",
    ],
    "2-3-4": [
        "development-reform",
        "women-children-committee",
        "youth-league",
        "womens-federation",
        "human-resources",
    ],
    "3": [],
    "3-1": ["civil-affairs"],
    "3-2": ["finance"],
    "3-3": ["civil-affairs"],
}


@cache
def text() -> str:
    return PLAN.read_text(encoding="utf-8")


@cache
def plan() -> ParsedDocument:
    return parse(text())


def clause(key: str) -> ParsedClause:
    return next(clause for clause in plan().clauses if clause.key == key)


def bare(words: str) -> str:
    return "".join(words.split())


def test_the_plans_metadata_is_read_from_the_page_and_the_document() -> None:
    assert plan().title == "关于印发《辽宁省加强流动儿童关爱保护行动方案》的通知"
    assert plan().document_number == "辽民发〔2025〕10号"
    assert plan().adopted_on == date(2025, 2, 8)
    assert plan().published_on == date(2025, 2, 27)
    assert plan().source == "厅儿童福利处"
    assert plan().editor == "辽宁省民政厅管理员"
    assert plan().index_number == ""
    assert plan().addressees.startswith("各市民政局、市委政法委、")
    assert plan().addressees.endswith("残联,沈抚示范区相关单位")
    assert plan().plan_title == "辽宁省加强流动儿童关爱保护行动方案"
    assert plan().attachments == ("辽宁省流动儿童、留守儿童及困境儿童关爱服务基础清单",)


def test_the_plan_has_twenty_one_issuers_in_the_order_of_signature() -> None:
    assert plan().issuers == SIGNED


def test_the_notice_and_the_plan_keep_their_own_preambles() -> None:
    (notice,) = plan().preamble
    assert notice.startswith("为深入学习贯彻党的二十大")
    assert notice.endswith("请认真遵照执行。")
    (own,) = plan().plan_preamble
    assert own.startswith("为加强我省流动儿童关爱保护,")
    assert own.endswith("制定本方案。")


def test_the_plan_has_three_parts_eight_sections_and_fourteen_items() -> None:
    levels = [clause.level for clause in plan().clauses]
    assert [levels.count(level) for level in (1, 2, 3, 4)] == [3, 8, 14, 0]
    assert [clause.heading for clause in plan().clauses if clause.level == 1] == [
        "总体要求",
        "工作任务",
        "工作要求",
    ]


def test_every_numbered_paragraph_of_the_plan_is_one_clause() -> None:
    numbered = [
        number for number, line in enumerate(text().splitlines(), 1) if NUMBERED.match(line)
    ]
    assert [clause.line for clause in plan().clauses] == numbered
    assert [clause.key for clause in plan().clauses] == list(RESPONSIBLE)


def test_a_clause_keeps_number_heading_text_parent_and_place() -> None:
    first = clause("2-1-1")
    assert (first.number, first.heading, first.heading_mark) == ("1.", "开展监测摸排", "。")
    assert first.text.startswith("各市以县(市、区)为单位,由民政部门牵头负责,")
    assert first.text.endswith("至少每半年更新一次流动儿童信息。")
    assert first.parent_key == "2-1"
    assert text()[first.start : first.end].startswith("1.开展监测摸排。各市以县")
    assert text()[first.start : first.end].endswith(first.text)
    assert clause("2-1").number == "(一)"
    assert clause("2").parent_key == ""
    assert clause("2").text.startswith("各市相关部门要坚持儿童优先")


def test_the_four_stages_run_from_the_first_of_a_month_to_the_last_of_one() -> None:
    assert [(s.key, s.name, s.starts, s.ends) for s in parse_stages(plan().clauses)] == [
        ("1-2-1", "部署启动阶段", date(2024, 12, 1), date(2025, 3, 31)),
        ("1-2-2", "优化推进阶段", date(2025, 4, 1), date(2026, 12, 31)),
        ("1-2-3", "全面提升阶段", date(2027, 1, 1), date(2030, 12, 31)),
        ("1-2-4", "巩固加强阶段", date(2031, 1, 1), date(2035, 12, 31)),
    ]


def test_nothing_of_the_plan_is_unplaced_and_nothing_is_lost() -> None:
    assert plan().unplaced == ()
    assert plan().remarks == ()
    assert bare("".join(block.text for block in plan().blocks)) == bare(text())
    assert [block.start for block in plan().blocks] == sorted(b.start for b in plan().blocks)


def test_the_blocks_of_the_plan_say_what_each_line_is() -> None:
    kinds = [block.kind for block in plan().blocks]
    assert kinds == (
        ["title", "label", "label", "label", "document_number", "addressees", "preamble"]
        + ["signature"] * 8
        + ["date", "plan_title", "plan_preamble"]
        + ["clause"] * 25
        + ["attachment"]
    )


def test_a_clause_of_the_plan_is_cited_by_its_printed_numbers() -> None:
    assert citation(plan().document_number, "2-2-1") == "辽民发〔2025〕10号 二(二)1"


@pytest.mark.parametrize("key", RESPONSIBLE)
def test_the_departments_a_clause_names_are_those_a_reader_finds(key: str) -> None:
    assert departments_named_in(clause(key).wording, DEPARTMENT_NAMES) == RESPONSIBLE[key]


def test_full_width_marks_change_nothing_but_the_print() -> None:
    table = str.maketrans("(),:;1234567890.", "（），：；１２３４５６７８９０．")
    wide = parse(text().translate(table))
    assert [(c.key, c.level, c.parent_key) for c in wide.clauses] == [
        (c.key, c.level, c.parent_key) for c in plan().clauses
    ]
    assert wide.clauses[1].number == "（一）"
    assert wide.document_number == plan().document_number
    assert (wide.adopted_on, wide.published_on) == (plan().adopted_on, plan().published_on)
    assert len(wide.issuers) == 21
    assert len(parse_stages(wide.clauses)) == 4
    assert wide.unplaced == ()


@pytest.mark.parametrize("end", ["\r\n", "\n\n", "\r", "  \n\u3000\u3000"])
def test_line_ends_and_indents_of_any_kind_change_nothing(end: str) -> None:
    pasted = parse("\ufeff" + text().replace("\n", end))
    assert [c.wording for c in pasted.clauses] == [c.wording for c in plan().clauses]
    assert pasted.title == plan().title
    assert pasted.issuers == plan().issuers
    assert pasted.remarks == ()


def test_wrong_brackets_around_the_year_are_understood_and_reported() -> None:
    changed = parse(text().replace("\n辽民发〔2025〕10号\n", "\n辽民发[2025]10号\n"))
    assert changed.document_number == "辽民发〔2025〕10号"
    (remark,) = changed.remarks
    assert (remark.line, remark.code) == (5, "wrong-brackets")
    assert "辽民发[2025]10号" in remark.message
    assert "辽民发〔2025〕10号" in remark.message


def test_a_line_that_fits_nowhere_is_kept_and_reported() -> None:
    changed = parse("某网转载一则\n" + text())
    (block,) = changed.unplaced
    assert block.text == "某网转载一则"
    (remark,) = changed.remarks
    assert remark.code == "unplaced"
    assert f"第{remark.line}行" in remark.message
    assert len(changed.clauses) == 25


def test_the_buttons_of_a_web_page_are_known_for_what_they_are() -> None:
    changed = parse(text() + "\n扫一扫在手机打开当前页\n【打印】【关闭】\n")
    assert [b.text for b in changed.blocks if b.kind == "furniture"] == [
        "扫一扫在手机打开当前页",
        "【打印】【关闭】",
    ]
    assert changed.unplaced == ()
    assert len(changed.clauses) == 25
