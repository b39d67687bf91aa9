"""What the editor is told before a form that can't work is published."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings

from forms.builder.condition_problems import shape_problem
from forms.builder.editing import ConditionField
from forms.builder.kinds import OPERATORS_OF_TYPE, SHAPE_TYPES, FieldType
from forms.builder.models import FormPage
from forms.builder.outline import Group, outline
from forms.builder.problems import problems_of
from forms.builder.questions import Question, from_schema, to_schema
from forms.builder.sensitivity import sensitivity_of
from tests.builder import any_form

STORY = Question("f0000000001", "情况", "multiline", role="story")
CHOICE = Question("f0000000002", "选一个", "radio", choices=[("a", "甲"), ("b", "乙")])
NUMBER = Question("f0000000003", "几口人", "number")
BORN = Question("f0000000004", "孩子的出生日期", "birth_date")
PLACE = Question("f0000000005", "住在哪里", "residence_area")
BOXES = Question("f0000000006", "哪些", "checkboxes", choices=[("a", "甲"), ("b", "乙")])
SCREEN = Question("f00000000a1", "第一页", "screen")
GROUP = Question("f00000000b1", "孩子", "group")
END = Question("f00000000b2", "结束", "group_end")


def asks(question: Question | str, operator: str, value: Any = None) -> dict[str, Any]:
    key = question if isinstance(question, str) else question.key
    leaf = {"question": key, "is": operator}
    return leaf if value is None else {**leaf, "value": value}


def when(condition: Any, key: str = "f0000000099", **more: Any) -> Question:
    return Question(key, "追问", more.pop("type", "singleline"), condition=condition, **more)


def said(*questions: Question, kind: str = "test") -> list[tuple[int | None, str | None, str]]:
    return [(p.row, p.field, p.message) for p in problems_of(kind, questions)]


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("rows", "row", "field", "sentence"),
    [
        ([STORY, when(asks("fffffffffff", "answered"))], 1, "condition", "已经不在这张表里"),
        ([STORY, when(asks("f0000000099", "answered"))], 1, "condition", "不能问这个问题自己"),
        ([STORY, when(asks(CHOICE, "equals", "a")), CHOICE], 1, "condition", "“选一个”排在后面"),
        ([STORY, CHOICE, when(asks(CHOICE, "contains", "a"))], 2, "condition", "不能这样比较"),
        ([STORY, CHOICE, when(asks(CHOICE, "equals", "c"))], 2, "condition", "没有这个选项：c"),
        ([STORY, CHOICE, when(asks(CHOICE, "one_of", ["a", "c"]))], 2, "condition", "没有这个选项"),
        ([STORY, CHOICE, when(asks(CHOICE, "one_of", []))], 2, "condition", "至少一个选项"),
        ([STORY, BOXES, when(asks(BOXES, "contains", "c"))], 2, "condition", "没有这个选项"),
        ([STORY, NUMBER, when(asks(NUMBER, "at_least", "许多"))], 2, "condition", "请填数字"),
        ([STORY, NUMBER, when(asks(NUMBER, "equals", "2.5"))], 2, "condition", "请填整数"),
        ([STORY, NUMBER, when(asks(NUMBER, "equals", True))], 2, "condition", "请填数字"),
        ([STORY, BORN, when(asks(BORN, "younger_than", 15))], 2, "condition", "14、16、18"),
        ([STORY, PLACE, when(asks(PLACE, "within", "999999"))], 2, "condition", "不在名单里"),
        ([STORY, when(asks(SCREEN, "answered")), SCREEN], 1, "condition", "排在后面"),
        ([SCREEN, STORY, when(asks(SCREEN, "answered"))], 2, "condition", "没有答案"),
        ([STORY, when({"all": []})], 1, "condition", "至少要有一个条件"),
        ([STORY, when({"some": []})], 1, "condition", "写法不对"),
        ([STORY, when(asks(STORY, "resembles", 1))], 1, "condition", "没有名为“resembles”"),
        ([STORY, when([1])], 1, "condition", "写法不对"),
        ([STORY, GROUP, CHOICE, END, when(asks(CHOICE, "equals", "a"))], 4, "condition", "组外"),
        (
            [STORY, GROUP, CHOICE, when(asks(GROUP, "answered")), END],
            3,
            "condition",
            "这一组填了没有",
        ),
        (
            [CHOICE, when(asks(CHOICE, "answered"), type="multiline", role="story")],
            1,
            "condition",
            "无法办理",
        ),
        (
            [
                GROUP,
                CHOICE,
                Question("f9", "x", "group_end", condition=asks(CHOICE, "answered")),
                STORY,
            ],
            2,
            "condition",
            "组的结尾",
        ),
        ([STORY, GROUP, END], 1, "field_type", "组里还没有问题"),
        (
            [STORY, GROUP, CHOICE, Question("f9", "又一组", "group"), NUMBER, END],
            3,
            "field_type",
            "还没有结束",
        ),
        ([STORY, END], 1, "field_type", "没有开始的组"),
        ([GROUP, STORY, END], 1, "role", "不能有“含义”"),
        (
            [STORY, GROUP, Question("f9", "告知", "consent", text_key="request-notice"), END],
            2,
            "field_type",
            "移到组的外面",
        ),
        ([STORY, SCREEN, CHOICE], 0, "field_type", "第一行也要是“新的一页”"),
        ([SCREEN, STORY, Question("f9", "第二页", "screen")], 2, "field_type", "还没有问题"),
        ([STORY, Question("f9", "x", "number", least=3, most=2)], 1, "least", "不能大于"),
        ([STORY, Question("f9", "x", "files", most=99)], 1, "most", "最多填10"),
        ([STORY, Question("f9", "x", "files", least=-1)], 1, "least", "不能小于0"),
        ([STORY, Question("f9", "x", "singleline", most=9)], 1, "least", "请清空"),
        (
            [STORY, Question("f9", "x", "date", age_limit="14")],
            1,
            "age_limit",
            "只有“孩子出生日期”",
        ),
        (
            [STORY, Question("f9", "x", "birth_date", age_limit="15")],
            1,
            "age_limit",
            "没有这种年龄限制",
        ),
        (
            [STORY, Question("f9", "x", "identity", sensitivity="internal")],
            1,
            "sensitivity",
            "个人信息",
        ),
        ([STORY, Question("f9", "x", "phone", sensitivity="public")], 1, "sensitivity", "个人信息"),
        (
            [
                STORY,
                Question(
                    "f9",
                    "x",
                    "radio",
                    choices=[("no", "没有")],
                    role="danger",
                    sensitivity="personal",
                ),
            ],
            1,
            "sensitivity",
            "敏感个人信息",
        ),
        (
            [STORY, Question("f9", "x", "singleline", sensitivity="secret")],
            1,
            "sensitivity",
            "从列表中选择",
        ),
        (
            [STORY, Question("f9", "x", "singleline", retention="for-ever")],
            1,
            "retention",
            "从列表中选择",
        ),
        ([STORY, Question("f9", " ", "singleline")], 1, "label", "请填写这一行的文字"),
        ([STORY, Question("f9", "x", "hologram")], 1, "field_type", "没有这种类型"),
        ([STORY, Question("f9", "x", "singleline", role="king")], 1, "role", "没有这种含义"),
        ([STORY, Question(STORY.key, "x", "singleline")], 1, None, "内部代号相同"),
    ],
)
def test_each_mistake_is_said_at_its_row_and_field(
    rows: list[Question], row: int, field: str | None, sentence: str
) -> None:
    found = said(*rows)
    assert any((r, f) == (row, field) and sentence in text for r, f, text in found), found


@pytest.mark.usefixtures("page")
class TestWhatIsAllowed:
    def test_a_condition_may_ask_within_its_group_and_before_it(self) -> None:
        inner = when(
            {"all": [asks(CHOICE, "equals", "a"), asks(NUMBER, "at_least", 2)]}, "f0000000098"
        )
        assert said(STORY, CHOICE, GROUP, NUMBER, inner, END) == []

    def test_whether_a_group_was_filled_in_may_be_asked_behind_it(self) -> None:
        assert said(STORY, GROUP, CHOICE, END, when(asks(GROUP, "answered"))) == []

    def test_a_group_may_end_with_its_screen(self) -> None:
        other = Question("f9", "第二页", "screen")
        assert said(SCREEN, STORY, GROUP, CHOICE, other, NUMBER) == []

    def test_one_question_twice_in_a_condition_is_said_once(self) -> None:
        twice = {"any": [asks("fffffffffff", "answered")] * 3}
        assert len(said(STORY, when(twice))) == 1


@pytest.mark.usefixtures("page")
def test_a_cycle_can_not_be_built() -> None:
    """Only earlier questions may be asked: of two that ask each other one is always too early."""
    first = when(asks("f0000000002", "answered"), "f0000000001")
    second = when(asks("f0000000001", "answered"), "f0000000002")
    assert any("排在后面" in text for _r, _f, text in said(STORY, first, second))
    assert any("排在后面" in text for _r, _f, text in said(STORY, second, first))


@pytest.mark.usefixtures("page")
def test_a_needed_question_is_not_hidden_with_its_screen() -> None:
    hidden = Question("f00000000a2", "第二页", "screen", condition=asks(CHOICE, "equals", "a"))
    found = said(SCREEN, CHOICE, hidden, STORY)
    assert [(row, field) for row, field, _text in found] == [(3, "condition")]


@pytest.mark.usefixtures("page")
def test_a_form_has_so_many_rows_and_no_more() -> None:
    many = [Question(f"f{n:010x}", f"问题{n}", "singleline") for n in range(201)]
    assert any("最多200行" in text for _r, _f, text in said(STORY, *many))


def test_every_type_can_be_asked_about_or_takes_no_answer() -> None:
    assert SHAPE_TYPES | OPERATORS_OF_TYPE.keys() == set(FieldType.values)
    assert not SHAPE_TYPES & OPERATORS_OF_TYPE.keys()


def deep(times: int) -> Any:
    tree: Any = asks("f0000000001", "answered")
    for _ in range(times):
        tree = {"not": tree}
    return tree


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        (deep(6), "嵌套太深"),
        (deep(10_000), "嵌套太深"),
        ({"all": [asks("f1", "answered")] * 51}, "条件太多"),
        (asks("f1", "equals", "字" * 41), "最多40个字"),
        (asks("f1", "equals", 10**50), "最多40个字"),
        (asks("f1", "equals", 1.5), "应当是文字、整数"),
        (asks("f1", "one_of", [["x"]]), "应当是文字、整数"),
        ({"question": 1, "is": "answered"}, "应当是文字"),
        ({"question": "f1", "is": "answered", "then": 1}, "写法不对"),
        ({"all": [1]}, "写法不对"),
        ({"all": {}}, "至少要有一个条件"),
        ("text", "写法不对"),
    ],
)
def test_what_is_no_condition_is_refused_whatever_its_size(tree: Any, sentence: str) -> None:
    assert sentence in shape_problem(tree)


@pytest.mark.parametrize(
    "text",
    ["{", "[" * 10_000, '{"not":' * 10_000, "1" * 9_000, "x" * 20_000, '"text"', "NaN", "[]", "12"],
)
def test_hostile_text_in_the_condition_is_a_sentence_and_no_crash(text: str) -> None:
    with pytest.raises(ValidationError):
        ConditionField().clean(text)


def test_a_condition_is_read_as_typed_and_a_fraction_stays_text() -> None:
    field = ConditionField()
    typed = '{"question": "f1", "is": "at_least", "value": 2.5}'
    assert field.clean(typed) == {"question": "f1", "is": "at_least", "value": "2.5"}
    assert field.clean("") is None
    assert field.clean("{}") is None
    assert json.loads(field.prepare_value(field.clean(typed)))["value"] == "2.5"
    assert not field.has_changed(field.clean(typed), typed)
    assert field.has_changed(None, "{")


def test_sensitivity_is_never_less_than_what_is_asked() -> None:
    assert sensitivity_of(CHOICE) == "internal"
    assert sensitivity_of(Question("f1", "x", "singleline", sensitivity="public")) == "public"
    assert sensitivity_of(Question("f1", "x", "phone")) == "personal"
    assert sensitivity_of(Question("f1", "x", "phone", sensitivity="internal")) == "personal"
    assert sensitivity_of(Question("f1", "x", "phone", sensitivity="sensitive")) == "sensitive"
    assert sensitivity_of(Question("f1", "x", "radio", role="danger")) == "sensitive"


@settings(max_examples=150, suppress_health_check=any_form.SLOW)
@given(any_form.forms())
def test_any_form_an_editor_can_build_is_accepted_and_kept(
    page: FormPage, questions: list[Question]
) -> None:
    assert problems_of("test", questions) == []
    again = from_schema(json.loads(json.dumps(to_schema(questions))))
    assert to_schema(again) == to_schema(questions)
    rows = [row for screen in outline(questions) for row in screen.rows]
    kept = [
        q
        for row in rows
        for q in ((row.question, *row.questions) if isinstance(row, Group) else (row,))
    ]
    dropped = {FieldType.SCREEN, FieldType.GROUP_END}
    assert [q.key for q in kept] == [q.key for q in questions if q.type not in dropped]
