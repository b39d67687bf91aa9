"""Numbers, dates and keys: the small parts of the parser, each by itself."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from home.policies.parser import (
    ParsedClause,
    chinese_number,
    chinese_numeral,
    citation,
    clause_path,
    find_document_numbers,
    normalise_document_number,
    parse,
    parse_stages,
    read_date,
)


@given(st.integers(1, 9999))
def test_a_chinese_numeral_reads_back_as_its_number(value: int) -> None:
    assert chinese_number(chinese_numeral(value)) == value


@pytest.mark.parametrize(
    ("printed", "value"),
    [("十", 10), ("十二", 12), ("二十", 20), ("一百零五", 105), ("一〇五", 105), ("两", None)]
    + [("十十", None), ("", None), ("百", None), ("一一十", None), ("7", 7)],
)
def test_chinese_numbers_are_read_as_printed(printed: str, value: int | None) -> None:
    assert chinese_number(printed) == value


@pytest.mark.parametrize(
    "printed",
    [
        "辽民发〔2025〕10号",
        "辽民发[2025]10号",
        "辽民发［2025］10号",
        "辽民发(2025)10号",
        "辽民发（2025）第10号",
        "辽民发【2025】010号",
        "辽民发 〔 2025 〕 10 号",
        "（辽民发〔2025〕10号）",
        "辽民发〔２０２５〕１０号",
    ],
)
def test_every_way_of_typing_a_document_number_gives_the_one_normal_form(printed: str) -> None:
    assert normalise_document_number(printed) == "辽民发〔2025〕10号"


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("中华人民共和国国务院令第649号", "国务院令第649号"),
        ("民政部令 第50号", "民政部令第50号"),
        ("民政部公告2019年第012号", "民政部公告2019年第12号"),
        ("关于民发〔2024〕35号的说明", None),
        ("民发〔1024〕35号", None),
        ("〔2024〕35号", None),
        ("", None),
    ],
)
def test_only_a_whole_document_number_is_normalised(printed: str, normal: str | None) -> None:
    assert normalise_document_number(printed) == normal


def test_document_numbers_are_found_in_running_text_with_their_span() -> None:
    text = "根据民发〔2024〕35号和(国发 [ 2018 ] 20号),按照辽民儿函〔2024〕83号执行。"
    found = list(find_document_numbers(text))
    assert [number.normal for number in found] == [
        "民发〔2024〕35号",
        "国发〔2018〕20号",
        "辽民儿函〔2024〕83号",
    ]
    assert [text[number.start : number.end] for number in found] == [n.printed for n in found]
    assert [number.wrong_brackets for number in found] == [False, True, False]


def test_white_space_or_a_leading_zero_in_a_number_is_wrong_form_and_not_wrong_brackets() -> None:
    (spaced,) = find_document_numbers("京民福发 〔2011〕 173号")
    assert (spaced.normal, spaced.wrong_brackets, spaced.wrong_form) == (
        "京民福发〔2011〕173号",
        False,
        True,
    )
    (right,) = find_document_numbers("京民福发〔2011〕173号")
    assert not right.wrong_form


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("2025年2月8日", date(2025, 2, 8)),
        ("2025 年 02 月 27 日", date(2025, 2, 27)),
        ("2025-02-27 14:07", date(2025, 2, 27)),
        ("２０２５年２月８日", date(2025, 2, 8)),
        ("二○一一年四月二十五日", date(2011, 4, 25)),
        ("二〇〇五年十二月三十一日", date(2005, 12, 31)),
        ("一九九七年元月一日", date(1997, 1, 1)),
        ("2025年2月30日", None),
        ("2025年2月", None),
        ("0000年一月一日", None),
    ],
)
def test_dates_are_read_in_digits_and_in_words(printed: str, day: date | None) -> None:
    assert read_date(printed) == day


def stage(heading: str) -> list[tuple[date, date]]:
    clause = ParsedClause("1", "", 1, "一、", heading, "", "", 1, 0, 0)
    return [(found.starts, found.ends) for found in parse_stages([clause])]


@pytest.mark.parametrize(
    ("heading", "span"),
    [
        ("启动阶段（2024年12月—2025年2月）", (date(2024, 12, 1), date(2025, 2, 28))),
        ("启动阶段(2024年1月至2月底)", (date(2024, 1, 1), date(2024, 2, 29))),
        ("总结阶段(2025年11月1日-12月31日前)", (date(2025, 11, 1), date(2025, 12, 31))),
    ],
)
def test_a_stage_is_read_from_its_heading(heading: str, span: tuple[date, date]) -> None:
    assert stage(heading) == [span]


@pytest.mark.parametrize(
    "heading",
    ["部署启动阶段", "阶段(2025年13月至14月)", "阶段(2025年5月至3月)", "要求(县、市、区)", ""],
)
def test_a_heading_without_a_span_that_exists_is_no_stage(heading: str) -> None:
    assert stage(heading) == []


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("1", "一"),
        ("1-2", "一(二)"),
        ("2-2-1", "二(二)1"),
        ("2-1-2-13", "二(一)2(13)"),
        ("1-0-1", "一1"),
        ("2-1-3b", "二(一)3"),
        ("art-12", "第十二条"),
        ("art-8-zhi-1", "第八条之一"),
        ("ch-1-sec-2", "第一章第二节"),
        ("ch-3-1-2", "第三章一(二)"),
        ("dec-1-2-1", "1.2.1"),
        ("dec-1-2-n-0-0-0-3", "1.2(3)"),
        ("att2-1-1", "附件2 一(一)"),
    ],
)
def test_a_key_alone_says_how_its_clause_is_cited(key: str, path: str) -> None:
    assert clause_path(key) == path
    assert citation("辽民发〔2025〕10号", key) == f"辽民发〔2025〕10号 {path}"


def test_several_clauses_are_named_together_and_a_document_alone() -> None:
    assert clause_path("1-1", "1-2") == "一(一)、一(二)"
    assert citation("辽民发〔2025〕10号") == "辽民发〔2025〕10号"
    assert citation("", "art-1") == "第一条"


@pytest.mark.parametrize("key", ["x", "1-", "1--2", "一", "1-2-", "art", "0", "ch-1-dec", ""])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not a clause key"):
        clause_path(key)


def keys(*lines: str) -> list[str]:
    return [clause.key for clause in parse("标题\n" + "\n".join(lines)).clauses]


def test_a_level_that_is_skipped_keeps_its_place_in_the_key() -> None:
    assert keys("一、甲", "1.乙；", "（1）丙；", "（一）丁") == ["1", "1-0-1", "1-0-1-1", "1-1"]
    assert keys("1.甲；", "2.乙；") == ["0-0-1", "0-0-2"]


def test_a_number_that_comes_again_gets_a_letter_and_so_do_its_children() -> None:
    assert keys("一、甲", "（一）乙", "一、丙", "（一）丁", "一、戊") == [
        "1",
        "1-1",
        "1b",
        "1b-1",
        "1c",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "一、二年级学生不参加。",
        "（一）至（三）项所列事项按季度报送。",
        "（一）项规定的情形除外。",
        "(1)、(2)两项合并。",
        "1.5万元以下的项目除外。",
        "2025.3.1起执行。",
        "3.1.2版说明",
        "第三条规定的情形除外。",
        "第二章所称单位包括学校。",
        "十分重要。",
        "2025年底前完成。",
        "二〇二五、二〇二六两年",
    ],
)
def test_a_number_inside_a_sentence_begins_no_clause(line: str) -> None:
    document = parse(f"标题\n一、总体要求\n（一）背景情况如此，\n{line}")
    assert [clause.key for clause in document.clauses] == ["1", "1-1"]
    assert document.clauses[1].text.endswith(line)


@pytest.mark.parametrize(
    ("line", "number", "level"),
    [
        ("㈠明确责任", "㈠", 2),
        ("⒈明确责任", "⒈", 3),
        ("⑴明确责任", "⑴", 4),
        ("（ 一 ）明确责任", "（ 一 ）", 2),
        ("1．2025年底前完成任务", "1．", 3),
        ("1.12355热线有人接听", "1.", 3),
        ("１、明确责任", "１、", 3),
        ("1)明确责任", "1)", 3),
        ("一．明确责任", "一．", 1),
        ("（一）第一阶段为自查阶段。", "（一）", 2),
        ("一、三年行动", "一、", 1),
    ],
)
def test_numbers_are_recognised_in_every_print(line: str, number: str, level: int) -> None:
    (clause,) = parse(f"标题\n{line}").clauses
    assert (clause.number, clause.level) == (number, level)
    assert clause.number + clause.wording == line


def test_an_item_that_begins_with_a_small_number_is_known_by_the_one_before_it() -> None:
    document = parse("标题\n一、范围\n1.本省户籍；\n2.18周岁以下；\n3.5倍以上的不算。")
    assert [clause.key for clause in document.clauses] == ["1", "1-0-1", "1-0-2"]
    assert document.clauses[2].text == "18周岁以下；\n3.5倍以上的不算。"


def test_one_bracket_makes_an_item_alone_and_a_point_below_an_item() -> None:
    assert keys("一、甲", "1)乙", "2)丙") == ["1", "1-0-1", "1-0-2"]
    assert keys("一、甲", "1.乙", "1)丙", "2)丁", "2.戊") == [
        "1",
        "1-0-1",
        "1-0-1-1",
        "1-0-1-2",
        "1-0-2",
    ]
