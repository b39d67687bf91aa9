"""Working days: the table first, then the library, then the weekday rule with a visible mark.

The State Council announces a year's days off and make-up days at the end of the year before. Until
then a computation that crosses into that year goes by weekdays alone and says so (`estimated`).
Days are local dates (Asia/Shanghai); day counts follow 期间 of the Civil Code, article 201: the day
of the event itself does not count.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import NamedTuple

import chinese_calendar

from home.directory.models import WorkdayException

# More than any rule of handling knows; a larger number is a mistake, not a deadline.
MAX_WORKING_DAYS = 1_000
MAX_SPAN = timedelta(days=366 * 20)
ONE_DAY = timedelta(days=1)


class WorkingDate(NamedTuple):
    """A date found by counting working days."""

    date: date
    # Whether a day on the way was judged by the weekday rule alone ("暂按周末推算").
    estimated: bool


class _Calendar:
    """The table from one year on, read by a single query; answers day by day without another."""

    def __init__(self, first: date) -> None:
        rows = WorkdayException.objects.filter(date__gte=date(first.year, 1, 1))
        self._kinds = dict(rows.values_list("date", "kind").order_by())
        kinds_of_year: dict[int, set[str]] = defaultdict(set)
        for day, kind in self._kinds.items():
            kinds_of_year[day.year].add(kind)
        # Every notice names days off and make-up days alike: a year that has both was entered, and
        # its other days are ordinary ones, not estimates.
        self._announced = {
            year
            for year, kinds in kinds_of_year.items()
            if kinds.issuperset(WorkdayException.Kind.values)
        }

    def look_up(self, day: date) -> tuple[bool, bool]:
        """Whether `day` is a working day, and whether that is an estimate."""
        kind = self._kinds.get(day)
        if kind is not None:
            return kind == WorkdayException.Kind.WORK, False
        if day.year in self._announced:
            return day.weekday() < 5, False
        try:
            return bool(chinese_calendar.is_workday(day)), False
        except NotImplementedError:  # the library ends with the last year that was announced to it
            return day.weekday() < 5, True


def _require_date(day: date) -> None:
    # A datetime is a date to Python, but equals none: which day it is depends on the time zone.
    if isinstance(day, datetime) or not isinstance(day, date):
        raise TypeError(f"A local date is needed, not {type(day).__name__}.")


def is_working_day(day: date) -> tuple[bool, bool]:
    """Whether `day` is a working day, and whether that is an estimate. One query."""
    _require_date(day)
    return _Calendar(day).look_up(day)


def add_working_days(start: date, days: int) -> WorkingDate:
    """The day on which the `days`-th working day after `start` falls. One query.

    0 gives `start` itself, be it a working day or not. Raises ValueError for a negative or absurd
    number and where the calendar ends.
    """
    _require_date(start)
    if isinstance(days, bool) or not isinstance(days, int):
        raise TypeError(f"A whole number of days is needed, not {type(days).__name__}.")
    if not 0 <= days <= MAX_WORKING_DAYS:
        raise ValueError(
            f"{days} is not a number of working days between 0 and {MAX_WORKING_DAYS}."
        )
    calendar, day, left, estimated = _Calendar(start), start, days, False
    while left:
        if day == date.max:
            raise ValueError(f"{days} working days after {start} is beyond the calendar.")
        day += ONE_DAY
        working, guessed = calendar.look_up(day)
        estimated = estimated or guessed
        left -= working
    return WorkingDate(day, estimated)


def working_days_between(a: date, b: date) -> int:
    """How many working days lie after `a` up to and including `b`; negative if `b` is earlier.

    The reverse of `add_working_days`: for a working day `b` that many days added to `a` give `b`.
    One query. Raises ValueError for a span of more than twenty years.
    """
    _require_date(a)
    _require_date(b)
    if b < a:
        return -working_days_between(b, a)
    if b - a > MAX_SPAN:
        raise ValueError(f"From {a} to {b} is too far to count.")
    calendar = _Calendar(a)
    span = (b - a).days
    return sum(calendar.look_up(a + timedelta(days=n))[0] for n in range(1, span + 1))
