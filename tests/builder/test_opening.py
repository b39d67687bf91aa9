"""When a form takes something, and what it says when it doesn't."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from forms.builder.models import FormPage
from forms.builder.opening import Opening, is_full, said_of, state_of, submission_count
from tests.builder.conftest import Family

NOW = datetime.fromisoformat("2025-02-27T12:00:00+08:00")
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("opens", "closes", "state"),
    [
        (None, None, Opening.OPEN),
        (NOW, None, Opening.OPEN),
        (NOW + HOUR, None, Opening.NOT_OPEN),
        (NOW - HOUR, NOW + HOUR, Opening.OPEN),
        (None, NOW, Opening.CLOSED),
        (NOW - 2 * HOUR, NOW - HOUR, Opening.CLOSED),
    ],
)
def test_a_form_opens_at_its_minute_and_closes_at_its_minute(
    page: FormPage, opens: datetime | None, closes: datetime | None, state: Opening
) -> None:
    page.opens_at, page.closes_at = opens, closes
    assert state_of(page, NOW) is state


def test_a_form_with_a_limit_is_full_when_that_many_have_arrived(family: Family) -> None:
    page = family.page
    assert not is_full(page)
    page.most_submissions = 1
    assert state_of(page, timezone.now()) is Opening.OPEN
    family.send()
    assert submission_count(page) == 1
    assert state_of(page, timezone.now()) is Opening.FULL
    page.most_submissions = 2
    assert state_of(page, timezone.now()) is Opening.OPEN


def test_what_is_only_tried_out_is_open_to_nobody(page: FormPage) -> None:
    page.is_test = True
    assert state_of(page, NOW) is Opening.TEST


@pytest.mark.parametrize("state", [Opening.NOT_OPEN, Opening.CLOSED, Opening.FULL, Opening.TEST])
def test_who_comes_at_the_wrong_time_is_told_where_else_to_turn(
    page: FormPage, state: Opening
) -> None:
    page.opens_at = page.closes_at = NOW
    said = said_of(page, state)
    assert said is not None
    assert "12345" in said.text
    assert "110" in said.text
    if state in (Opening.NOT_OPEN, Opening.CLOSED):
        assert "2025年2月27日 12:00" in said.text
    assert said_of(page, Opening.OPEN) is None
