"""Counting working days (domain.md 8)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from home.directory.calendar import (
    MAX_WORKING_DAYS,
    add_working_days,
    is_working_day,
    working_days_between,
)
from home.directory.models import WorkdayException

VECTORS = [
    (date(2025, 1, 24), 5, date(2025, 2, 7)),
    (date(2026, 2, 13), 5, date(2026, 2, 27)),
    (date(2026, 4, 30), 3, date(2026, 5, 8)),
    (date(2026, 9, 30), 10, date(2026, 10, 20)),
]
MAKE_UP_DAYS = [
    *[date(2025, m, d) for m, d in ((1, 26), (2, 8), (4, 27), (9, 28), (10, 11))],
    *[date(2026, m, d) for m, d in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))],
]


def enter(day: date, kind: str) -> None:
    WorkdayException.objects.update_or_create(date=day, defaults={"kind": kind})


def test_the_fields_own_vectors_hold_with_the_loaded_table(loaded: Any) -> None:
    for start, days, end in VECTORS:
        assert add_working_days(start, days) == (end, False)
        assert working_days_between(start, end) == days


@pytest.mark.django_db
@pytest.mark.parametrize(("start", "days", "end"), VECTORS)
def test_the_library_stands_in_for_an_empty_table(start: date, days: int, end: date) -> None:
    assert add_working_days(start, days) == (end, False)


def test_a_make_up_weekend_day_is_worked(loaded: Any) -> None:
    assert {day.weekday() for day in MAKE_UP_DAYS} == {5, 6}
    assert {is_working_day(day) for day in MAKE_UP_DAYS} == {(True, False)}


def test_the_plan_was_published_fourteen_working_days_after_its_date(loaded: Any) -> None:
    assert is_working_day(date(2025, 2, 8)) == (True, False)  # a Saturday
    assert working_days_between(date(2025, 2, 8), date(2025, 2, 27)) == 14
    assert working_days_between(date(2025, 2, 9), date(2025, 2, 27)) == 14


def test_a_deadline_that_crosses_into_an_unannounced_year_is_found_and_marked(loaded: Any) -> None:
    assert add_working_days(date(2026, 12, 25), 3) == (date(2026, 12, 30), False)
    # The library knows 2026-12-31; the Friday after is judged by its weekday alone.
    assert add_working_days(date(2026, 12, 25), 10) == (date(2027, 1, 8), True)
    assert is_working_day(date(2027, 1, 2)) == (False, True)


def test_a_day_off_that_was_entered_moves_the_estimate(loaded: Any) -> None:
    enter(date(2027, 1, 1), "off")
    assert add_working_days(date(2026, 12, 25), 10) == (date(2027, 1, 11), True)
    assert is_working_day(date(2027, 1, 1)) == (False, False)


def test_the_mark_goes_when_the_years_notice_was_entered(loaded: Any) -> None:
    enter(date(2027, 1, 1), "off")
    enter(date(2027, 1, 3), "work")
    assert add_working_days(date(2026, 12, 25), 10) == (date(2027, 1, 8), False)
    assert is_working_day(date(2028, 1, 4)) == (True, True)  # the next year's is not


def test_what_an_administrator_enters_goes_before_the_library(loaded: Any) -> None:
    enter(date(2026, 11, 24), "off")
    assert is_working_day(date(2026, 11, 24)) == (False, False)
    enter(date(2026, 11, 28), "work")
    assert add_working_days(date(2026, 11, 23), 4) == (date(2026, 11, 28), False)


@pytest.mark.django_db
def test_no_days_later_is_the_same_day_even_on_a_weekend() -> None:
    assert add_working_days(date(2026, 11, 22), 0) == (date(2026, 11, 22), False)
    assert working_days_between(date(2026, 11, 22), date(2026, 11, 22)) == 0


@pytest.mark.django_db
def test_an_earlier_end_counts_backwards() -> None:
    assert working_days_between(date(2026, 11, 27), date(2026, 11, 23)) == -4


@pytest.mark.django_db
@pytest.mark.parametrize("days", [-1, MAX_WORKING_DAYS + 1, 10**12])
def test_a_negative_or_absurd_number_of_days_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        add_working_days(date(2026, 11, 23), days)


@pytest.mark.django_db
def test_the_end_of_the_calendar_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(ValueError, match="beyond the calendar"):
        add_working_days(date(9999, 12, 30), 5)
    with pytest.raises(ValueError, match="too far"):
        working_days_between(date(1, 1, 1), date(9999, 12, 31))


@pytest.mark.django_db
def test_a_moment_is_refused_because_its_day_depends_on_the_time_zone() -> None:
    moment = datetime(2026, 11, 23, 20, tzinfo=UTC)  # already the 24th in Shenyang
    with pytest.raises(TypeError, match="local date"):
        add_working_days(moment, 1)
    with pytest.raises(TypeError, match="local date"):
        is_working_day(moment)
    with pytest.raises(TypeError, match="whole number"):
        add_working_days(date(2026, 11, 23), 1.5)  # type: ignore[arg-type]


def test_a_computation_asks_the_database_once(loaded: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        add_working_days(date(2025, 1, 2), 500)
    with django_assert_num_queries(1):
        working_days_between(date(2025, 1, 2), date(2027, 1, 2))
    with django_assert_num_queries(1):
        is_working_day(date(2025, 1, 2))
