"""A child's document and birth date. Every number here is made up (示例)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django import forms
from django.core.exceptions import ValidationError

from forms.builder.conditions import age_on
from forms.builder.kinds import AgeLimit
from forms.builder.personal_fields import (
    BirthDateAnswer,
    IdentityAnswer,
    born_by_document,
    disagreement,
    identity_text,
)
from forms.builder.questions import Question


def summed(body: str) -> str:
    """GB 11643: the seventeen digits with their check character, by the standard's table."""
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


GIRL = summed("21010220150601002")
ENDS_WITH_X = next(
    number for last in range(200) if (number := summed(f"21010220150601{last:03d}")).endswith("X")
)


def clean(kind: str, number: str, *, required: bool = True) -> Any:
    return IdentityAnswer(required=required).clean({"kind": kind, "number": number})


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("resident", GIRL, GIRL),
        ("resident", f" {GIRL[:6]} {GIRL[6:14]} {GIRL[14:]} ", GIRL),
        ("resident", GIRL.translate({ord(str(n)): 0xFF10 + n for n in range(10)}), GIRL),
        ("resident", ENDS_WITH_X.lower(), ENDS_WITH_X),
        ("resident", ENDS_WITH_X.replace("X", "ｘ"), ENDS_WITH_X),
        # A region that no list holds.
        ("resident", summed("99999920150601002"), summed("99999920150601002")),
        ("permit", summed("81000020150601002"), summed("81000020150601002")),
        ("permit", summed("83000020150601002"), summed("83000020150601002")),
        ("foreigner", "abc123456789012", "ABC123456789012"),
        ("foreigner", summed("92184020150601002"), summed("92184020150601002")),
        ("passport", "e1234 5678", "E12345678"),
        ("household", "123456789", "123456789"),
        ("birth", "u 210123456", "U210123456"),
        ("other", "学籍 G2101", "学籍G2101"),
        ("none", "whatever", ""),
    ],
)
def test_a_document_is_taken_however_it_is_typed(kind: str, typed: str, stored: str) -> None:
    assert clean(kind, typed) == {"kind": kind, "number": stored}


