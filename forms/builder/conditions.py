"""When a question is shown: a small tree over the answers before it.

    {"all": [condition, …]}   {"any": [condition, …]}   {"not": condition}
    {"question": key, "is": operator, "value": value}

The browser shows and hides by the same rules (static/js/conditions.js, held to the same examples in
tests/builder/conditions.json); what counts is the server, which asks again at each screen and at
the end. A question that is not shown has no answer, whatever was sent for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

Condition = Mapping[str, Any]
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,10})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def holds(condition: Condition | None, answers: Mapping[str, Any], today: date) -> bool:
    """Whether the condition is met by {key: answer as stored}. Questions not shown are missing."""
    if not condition:
        return True
    if "all" in condition:
        return all(holds(one, answers, today) for one in condition["all"])
    if "any" in condition:
        return any(holds(one, answers, today) for one in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], answers, today)
    given = answers.get(condition["question"])
    return not is_empty(given) and OPERATORS[condition["is"]](given, condition.get("value"), today)


def asked_about(condition: Condition | None) -> Iterator[str]:
    """The keys of the questions a condition looks at."""
    if not condition:
        return
    for name in ("all", "any"):
        for one in condition.get(name, ()):
            yield from asked_about(one)
    if "not" in condition:
        yield from asked_about(condition["not"])
    if "question" in condition:
        yield condition["question"]


def with_other_keys(condition: Condition, keys: Mapping[str, str]) -> dict[str, Any]:
    """The same condition, asking by new keys where `keys` has one for the old."""
    if "question" in condition:
        key = condition["question"]
        return {**condition, "question": keys.get(key, key)}
    if "not" in condition:
        return {"not": with_other_keys(condition["not"], keys)}
    return {
        name: [with_other_keys(one, keys) for one in several] for name, several in condition.items()
    }


def age_on(born: date, day: date) -> int:
    """Full years; a child born on 29 February is a year older on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_empty(value: Any) -> bool:
    """What counts as no answer."""
    return value is None or value == "" or value == [] or value is False


def _number(value: Any) -> Decimal | None:
    """A number as stored (see `fields.NumberAnswer`); anything the two sides could read in two
    ways ("1e3", "１２", "0x10", " 1") is none."""
    return Decimal(str(value)) if _NUMBER.fullmatch(str(value)) else None


def _same(given: Any, value: Any) -> bool:
    """Numbers by their value, however stored; a box is never a number (Python's True is 1)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = _number(given)
        return number is not None and number == _number(value)
    if isinstance(given, list) and isinstance(value, list):
        return len(given) == len(value) and all(map(_same, given, value))
    return type(given) is type(value) and given == value


def _compared(given: Any, value: Any, accept: Callable[[Decimal, Decimal], bool]) -> bool:
    left, right = _number(given), _number(value)
    return left is not None and right is not None and accept(left, right)


def _younger_than(given: Any, value: Any, today: date) -> bool:
    limit = _number(value)
    if limit is None or not _DAY.fullmatch(str(given)):
        return False
    try:
        return age_on(date.fromisoformat(str(given)), today) < limit
    except ValueError:
        return False


def _within(given: Any, value: Any, today: date) -> bool:
    """Area codes begin with what they lie in: 210102 is within 210100 and within 210000."""
    if not isinstance(given, str) or not isinstance(value, str):
        return False
    outer = value
    while outer.endswith("00"):
        outer = outer[:-2]
    return bool(outer) and given.startswith(outer)


def _among(wanted: Any, values: Any) -> bool:
    return isinstance(values, list) and any(_same(wanted, one) for one in values)


# Each takes the answer (never an empty one), the condition's value, and today.
OPERATORS: dict[str, Callable[[Any, Any, date], bool]] = {
    "answered": lambda given, value, today: True,
    "equals": lambda given, value, today: _same(given, value),
    "one_of": lambda given, value, today: _among(given, value),
    "contains": lambda given, value, today: _among(value, given),
    "less_than": lambda given, value, today: _compared(given, value, lambda a, b: a < b),
    "at_least": lambda given, value, today: _compared(given, value, lambda a, b: a >= b),
    "younger_than": _younger_than,
    "within": _within,
}
