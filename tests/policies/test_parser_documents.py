"""The parser on other kinds of document. All of them are made up; no body issued any of them."""

from __future__ import annotations

from datetime import date

import pytest

from home.policies.parser import ParsedDocument, parse

NOTICE_WITH_MEASURES = """\
辽宁省民政厅文件
特急
示例民发(2030)第007号　　签发人：某某某

辽宁省民政厅
辽宁省财政厅
关于印发《示范性关爱项目管理办法（试行）》
的通知

各市民政局、财政局，
沈抚示范区社会事业局：
　　现将《示范性关爱项目管理办法（试行）》印发给你们，请认真贯彻执行。
　　附件：1. 示范性关爱项目申报表
　　　　　2. 示范性关爱项目汇总表

辽宁省民政厅          辽宁省财政厅
（盖章）
2030年3月5日
（此件公开发布）

示范性关爱项目管理办法
（试行）

第一章　总　则
第一条　为规范项目管理，制定本办法。
第二条【适用范围】本办法适用于全省。
　　前款所称项目，包括：
　　（一）关爱项目；
　　（二）帮扶项目。
　　第一款第二项所称帮扶，按照规定执行。
第二章　管　理
第一节　申　报
第三条　申报单位应当符合第二条规定。
第三条之一　申报材料由县级民政部门受理。
第二节　评　审
第四条　评审程序
　　评审每年一次。
第三章　附　则
第五条　本办法自2030年5月1日起施行。

附件1

示范性关爱项目申报表
一、基本情况
二、项目内容
附件2
示范性关爱项目汇总表
序号　名称
抄送：省政府办公厅。
辽宁省民政厅办公室　　　　2030年3月6日印发
"""

PAGE_WITH_TABLE = """\
首页 > 政务公开 > 通知公告
索 引 号：\t 000000000/2030-00001\t 主题分类：\t 民政\\其他
发文机关：\t 国务院办公厅\t 成文日期：\t 2030年01月08日
标　　题：\t 国务院办公厅关于示例问题的复函
发文字号：\t 国办函〔2030〕1号\t 发布日期：\t 2030年01月12日
主 题 词：\t 示例　函

国务院办公厅关于
示例问题的复函
国办函〔2030〕1号
示例部：
《关于示例问题的请示》收悉。经国务院批准，现函复如下：
一、关于甲问题
同意。
二、关于乙问题
（一）从2030年起，由示例部办理；以前的，仍按原规定办理。
另外，其他事项按照《示例部关于丙问题的复函》（国办函〔1994〕69号）执行。
 国务院办公厅
二〇三〇年一月八日
　　（本文有删减）
"""

ORDER = """\
中华人民共和国民政部令
第999号
《示例办法》已经2030年1月1日民政部部务会议通过，现予公布，自2030年3月1日起施行。
部长　某某某
2030年1月10日
示例办法
（2030年1月10日民政部令第999号公布）
目　录
第一章　总则
第二章　附则
第一章　总则
第一条　为了示例，制定本办法。
第二章　附则
第二条　本办法自2030年3月1日起施行。
"""

EMERGENCY_PLAN = """\
示例突发事件应急预案
1 总则
1.1 编制目的
为了示例，制定本预案。
1.2 工作原则
（1）以人为本。把保护儿童放在首位。
（2）反应及时。
2 组织体系
2.1 领导机构
2.1.1 职责
由示例部门负责，经费1.5万元以下的除外。
"""

SHORT_NOTICE = """\
关于做好示例工作的通知
信息来源：儿童福利处\t发布时间：2030-01-09 10:20\t浏览次数：12
各市民政局：
为做好工作，现就有关事项通知如下：
一、提高认识，加强领导。各地要高度重视。
二、强化督导。
（一）按月调度
每月底前报送。
（二）对本年度新增的服务对象，应当在十个工作日内建档。
三、工作要求：
（一）目标任务：到2030年底全面完成。
特此通知。
附：示例表（略）
辽宁省民政厅
二〇三〇年一月八日
"""


def kinds(document: ParsedDocument) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for block in document.blocks:
        found.setdefault(block.kind, []).append(block.text)
    return found


def rows(document: ParsedDocument) -> list[tuple[str, str, int, str, str]]:
    return [(c.key, c.parent_key, c.level, c.heading, c.text) for c in document.clauses]


def test_a_notice_that_forwards_measures_is_read_to_its_imprint() -> None:
    document = parse(NOTICE_WITH_MEASURES)
    assert document.title == (
        "辽宁省民政厅 辽宁省财政厅关于印发《示范性关爱项目管理办法（试行）》的通知"
    )
    assert document.document_number == "示例民发〔2030〕7号"
    assert document.issuers == ("辽宁省民政厅", "辽宁省财政厅")
    assert document.addressees == "各市民政局、财政局，沈抚示范区社会事业局"
    assert document.adopted_on == date(2030, 3, 5)
    assert document.plan_title == "示范性关爱项目管理办法（试行）"
    assert document.attachments == ("示范性关爱项目申报表", "示范性关爱项目汇总表")
    found = kinds(document)
    assert found["masthead"] == ["辽宁省民政厅文件", "特急"]
    assert found["note"] == ["（此件公开发布）"]
    assert len(found["imprint"]) == 2
    assert found["attachment_text"] == ["序号　名称"]
    assert document.unplaced == ()
    assert [(r.line, r.code) for r in document.remarks] == [(3, "wrong-brackets")]