@pytest.mark.parametrize(
    ("kind", "typed", "sentence"),
    [
        ("resident", GIRL[:-1] + str((int(GIRL[-1]) + 1) % 10), "最后一位与前面的数字对不上"),
        ("resident", GIRL[:-1], "应当是18位，现在是17位"),
        ("resident", "210102150601002", "15位的旧身份证号码已经停用"),
        ("resident", summed("21010220150230002"), "不是真实的日期"),
        ("resident", summed("21010220990601002"), "不是真实的日期"),
        ("resident", "2101022015O6010021", "只有最后一位可以是字母X"),
        ("resident", summed("82000020150601002"), "请改选证件类型"),
        ("resident", "", "没有证件的，证件类型请选“暂无证件”"),
        ("resident", "١" * 18, "只有最后一位可以是字母X"),
        ("resident", GIRL + "\ud800", "无法识别的字符"),
        ("permit", GIRL, "以81、82或83开头"),
        ("foreigner", "AB1234567890123", "15位"),
        ("passport", "E1", "5至20个字母和数字"),
        ("birth", "1234567890", "1个字母加9个数字"),
        ("other", "9" * 41, "号码太长"),
        ("other", "9" * 10_000, "号码太长"),
        ("", GIRL, "哪一种证件"),
        ("ghost", GIRL, "没有这种证件"),
        ("", " ", "请选择证件类型"),
    ],
)
def test_a_wrong_document_is_refused_with_what_to_do(kind: str, typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        clean(kind, typed)
    assert sentence in "".join(refused.value.messages)


def test_one_wrong_digit_anywhere_is_found() -> None:
    for place in range(17):
        wrong = GIRL[:place] + str((int(GIRL[place]) + 1) % 10) + GIRL[place + 1 :]
        with pytest.raises(ValidationError):
            clean("resident", wrong)


def test_a_document_that_need_not_be_given_may_be_left_empty() -> None:
    assert clean("", "", required=False) == ""


def test_the_document_is_shown_as_it_was_typed_and_by_name() -> None:
    class Form(forms.Form):
        document = IdentityAnswer()

    form = Form({"document_kind": "resident", "document_number": '12"<'})
    html = form.as_p()
    assert 'value="resident" selected' in html
    assert 'value="12&quot;&lt;"' in html
    assert html.count("<label") >= 2
    assert identity_text({"kind": "resident", "number": GIRL}) == f"居民身份证 {GIRL}"
    assert identity_text({"kind": "none", "number": ""}) == "暂无证件"


DOCUMENT = Question("fd", "孩子的证件", "identity", role="child_identity")
BORN = Question("fb", "孩子的出生日期", "birth_date")


def test_a_document_and_a_birth_date_that_disagree_are_said_at_the_date() -> None:
    answers = {"fd": {"kind": "resident", "number": GIRL}, "fb": "2015-06-02"}
    key, sentence = disagreement([DOCUMENT, BORN], answers) or ("", "")
    assert key == "fb"
    assert "2015年6月1日" in sentence
    assert disagreement([DOCUMENT, BORN], answers | {"fb": "2015-06-01"}) is None
    assert (
        disagreement([DOCUMENT, BORN], answers | {"fd": {"kind": "birth", "number": "A1"}}) is None
    )
    assert disagreement([DOCUMENT, BORN], {"fb": "2015-06-02"}) is None


def test_a_parents_document_is_not_held_against_the_childs_birth_date() -> None:
    parents = Question("fd", "您的证件", "identity")
    answers = {"fd": {"kind": "resident", "number": GIRL}, "fb": "2020-01-01"}
    assert disagreement([parents, BORN], answers) is None
    assert disagreement([parents, BORN], answers, in_group=True) is not None
    assert born_by_document({"kind": "passport", "number": "E12345678"}) is None


class TestBirthDate:
    @pytest.fixture(autouse=True)
    def _a_day_in_february(self) -> Iterator[None]:
        with time_machine.travel("2025-02-27 12:00+08:00", tick=False):
            yield

    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("2015-06-01", "2015-06-01"),
            ("20150601", "2015-06-01"),
            ("2015年6月1日", "2015-06-01"),
            ("２０１５．６．１", "2015-06-01"),
            (" 2015 年 6 月 1 号 ", "2015-06-01"),
            ("2025-02-27", "2025-02-27"),
            ("2008-02-29", "2008-02-29"),
        ],
    )
    def test_a_day_is_taken_however_it_is_typed(self, typed: str, stored: str) -> None:
        assert BirthDateAnswer().clean(typed) == stored

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("2025-02-28", "还没有到"),
            ("1990-01-01", "已经35岁"),
            ("2015-02-30", "2015年2月没有30日"),
            ("2015-13-01", "例如 2015年6月1日"),
            ("15-6-1", "例如 2015年6月1日"),
            ("0000-01-01", "例如 2015年6月1日"),
            ("99999-01-01", "例如 2015年6月1日"),
            ("2015061", "例如 2015年6月1日"),
            ("六一", "例如 2015年6月1日"),
            ("1" * 100_000, "例如 2015年6月1日"),
        ],
    )
    def test_no_day_is_refused_with_what_to_do(self, typed: str, sentence: str) -> None:
        with pytest.raises(ValidationError) as refused:
            BirthDateAnswer().clean(typed)
        assert sentence in "".join(refused.value.messages)

    @pytest.mark.parametrize("limit", AgeLimit.values)
    def test_the_last_day_before_each_age_is_taken_and_the_birthday_refused(
        self, limit: str
    ) -> None:
        field = BirthDateAnswer(age_limit=limit)
        year = 2025 - int(limit)
        assert field.clean(f"{year}-02-28") == f"{year}-02-28"
        with pytest.raises(ValidationError) as refused:
            field.clean(f"{year}-02-27")
        (sentence,) = refused.value.messages
        assert f"不满{limit}周岁" in sentence
        assert "12345" in sentence

    def test_an_optional_day_may_be_left_empty(self) -> None:
        assert BirthDateAnswer(required=False).clean("") is None


def test_the_age_counts_by_the_clock_of_shanghai() -> None:
    field = BirthDateAnswer(age_limit=AgeLimit.MIGRANT_CHILD)
    # 23:59 and 00:01 in Shanghai: UTC is still on the day before.
    with time_machine.travel("2025-02-26 15:59Z", tick=False):
        assert field.clean("2009-02-27") == "2009-02-27"
    with time_machine.travel("2025-02-26 16:01Z", tick=False), pytest.raises(ValidationError):
        field.clean("2009-02-27")
    assert age_on(date(2008, 2, 29), date(2025, 2, 28)) == 16
