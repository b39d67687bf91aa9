"""Any form an editor can build: lists of questions of every type, with screens, groups and
conditions, that `problems_of` accepts.

    from tests.builder.any_form import forms
    @given(forms())            # of the kind "test", with a question of the role "story"
    def test_…(questions: list[Question]) -> None: …

`SLOW` is for `settings(suppress_health_check=…)`: a whole form is much to draw on a busy machine.
The areas of conftest and the vault's notices must be loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

from forms.builder.kinds import (
    CHOICE_TYPES,
    MOST_FILES,
    MOST_TIMES,
    OPERATORS_OF_TYPE,
    AgeLimit,
    FieldType,
    Role,
    Sensitivity,
)
from forms.builder.questions import Question
from forms.builder.sensitivity import RANK, least_of

# What the reference data loads, but for the term of drafts.
RETENTION_CODES = ("case", "identity", "sign-up")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
AREAS = ("210000", "210100", "210102", "110000", "21SFSF")
NOTICES = ("request-notice", "sign-up-notice")
CHOICES = (("yes", "有"), ("no", "没有"), ("unsure", "说不清楚"))
# Rows that stand outside of groups only, or that begin and end something.
OUTSIDE = {FieldType.CONSENT, FieldType.CLAUSE, FieldType.FILES}
SHAPES = {FieldType.SCREEN, FieldType.GROUP, FieldType.GROUP_END}
ANSWERED = [kind for kind in OPERATORS_OF_TYPE if kind not in SHAPES]
LOOSE = [FieldType.STATEMENT.value, FieldType.SECTION.value]

labels = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")),
    min_size=1,
    max_size=30,
).filter(lambda text: bool(text.strip()))


class _Keys:
    """A new key for each row, in the way of the product."""

    def __init__(self) -> None:
        self.last = 0

    def new(self) -> str:
        self.last += 1
        return f"f{self.last:010x}"


@st.composite
def forms(draw: st.DrawFn, *, most_screens: int = 3, most_rows: int = 4) -> list[Question]:
    """The rows of a form of the kind "test"."""
    keys = _Keys()
    rows: list[Question] = []
    askable: list[Question] = []
    screens = draw(st.integers(1, most_screens))
    story_on = draw(st.integers(1, screens))
    for screen in range(1, screens + 1):
        if screens > 1:
            # The screen with the question that is needed is always shown.
            condition = None if screen == story_on else draw(conditions(askable))
            label = draw(labels)
            rows.append(
                Question(keys.new(), label, FieldType.SCREEN, required=False, condition=condition)
            )
        if screen == story_on:
            story = Question(keys.new(), "情况", FieldType.MULTILINE, role=Role.STORY)
            rows.append(story)
            askable.append(story)
        else:
            _add(draw, keys, rows, askable, ANSWERED)
        for _ in range(draw(st.integers(0, most_rows))):
            if draw(st.integers(0, 5)) == 0:
                _add_group(draw, keys, rows, askable)
            else:
                _add(draw, keys, rows, askable, [*ANSWERED, *LOOSE])
    return rows


def _add(
    draw: st.DrawFn,
    keys: _Keys,
    rows: list[Question],
    askable: list[Question],
    types: Sequence[str],
) -> None:
    question = draw(questions(keys.new(), types, askable))
    rows.append(question)
    if question.type in OPERATORS_OF_TYPE:
        askable.append(question)


def _add_group(draw: st.DrawFn, keys: _Keys, rows: list[Question], askable: list[Question]) -> None:
    group = draw(questions(keys.new(), [FieldType.GROUP.value], askable))
    rows.append(group)
    # What stands in the group may ask what stands before it and earlier in the group.
    inside = list(askable)
    types = [kind for kind in ANSWERED if kind not in OUTSIDE]
    _add(draw, keys, rows, inside, types)
    for _ in range(draw(st.integers(0, 2))):
        _add(draw, keys, rows, inside, [*types, *LOOSE])
    askable.append(group)
    # A group may also end with its screen: then the next row must begin one, so it is always said.
    rows.append(Question(keys.new(), "到这里结束", FieldType.GROUP_END, required=False))


@st.composite
def questions(
    draw: st.DrawFn, key: str, types: Sequence[str], askable: Sequence[Question]
) -> Question:
    """One row of one of these types."""
    kind = draw(st.sampled_from(list(types)))
    least, most = draw(_limits(kind))
    answered = kind in OPERATORS_OF_TYPE
    levels = [name for name in Sensitivity.values if RANK[name] >= RANK[least_of(kind, "")]]
    return Question(
        key=key,
        label=draw(labels),
        type=kind,
        required=answered and draw(st.booleans()),
        help_text=draw(st.one_of(st.just(""), labels)),
        why=draw(st.one_of(st.just(""), labels)) if answered else "",
        choices=CHOICES if kind in CHOICE_TYPES else (),
        text_key=draw(st.sampled_from(NOTICES)) if kind == FieldType.CONSENT else "",
        condition=draw(conditions(askable)),
        sensitivity=draw(st.sampled_from(["", *levels])) if answered else "",
        retention=draw(st.sampled_from(["", *RETENTION_CODES])) if answered else "",
        least=least,
        most=most,
        age_limit=draw(st.sampled_from(["", *AgeLimit.values]))
        if kind == FieldType.BIRTH_DATE
        else "",
    )


def _limits(kind: str) -> st.SearchStrategy[tuple[int | None, int | None]]:
    ranges = {
        FieldType.NUMBER.value: (-100, 1_000),
        FieldType.CHECKBOXES.value: (1, len(CHOICES)),
        FieldType.FILES.value: (1, MOST_FILES),
        FieldType.GROUP.value: (1, MOST_TIMES),
    }
    if kind not in ranges:
        return st.just((None, None))
    lowest, highest = ranges[kind]
    numbers = st.integers(lowest, highest)
    both = st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
    return st.one_of(
        st.just((None, None)),
        both,
        numbers.map(lambda number: (number, None)),
        numbers.map(lambda number: (None, number)),
    )


def conditions(askable: Sequence[Question]) -> st.SearchStrategy[dict[str, Any] | None]:
    """None, or a tree over these questions."""
    if not askable:
        return st.none()
    leaf = st.sampled_from(list(askable)).flatmap(_leaf)
    several = st.lists(leaf, min_size=1, max_size=3)
    groups = st.one_of(
        several.map(lambda some: {"all": some}),
        several.map(lambda some: {"any": some}),
        leaf.map(lambda one: {"not": one}),
        st.tuples(leaf, several).map(lambda pair: {"all": [pair[0], {"any": pair[1]}]}),
        st.tuples(leaf, several).map(lambda pair: {"any": [pair[0], {"not": {"any": pair[1]}}]}),
    )
    return st.one_of(st.none(), st.none(), leaf, groups)


def _leaf(asked: Question) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(OPERATORS_OF_TYPE[asked.type]).flatmap(
        lambda operator: _with_value(asked, operator)
    )


def _with_value(asked: Question, operator: str) -> st.SearchStrategy[dict[str, Any]]:
    choices = [value for value, _label in asked.choices]
    plain = {"question": asked.key, "is": operator}
    if operator == "answered":
        return st.just(plain)
    if operator == "one_of":
        values: st.SearchStrategy[Any] = st.lists(
            st.sampled_from(choices), min_size=1, max_size=3, unique=True
        )
    elif choices:
        values = st.sampled_from(choices)
    elif operator == "younger_than":
        values = st.sampled_from([14, 16, 18])
    elif operator == "within":
        values = st.sampled_from(AREAS)
    else:
        values = st.integers(-50, 500)
    return values.map(lambda value: {**plain, "value": value})
