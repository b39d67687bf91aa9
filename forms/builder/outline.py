"""The shape of a form: screens, on each its rows, and groups that are answered several times.

An editor's flat list says it by its rows: SCREEN begins a new screen, GROUP a group, GROUP_END ends
it. The answer to a group is a list of {key: answer}, one for each time it was filled in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from forms.builder.conditions import holds
from forms.builder.kinds import SHAPE_TYPES, FieldType
from forms.builder.questions import Question


@dataclass(frozen=True, slots=True)
class Group:
    """A repeatable group; `question` is the row that begins it (its key holds the answers)."""

    question: Question
    questions: Sequence[Question]


Row = Question | Group


@dataclass(frozen=True, slots=True)
class Screen:
    """What is filled in at once. `heading` is None for what stands before the first SCREEN row."""

    number: int
    heading: Question | None
    rows: list[Row] = field(default_factory=list)

    def questions(self) -> Iterator[Question]:
        """Every question outside of groups, and the groups' own rows."""
        for row in self.rows:
            yield row.question if isinstance(row, Group) else row


def outline(questions: Sequence[Question]) -> list[Screen]:
    """The screens in order, numbered from 1. A group ends with its screen at the latest."""
    screens: list[Screen] = [Screen(1, None)]
    inside: list[Question] | None = None
    for question in questions:
        if question.type == FieldType.SCREEN:
            inside = None
            if screens[-1].rows or screens[-1].heading:
                screens.append(Screen(len(screens) + 1, question))
            else:
                screens[-1] = Screen(len(screens), question)
        elif question.type == FieldType.GROUP:
            inside = []
            screens[-1].rows.append(Group(question, inside))
        elif question.type == FieldType.GROUP_END:
            inside = None
        elif inside is not None:
            inside.append(question)
        else:
            screens[-1].rows.append(question)
    return screens


def shown(
    screens: Sequence[Screen], answers: Mapping[str, Any], today: date
) -> tuple[list[Screen], dict[str, Any]]:
    """What is left of form and answers where every condition was asked, from the top.

    An answer to what is not shown is dropped before the next condition is asked. A screen whose
    own condition fails, or that has nothing left to show, is gone; the others keep their numbers.
    """
    kept: dict[str, Any] = {}
    left: list[Screen] = []
    for screen in screens:
        if screen.heading is not None and not holds(screen.heading.condition, kept, today):
            continue
        rows = list(_shown_rows(screen, answers, kept, today))
        if rows:
            left.append(Screen(screen.number, screen.heading, rows))
    return left, kept


def _shown_rows(
    screen: Screen, answers: Mapping[str, Any], kept: dict[str, Any], today: date
) -> Iterator[Row]:
    for row in screen.rows:
        question = row.question if isinstance(row, Group) else row
        if not holds(question.condition, kept, today):
            continue
        if isinstance(row, Group):
            items = answers.get(question.key) or []
            kept[question.key] = [item_answers(row, item, kept, today) for item in items]
        elif question.type not in SHAPE_TYPES and question.key in answers:
            kept[question.key] = answers[question.key]
        yield row


def item_answers(
    group: Group, item: Mapping[str, Any], outer: Mapping[str, Any], today: date
) -> dict[str, Any]:
    """One filling-in of a group without what its conditions hide; they see the form before it and
    what stands earlier in the same item."""
    kept: dict[str, Any] = {}
    for question in group.questions:
        if question.key in item and holds(question.condition, {**outer, **kept}, today):
            kept[question.key] = item[question.key]
    return kept
