"""When a question is shown: the examples both sides are held to, and any tree over any answers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from forms.builder.conditions import age_on, asked_about, holds
from tests.builder import any_condition

EXAMPLES = json.loads((Path(__file__).parent / "conditions.json").read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["say"])
def test_the_shared_examples_hold_on_the_server(example: dict[str, Any]) -> None:
    today = date.fromisoformat(example.get("today", "2025-02-27"))
    assert holds(example["condition"], example["answers"], today) is example["holds"]


@settings(max_examples=400)
@given(any_condition.conditions, any_condition.answers, any_condition.days)
def test_any_condition_over_any_answers_is_what_it_says(
    condition: dict[str, Any], answers: dict[str, Any], today: date
) -> None:
    assert holds(condition, answers, today) is any_condition.expected(condition, answers, today)


def test_the_questions_a_condition_looks_at_are_found_at_every_depth() -> None:
    leaf = {"question": "a", "is": "answered"}
    other = {"question": "b", "is": "answered"}
    assert list(asked_about({"all": [leaf, {"any": [other, {"not": leaf}]}]})) == ["a", "b", "a"]
    assert list(asked_about(None)) == []


def test_a_child_of_29_february_has_its_birthday_on_1_march_of_a_common_year() -> None:
    born = date(2008, 2, 29)
    ages = [age_on(born, day) for day in (date(2022, 2, 28), date(2022, 3, 1), date(2024, 2, 29))]
    assert ages == [13, 14, 16]
