"""Random conditions over random answers, and a second opinion on them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from forms.builder.conditions import OPERATORS

KEYS = ("a", "b", "c")
WORDS = (
    "",
    "x",
    "y",
    "1",
    "10",
    "2.50",
    "１",
    "0x10",
    "1e3",
    " 1",
    "NaN",
    "210102",
    "210100",
    "21SFSF",
)
DAYS = ("2008-02-29", "2011-02-27", "2011-02-28", "2015-02-30", "20150201", "0001-01-01")
scalars = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(DAYS),
    st.integers(-20, 20),
    st.booleans(),
    st.floats(-5, 5).map(lambda number: round(number, 2)),
)
values = st.one_of(scalars, st.lists(scalars, max_size=3))
answers = st.dictionaries(st.sampled_from(KEYS), st.one_of(values, st.none()), max_size=3)
leaves = st.builds(
    lambda question, operator, value: {"question": question, "is": operator, "value": value},
    st.sampled_from(KEYS),
    st.sampled_from(sorted(OPERATORS)),
    st.one_of(values, st.sampled_from((14, 16, 18)), st.sampled_from(("210000", "210100", "00"))),
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda several: {"all": several}, st.lists(inner, max_size=3)),
        st.builds(lambda several: {"any": several}, st.lists(inner, max_size=3)),
        st.builds(lambda one: {"not": one}, inner),
    ),
    max_leaves=12,
)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def expected(condition: dict[str, Any], given: dict[str, Any], today: date) -> bool:
    """The same question, answered the long way."""
    if "all" in condition:
        return False not in [expected(one, given, today) for one in condition["all"]]
    if "any" in condition:
        return True in [expected(one, given, today) for one in condition["any"]]
    if "not" in condition:
        return expected(condition["not"], given, today) is False
    answer, wanted = given.get(condition["question"]), condition["value"]
    if answer in (None, "") or (isinstance(answer, list) and not answer) or answer is False:
        return False
    match condition["is"]:
        case "answered":
            return True
        case "equals":
            return alike(answer, wanted)
        case "one_of":
            return isinstance(wanted, list) and any(alike(answer, one) for one in wanted)
        case "contains":
            return isinstance(answer, list) and any(alike(wanted, one) for one in answer)
        case "less_than" | "at_least":
            left, right = plain(answer), plain(wanted)
            if left is None or right is None:
                return False
            return left < right if condition["is"] == "less_than" else left >= right
        case "younger_than":
            return younger(answer, wanted, today)
        case "within":
            if not (isinstance(answer, str) and isinstance(wanted, str)):
                return False
            pairs = [wanted[at : at + 2] for at in range(0, len(wanted), 2)]
            while pairs and pairs[-1] == "00":
                pairs.pop()
            return bool(pairs) and answer[: 2 * len(pairs)] == "".join(pairs)
    raise AssertionError(condition)


def plain(value: Any) -> Decimal | None:
    if isinstance(value, bool | list) or value is None:
        return None
    text = str(value)
    digits = text.removeprefix("-").replace(".", "", 1)
    ascii_digits = digits.isascii() and digits.isdigit()
    ends = text[-1:] != "." and not text.removeprefix("-").startswith(".")
    return Decimal(text) if ascii_digits and ends else None


def alike(left: Any, right: Any) -> bool:
    if isinstance(right, bool) or isinstance(left, bool):
        return left is right
    if isinstance(right, int | float):
        return plain(left) is not None and plain(left) == plain(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(alike, left, right))
    return isinstance(left, str) and isinstance(right, str) and left == right


def younger(answer: Any, wanted: Any, today: date) -> bool:
    limit = plain(wanted)
    if limit is None or not isinstance(answer, str) or len(answer) != 10:
        return False
    try:
        born = date.fromisoformat(answer)
    except ValueError:
        return False
    birthdays = sum(
        (year, born.month, born.day) <= (today.year, today.month, today.day)
        for year in range(born.year + 1, today.year + 1)
    )
    return birthdays < limit