def test_chapters_sections_and_articles_nest_and_articles_are_numbered_through() -> None:
    assert [row[:4] for row in rows(parse(NOTICE_WITH_MEASURES))] == [
        ("ch-1", "", 1, "总　则"),
        ("art-1", "ch-1", 3, ""),
        ("art-2", "ch-1", 3, "【适用范围】"),
        ("ch-2", "", 1, "管　理"),
        ("ch-2-sec-1", "ch-2", 2, "申　报"),
        ("art-3", "ch-2-sec-1", 3, ""),
        ("art-3-zhi-1", "ch-2-sec-1", 3, ""),
        ("ch-2-sec-2", "ch-2", 2, "评　审"),
        ("art-4", "ch-2-sec-2", 3, "评审程序"),
        ("ch-3", "", 1, "附　则"),
        ("art-5", "ch-3", 3, ""),
        ("att1-1", "", 1, "基本情况"),
        ("att1-2", "", 1, "项目内容"),
    ]


def test_an_article_keeps_its_items_and_the_paragraph_after_them_in_order() -> None:
    article = next(c for c in parse(NOTICE_WITH_MEASURES).clauses if c.key == "art-2")
    assert article.text.split("\n") == [
        "本办法适用于全省。",
        "前款所称项目，包括：",
        "（一）关爱项目；",
        "（二）帮扶项目。",
        "第一款第二项所称帮扶，按照规定执行。",
    ]


def test_the_table_a_page_prints_above_the_document_is_read_cell_by_cell() -> None:
    document = parse(PAGE_WITH_TABLE)
    assert document.title == "国务院办公厅关于示例问题的复函"
    assert document.index_number == "000000000/2030-00001"
    assert document.document_number == "国办函〔2030〕1号"
    assert document.issuers == ("国务院办公厅",)
    assert document.addressees == "示例部"
    assert document.adopted_on == date(2030, 1, 8)
    assert document.published_on == date(2030, 1, 12)
    assert kinds(document)["title"] == ["国务院办公厅关于", "示例问题的复函"]
    assert kinds(document)["note"] == ["（本文有删减）"]
    assert document.unplaced == ()
    last = document.clauses[-1]
    assert last.key == "2-1"
    assert last.heading == ""
    assert last.text.split("\n")[1].startswith("另外，其他事项")


def test_an_order_gives_its_number_its_signature_and_the_rules_it_promulgates() -> None:
    document = parse(ORDER)
    assert document.title == "示例办法"
    assert document.plan_title == "示例办法"
    assert document.document_number == "民政部令第999号"
    assert document.adopted_on == date(2030, 1, 10)
    assert [c.key for c in document.clauses] == ["ch-1", "art-1", "ch-2", "art-2"]
    found = kinds(document)
    assert found["signature"] == ["部长　某某某"]
    assert found["plan_note"] == ["（2030年1月10日民政部令第999号公布）"]
    assert found["contents"] == ["目　录", "第一章　总则", "第二章　附则"]
    assert document.unplaced == ()


def test_decimal_numbers_make_clauses_where_a_document_uses_them_throughout() -> None:
    document = parse(EMERGENCY_PLAN)
    assert [(c.key, c.parent_key, c.level) for c in document.clauses] == [
        ("dec-1", "", 1),
        ("dec-1-1", "dec-1", 2),
        ("dec-1-2", "dec-1", 2),
        ("dec-1-2-n-0-0-0-1", "dec-1-2", 4),
        ("dec-1-2-n-0-0-0-2", "dec-1-2", 4),
        ("dec-2", "", 1),
        ("dec-2-1", "dec-2", 2),
        ("dec-2-1-1", "dec-2-1", 3),
    ]
    assert document.clauses[3].heading == "以人为本"
    assert document.clauses[-1].text.startswith("由示例部门负责")


def test_a_short_notice_keeps_headings_rules_and_closing_words_apart() -> None:
    document = parse(SHORT_NOTICE)
    assert rows(document) == [
        ("1", "", 1, "提高认识，加强领导", "各地要高度重视。"),
        ("2", "", 1, "强化督导", ""),
        ("2-1", "2", 2, "按月调度", "每月底前报送。"),
        ("2-2", "2", 2, "", "对本年度新增的服务对象，应当在十个工作日内建档。"),
        ("3", "", 1, "工作要求", ""),
        ("3-1", "3", 2, "目标任务", "到2030年底全面完成。"),
    ]
    assert document.clauses[4].heading_mark == "："
    assert document.closing == ("特此通知。",)
    assert document.attachments == ("示例表",)
    assert document.source == "儿童福利处"
    assert document.published_on == date(2030, 1, 9)
    assert document.issuers == ("辽宁省民政厅",)
    assert document.unplaced == ()


