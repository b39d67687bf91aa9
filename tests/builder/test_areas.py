"""The cascade of areas, with and without script."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from forms.builder.models import FormPage, Submission
from forms.builder.selectors import answers_of
from tests.builder.conftest import CANARY, Family


def test_the_button_brings_the_next_level_and_keeps_everything(family: Family) -> None:
    family.fill(户籍地=("210000", "", ""), 联系电话="12")
    response = family.send(_refine=family.key("户籍地"))
    html = response.content.decode()
    assert response.status_code == 200
    assert "沈阳市</option>" in html
    assert CANARY in html
    assert 'value="12"' in html
    assert "error-summary" not in html
    assert "field__error" not in html
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("chosen", "stored"),
    [
        (("110000", "110101", ""), "110101"),
        (("710000", "", ""), "710000"),
        (("210000", "21SFSF", ""), "21SFSF"),
        (("210000", "210200", "210202"), "210202"),
    ],
)
def test_an_area_with_nothing_below_it_is_an_answer(
    family: Family, chosen: tuple[str, ...], stored: str
) -> None:
    family.fill(户籍地=chosen)
    assert family.send().status_code == 303
    assert answers_of(Submission.objects.get()).text("registration") == stored


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (("", "", ""), "请回答“户籍地”。"),
        (("210000", "", ""), "请接着选择下一级。"),
        (("210000", "210100", ""), "请接着选择下一级。"),
        (("110000", "210100", "210102"), "所选的下一级不在所选的上一级之内"),
        (("210000", "210200", "210102"), "所选的下一级不在所选的上一级之内"),
        (("210000", "", "210102"), "所选的下一级不在所选的上一级之内"),
        (("110000", "110100", "110101"), "所选的下一级不在所选的上一级之内"),
        (("210102", "", ""), "所选的下一级不在所选的上一级之内"),
        (("999999", "", ""), "没有这个地区"),
        (("21\x00000", "", ""), "没有这个地区"),
        (("1 OR 1=1", "", ""), "没有这个地区"),
        (("9" * 5000, "", ""), "没有这个地区"),
        (("２１００００", "", ""), "没有这个地区"),
    ],
)
def test_what_is_no_area_is_said_at_the_field(
    family: Family, chosen: tuple[str, ...], sentence: str
) -> None:
    family.fill(户籍地=chosen)
    response = family.send()
    assert response.status_code == 422
    assert response.content.decode().count(sentence) == 2


def test_a_residence_is_in_the_province_alone(family: Family) -> None:
    family.fill(居住地=("110000", "110101"))
    assert family.send().status_code == 422
    family.fill(居住地=("21SFSF", ""))
    assert family.send().status_code == 303
    assert answers_of(Submission.objects.get()).text("residence") == "21SFSF"


def test_the_script_gets_the_children_of_an_area(page: FormPage) -> None:
    response = Client().get("/requests/areas/210100.json")
    assert response.json() == {
        "code": "210100",
        "children": [{"code": "210102", "name": "和平区"}, {"code": "210103", "name": "沈河区"}],
    }
    assert "public" in response["Cache-Control"]
    assert "Set-Cookie" not in response
    assert [c["code"] for c in Client().get("/requests/areas/110000.json").json()["children"]] == [
        "110101"
    ]


@pytest.mark.parametrize("code", ["999999", "x", "%00", "..", "９", "a" * 500])
def test_an_unknown_area_has_no_children(db: None, code: str) -> None:
    response: Any = Client().get(f"/requests/areas/{code}.json")
    assert response.status_code == 404
