"""The browser shows and hides by the same rules as the server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from forms.builder.conditions import holds
from tests.browser.conftest import ROOT
from tests.builder import any_condition

pytestmark = pytest.mark.browser
EXAMPLES = json.loads((ROOT / "tests/builder/conditions.json").read_text())
EVALUATE = """cases => cases.map(one =>
    window.tongbanConditions.holds(one.condition, one.answers, one.today || "2025-02-27"))"""


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    page.add_script_tag(path=Path(ROOT / "site/static/js/conditions.js"))
    yield page
    page.close()


def test_the_shared_examples_hold_in_the_browser(page: Page) -> None:
    said = page.evaluate(EVALUATE, EXAMPLES)
    wrong = [
        one["say"]
        for one, holding in zip(EXAMPLES, said, strict=True)
        if holding is not one["holds"]
    ]
    assert wrong == []


def test_hundreds_of_random_cases_are_the_same_on_both_sides(page: Page) -> None:
    cases: list[dict[str, Any]] = []
    case = st.fixed_dictionaries(
        {
            "condition": any_condition.conditions,
            "answers": any_condition.answers,
            "today": any_condition.days.map(date.isoformat),
        }
    )

    @settings(
        max_examples=600,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case)
    def collect(one: dict[str, Any]) -> None:
        cases.append(one)

    collect()
    # Through JSON, as they reach a browser: there 2.0 is 2.
    said = page.evaluate(EVALUATE, json.loads(json.dumps(cases)))
    meant = [
        holds(one["condition"], one["answers"], date.fromisoformat(one["today"])) for one in cases
    ]
    wrong = [one for one, left, right in zip(cases, said, meant, strict=True) if left is not right]
    assert len(cases) >= 500
    assert wrong == []
