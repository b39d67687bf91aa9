"""Personal data in texts: what is found and what is left alone. Numbers and names are made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from home.pages.checking import names, numbers, wording
from home.pages.checking.richtext import read_rich_text

CONTENT = Path(__file__).resolve().parents[2] / "site" / "ops" / "content"


def shown(found: object) -> list[str]:
    return [one.shown for one in found]  # type: ignore[attr-defined]


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "证号11010519491231002X。",
        "证号11010519491231002x。",
        "身份证：１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-19491231-002X",
        "号码11010519491231002X\n下一行",
    ],
)
def test_an_identity_number_is_found_however_it_is_typed(text: str) -> None:
    assert shown(numbers.find_identity_numbers(numbers.narrow(text))) == ["1101************2X"]


@pytest.mark.parametrize(
    "text",
    [
        "110105194912310021",  # the check character is wrong
        "11010519491331002X",  # a thirteenth month
        "99010519491231002X",  # no province
        "A11010519491231002X",
        "11010519491231002X3",
        "1101**********002X",
        "统一社会信用代码91350100M000100Y43",
        "https://mzt.ln.gov.cn/lmf/2025022714071845927/index.shtml",
        "https://example.cn/11010519491231002X",
    ],
)
def test_other_long_numbers_are_no_identity_numbers(text: str) -> None:
    assert not shown(numbers.find_identity_numbers(numbers.narrow(text)))


def test_an_old_number_of_15_digits_is_known_by_its_province_and_date() -> None:
    assert shown(numbers.find_old_identity_numbers("证号110105491231002。")) == ["1101*********02"]
    assert not shown(numbers.find_old_identity_numbers("税号110105491331002"))
    assert not shown(numbers.find_old_identity_numbers("编号990105491231002"))


@pytest.mark.parametrize(
    "text",
    [
        "13912345678",
        "139 1234 5678",
        "139-1234-5678",
        "+86 13912345678",
        "联系人１３９１２３４５６７８",
    ],
)
def test_a_mobile_number_is_found_however_it_is_typed(text: str) -> None:
    assert shown(numbers.find_mobile_numbers(numbers.narrow(text))) == ["139******78"]


@pytest.mark.parametrize(
    "text",
    ["139****5678", "12345678901", "1391234567", "139123456789", "辽民发〔2025〕10号", "12345"],
)
def test_what_is_no_mobile_number_is_left_alone(text: str) -> None:
    assert not shown(numbers.find_mobile_numbers(numbers.narrow(text)))


@pytest.mark.parametrize(
    "text", ["024-23456789", "(024)23456789", "0411 81234567", "024—23456789", "联系电话：23456789"]
)
def test_a_landline_is_found_with_its_area_code_or_its_word(text: str) -> None:
    assert len(shown(numbers.find_landline_numbers(numbers.narrow(text)))) == 1


@pytest.mark.parametrize(
    "text",
    ["400-812-3456", "2025-02-08", "编号23456789", "拨打12345或12355", "邮编110032", "0245"],
)
def test_other_figures_are_no_landlines(text: str) -> None:
    assert not shown(numbers.find_landline_numbers(numbers.narrow(text)))


@pytest.mark.parametrize(
    "text", ["6222021234567890128", "6222 0212 3456 7890 128", "卡号4111111111111111"]
)
def test_a_bank_card_is_found_by_its_check_digit(text: str) -> None:
    assert len(shown(numbers.find_bank_cards(numbers.narrow(text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "6222021234567890129",
        "4111111111111112",
        "2025022714071845927",
        "11010519491231002X",
        "6222",
    ],
)
def test_other_long_numbers_are_no_bank_cards(text: str) -> None:
    assert not shown(numbers.find_bank_cards(numbers.narrow(text)))


def test_nothing_found_is_ever_shown_in_full() -> None:
    text = "11010519491231002X 13912345678 024-23456789 6222021234567890128"
    for find in (
        numbers.find_identity_numbers,
        numbers.find_mobile_numbers,
        numbers.find_landline_numbers,
        numbers.find_bank_cards,
    ):
        for found in find(text):
            assert "*" in found.shown
            assert numbers.bare(text[found.start : found.end]) not in found.shown


# ── names beside a label ────────────────────────────────────────────────────────────────────────

NAMED = [
    "孤儿张小明今年八岁",
    "残疾儿童李丽丽",
    "低保户王建国家",
    "困境儿童刘洋洋和奶奶生活",
    "张小明（孤儿）",
    "王丽丽是残疾儿童",
    "留守儿童欧阳小雨",
    "困境儿童：赵子涵",
    "事实无人抚养儿童 陈晨",
    "孤儿名叫周星",
    "救助对象孙强，男",
    "特困人员姓名：钱多多",
    "李小雨，女，8岁，系低保家庭成员",
    "走访慰问了困境儿童王芳一家",
    "患儿于洋洋在医院",
    "为脑瘫儿童高宇轩送去书包",
    "受助学生何雨欣的妈妈",
    "低保对象马国庆",
    "低保户儿童王小明",
    "王小明（残疾）",
    "低保家庭孩子王小明，今年8岁",
    "低保户王小明",
    "困境儿童王小明",
    "低保家庭大学生刘佳怡",
    "困境家庭的孩子赵子涵",
    "特困户子女孙浩然",
    "残疾王小明",
    "低保：李丽丽",
    "王小明（8岁，低保户）",
    "李丽丽（肢体残疾二级）",
    "张强(低保、单亲)",
    "慰问了王小明（孤儿，在校）",
    "王小明享受低保，",
    "赵子涵家是低保户。",
    "李丽丽患有智力残疾",
    "残疾户老人马国庆",
]


@pytest.mark.parametrize("text", NAMED)
def test_a_name_beside_a_label_is_found(text: str) -> None:
    assert len(shown(names.find_labelled_names(text))) == 1


def test_a_name_that_is_found_is_shown_without_the_given_name() -> None:
    assert shown(names.find_labelled_names("慰问孤儿张小明。")) == ["孤儿张**"]
    assert "小明" not in "".join(shown(names.find_labelled_names("张小明（孤儿）")))


UNNAMED = [
    "低保户王某某",
    "孤儿张某",
    "困境儿童小明",
    "残疾儿童康复救助",
    "孤儿安置工作",
    "困境儿童关爱服务",
    "困境儿童方面，",
    "残疾人和困境儿童",
    "困境儿童应当得到帮助",
    "留守儿童时，",
    "残疾儿童家长",
    "孤儿和弃婴",
    "孤儿、艾滋病病毒感染儿童",
    "流动儿童居住地民政部门",
    "低保家庭成员",
    "困境儿童成长",
    "低保对象申请",
    "残疾人就业",
    "孤儿于在校期间",
    "留守儿童常住地",
    "特困人员金额",
    "残疾人康复中心主任王强",
    "困境儿童温暖行动",
    "困境儿童向社区求助",
    "流动儿童随父母",
    "张小明是儿童主任",
    "孤儿申请人的家庭收入",
    "与特困人员相衔接。",
    "孤儿普惠性、公益性课程",
    "困境儿童强制报告",
    "低保户儿童王某",
    "王某某（残疾）",
    "低保家庭孩子关爱活动",
    "低保家庭子女就学",
    "残疾程度评定",
    "残疾等级",
    "低保金额",
    "低保标准和特困标准",
    "低保资金（含残疾）",
    "困难群众（低保、特困）",
    "康复项目（残疾）",
    "低保户学生时，",
    "残疾康复救助",
    "低保边缘家庭",
    "特困供养金",
    "困境时，",
    "应当享受低保，",
    "农村低保，城市低保",
    "家庭成员有残疾，",
    "全市低保（城市）",
    "低保申请，残疾鉴定",
    "残疾证，低保证",
]


@pytest.mark.parametrize("text", UNNAMED)
def test_ordinary_words_beside_a_label_are_no_names(text: str) -> None:
    assert not shown(names.find_labelled_names(text))


def test_the_plan_and_all_demo_texts_name_nobody() -> None:
    for file in sorted(CONTENT.iterdir()):
        text = file.read_text(encoding="utf-8")
        for find in (
            names.find_labelled_names,
            names.find_tables_of_names,
            names.find_lists_of_names,
        ):
            assert shown(find(text)) == [], file.name


def test_a_label_before_any_word_of_the_plan_hardly_ever_makes_a_name() -> None:
    text = (CONTENT / "action-plan.txt").read_text(encoding="utf-8")
    places = [place for place, character in enumerate(text) if character in "，。；、,;"]
    wrong = [
        text[place + 1 : place + 9]
        for place in places
        if shown(names.find_labelled_names("孤儿" + text[place + 1 : place + 9]))
    ]
    assert len(places) > 300
    assert len(wrong) <= len(places) // 100, wrong


def test_a_table_with_names_and_other_columns_is_found() -> None:
    assert shown(
        names.find_tables_of_names("序号 姓名 性别 身份证号\n1 张小明 男 210\n2 李丽 女 33")
    ) == ["2行"]
    assert shown(names.find_tables_of_names("姓名\t类别\n赵子涵\t低保")) == ["1行"]


@pytest.mark.parametrize(
    "text", ["请填写姓名、身份证号、电话\n提交", "姓名\t电话", "项目\t金额\n张小明\t5", ""]
)
def test_a_form_to_fill_in_is_no_table_of_names(text: str) -> None:
    assert not shown(names.find_tables_of_names(text))


def test_a_list_of_helped_people_is_found_and_a_list_of_guests_is_not() -> None:
    assert shown(names.find_lists_of_names("受助儿童名单：张小明、李丽丽、王伟强"))
    assert not shown(names.find_lists_of_names("出席会议的有张小明、李丽丽、王伟强"))
    assert not shown(names.find_lists_of_names("残疾儿童的康复、教育、就业、住房"))


# ── wording ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["电话：待填", "XX县民政局", "某某单位应当", "日期____", "TODO 补正文", "请XXX同志"]
)
def test_what_was_to_be_filled_in_is_found(text: str) -> None:
    assert shown(wording.find_placeholders(text))


@pytest.mark.parametrize("text", ["低保户王某某", "XXL号", "HTTPX", "填写待遇", "a_b", "2025年"])
def test_finished_words_are_left_alone(text: str) -> None:
    assert not shown(wording.find_placeholders(text))


def test_marks_are_mixed_only_where_both_kinds_stand_in_one_text() -> None:
    assert len(shown(wording.find_mixed_punctuation("孩子，家长,老师"))) == 1
    assert not shown(wording.find_mixed_punctuation("孩子,家长,老师"))
    assert not shown(wording.find_mixed_punctuation("孩子，家长，老师(3,000人)"))


# ── any text ────────────────────────────────────────────────────────────────────────────────────

PIECES = st.sampled_from(
    [
        "孤儿",
        "张",
        "小明",
        "（",
        "）",
        "，",
        "\n",
        "\t",
        "姓名",
        "电话",
        "1391234",
        "5678",
        "11010519",
    ]
    + ["49123100", "2X", "某某", "XX", "<p>", "<a href=", "\x00", "\ud7ff", "＋", "𠮷", " "]
)


@given(st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=40).map("".join)))
def test_no_text_breaks_a_check(text: str) -> None:
    narrow = numbers.narrow(text)
    assert len(narrow) == len(text)
    for find in (
        numbers.find_identity_numbers,
        numbers.find_old_identity_numbers,
        numbers.find_mobile_numbers,
        numbers.find_landline_numbers,
        numbers.find_bank_cards,
        names.find_labelled_names,
        names.find_tables_of_names,
        names.find_lists_of_names,
        wording.find_placeholders,
        wording.find_mixed_punctuation,
    ):
        for found in find(narrow):
            assert 0 <= found.start < found.end <= len(text)
    read_rich_text(text)