def test_a_document_without_number_signature_or_date_invents_none() -> None:
    document = parse("国务院关于示例工作的意见\n\n各省人民政府：\n现提出以下意见：\n一、总体要求\n")
    assert document.document_number == ""
    assert document.adopted_on is None
    assert document.published_on is None
    assert document.issuers == ("国务院",)
    assert document.attachments == ()


def test_a_template_nobody_filled_in_is_no_source() -> None:
    document = parse("[文件来源] 政府公报 年 第期(总第期)\n[成文日期] 2030-01-08\n示例办法\n")
    assert document.source == ""
    assert document.adopted_on == date(2030, 1, 8)


def test_the_signature_counts_for_more_than_the_page() -> None:
    document = parse(
        "[发文机构] 辽宁省民政厅\n[联合发文单位] 辽宁省教育厅;辽宁省财政厅\n关于示例的通知\n"
        "各市：\n现通知如下。\n中共辽宁省委政法委　辽宁省民政厅\n2030年1月8日\n"
    )
    assert document.issuers == ("中共辽宁省委政法委", "辽宁省民政厅")
    unsigned = parse(
        "[发文机构] 辽宁省民政厅\n[联合发文单位] 辽宁省教育厅;辽宁省财政厅\n关于示例的通知\n"
        "各市：\n现通知如下。\n"
    )
    assert unsigned.issuers == ("辽宁省民政厅", "辽宁省教育厅", "辽宁省财政厅")


def test_names_spread_by_spaces_are_one_name() -> None:
    document = parse("关于示例的通知\n各市：\n请执行。\n民 政 部    财　政　部\n2030年1月8日\n")
    assert document.issuers == ("民政部", "财政部")


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["附件：甲表"], ["甲表"]),
        (["附件1：甲表", "附件2：乙表"], ["甲表", "乙表"]),
        (["附件：1．甲表", "2．乙表", "3．丙表"], ["甲表", "乙表", "丙表"]),
        (["附件:1.甲表 2.乙表。"], ["甲表", "乙表"]),
        (["- 附件2：乙表", "- 附件1：甲表"], ["乙表", "甲表"]),
        (["附件 1 甲表（略）"], ["甲表"]),
        (["附：甲表；"], ["甲表"]),
    ],
)
def test_attachments_are_named_as_listed(lines: list[str], names: list[str]) -> None:
    document = parse("关于示例的通知\n各市：\n请执行。\n" + "\n".join(lines) + "\n2030年1月8日")
    assert list(document.attachments) == names
    assert document.clauses == ()


@pytest.mark.parametrize("line", ["附件1所列材料应当齐全。", "附则", "附近的学校应当配合。"])
def test_a_sentence_about_an_attachment_is_none(line: str) -> None:
    document = parse(f"关于示例的通知\n各市：\n一、报送材料\n{line}")
    assert document.attachments == ()
    assert document.clauses[0].text == line


def test_a_list_of_attachments_ends_where_the_numbers_do_not_follow() -> None:
    document = parse("关于示例的通知\n各市：\n附件：1.甲表\n2.乙表\n1.另起的一项\n")
    assert document.attachments == ("甲表", "乙表")
    assert [c.text for c in document.clauses] == ["另起的一项"]


def test_articles_under_parts_do_not_swallow_the_next_part() -> None:
    document = parse(
        "示例解释\n一、关于担保\n（一）一般规定\n第一条　有下列情形之一的：\n（一）甲；\n"
        "（二）乙。\n"
        "（二）特别规定\n第二条　丙。\n二、附则\n第三条　丁。\n"
    )
    assert [(c.key, c.parent_key) for c in document.clauses] == [
        ("1", ""),
        ("1-1", "1"),
        ("art-1", "1-1"),
        ("1-2", "1"),
        ("art-2", "1-2"),
        ("2", ""),
        ("art-3", "2"),
    ]


def test_two_texts_in_one_notice_are_told_apart_by_letters() -> None:
    document = parse(
        "关于印发甲和乙两个规定的通知\n各市：\n现印发给你们。\n辽宁省民政厅\n2030年1月8日\n"
        "关于甲的规定\n一、范围\n二、期限\n关于乙的规定\n一、对象\n"
    )
    assert [c.key for c in document.clauses] == ["1", "2", "1b"]
    assert kinds(document)["plan_title"] == ["关于甲的规定"]
    assert kinds(document)["attachment_title"] == ["关于乙的规定"]
    assert document.clauses[1].text == ""


def test_attachments_follow_a_forwarded_text_without_clauses() -> None:
    document = parse(
        "关于印发《甲办法》的通知\n各市：\n现印发给你们。\n附件：1.甲办法\n2.乙表\n辽宁省民政厅\n"
        "2030年1月8日\n附件1\n甲办法\n为了示例，制定本办法。\n附件2\n乙表\n姓名　年龄\n"
    )
    assert document.plan_title == "甲办法"
    assert document.plan_preamble == ("为了示例，制定本办法。",)
    assert document.attachments == ("甲办法", "乙表")
    assert kinds(document)["attachment_title"] == ["附件1", "附件2", "乙表"]
    assert kinds(document)["attachment_text"] == ["姓名　年龄"]
