"""What changed between two versions, said in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from forms.builder.differences import differences
from forms.builder.questions import Question
from tests.builder import any_form

A = Question("fa", "几口人", "number")
B = Question("fb", "远吗", "radio", choices=[("near", "近"), ("far", "远")])
C = Question("fc", "情况", "multiline", required=False)
S1, S2 = Question("s1", "孩子", "screen"), Question("s2", "联系", "screen")
G, E = Question("g1", "兄弟姐妹", "group"), Question("g2", "结束", "group_end")


@pytest.mark.parametrize(
    ("old", "new", "sentences", "asks_again"),
    [
        ([A, B], [A, B], [], False),
        ([A], [A, B], ["新增了问题“远吗”。"], True),
        ([A], [A, C], ["新增了问题“情况”。"], False),
        ([A, B], [A], ["删去了问题“远吗”。"], False),
        ([S1, A], [S1, A, S2, B], ["新增了一页“联系”。", "新增了问题“远吗”。"], True),
        ([A], [replace(A, label="几个人")], ["“几口人”改成了“几个人”。"], False),
        ([A], [replace(A, type="singleline")], ["“几口人”的类型由“数字”改成了“短文字”。"], True),
        ([C], [replace(C, required=True)], ["“情况”改成了必答。"], True),
        ([A], [replace(A, required=False)], ["“几口人”改成了选答。"], False),
        ([A], [replace(A, help_text="连您")], ["“几口人”的说明改了。"], False),
        ([A], [replace(A, most=9)], ["“几口人”可以填的范围改了。"], True),
        (
            [B],
            [replace(B, choices=[("near", "很近"), ("sea", "海边")])],
            ["“远吗”少了选项：远。", "“远吗”多了选项：海边。", "“远吗”的选项“近”改成了“很近”。"],
            True,
        ),
        (
            [A, B],
            [A, replace(B, condition={"question": "fa", "is": "at_least", "value": 2})],
            ["“远吗”的显示条件改了。"],
            True,
        ),
        ([S1, A, B, S2, C], [S1, A, S2, C, B], ["“远吗”移到了“联系”这一页。"], False),
        ([A, B, C], [C, A, B], ["“情况”换了位置。"], False),
        ([A, G, B, E], [A, G, B, C, E], ["新增了问题“情况”。"], False),
        ([G, B, E, A], [G, B, A, E], ["“几口人”移到了“兄弟姐妹”一组里。"], True),
    ],
)
def test_each_change_is_a_sentence(
    old: list[Question], new: list[Question], sentences: list[str], asks_again: bool
) -> None:
    changes = differences(old, new)
    assert [change.sentence for change in changes] == sentences
    assert any(change.asks_again for change in changes) is asks_again


@settings(max_examples=40, suppress_health_check=any_form.SLOW)
@given(any_form.forms(most_screens=2), any_form.forms(most_screens=2))
def test_any_two_forms_can_be_compared(old: list[Any], new: list[Any]) -> None:
    assert differences(old, old) == []
    changes = differences(old, new)
    assert all(change.sentence for change in changes)
    spoken = {q.key for q in [*old, *new] if q.type != "group_end"}
    assert {change.key for change in changes} <= spoken
