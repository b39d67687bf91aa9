"""What a family fills in: how it is judged, and how its rows are shown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.contrib.forms.forms import BaseForm

from forms.builder.conditions import Condition, asked_about, holds
from forms.builder.consenting import mistake_of_giver
from forms.builder.groups import count_name, item_name, least_of, most_of, read_count
from forms.builder.handlers import Answers
from forms.builder.kinds import FieldType, Role
from forms.builder.outline import Group, Row
from forms.builder.personal_fields import disagreement
from forms.builder.questions import Question, answers_from
from forms.builder.wording import when_asked


@dataclass(frozen=True, slots=True)
class Item:
    """One filling-in of a group as the form shows it; `place` counts from 0."""

    place: int
    rows: Sequence[ShownRow]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A question as the form shows it: with its field (a statement has none), or as a group.

    `condition` is there where the answer to another question of the same screen decides: the
    script hides by it, and who has no script reads it in words.
    """

    question: Question
    field: BoundField | None = None
    items: Sequence[Item] = ()
    may_add: bool = False
    may_drop: bool = False
    condition: Condition | None = None
    # When it is asked, in words; empty where it always is.
    when: str = ""

    @property
    def name(self) -> str:
        return self.field.html_name if self.field and not self.items else self.question.key

    @property
    def condition_json(self) -> str:
        return json.dumps(self.condition, ensure_ascii=False) if self.condition else ""


class AnswerForm(BaseForm):
    """What a family fills in at once: a screen, or the whole of a short form.

    `quietly` shows what was typed without judging it. What a condition hides has neither answer
    nor error.
    """

    use_required_attribute = False
    asked: Sequence[Row] = ()
    # Of the whole form, for the words of conditions.
    questions: Sequence[Question] = ()
    counts: Mapping[str, int] = {}
    earlier: Mapping[str, Any] = {}
    quietly = False
    # {key: answer as stored} of what is shown, without what is wrong.
    given: dict[str, Any]
    shown: list[Row]

    def full_clean(self) -> None:
        self.given, self.shown = {}, []
        if self.quietly:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
        else:
            super().full_clean()

    def _post_clean(self) -> None:
        """Asks the conditions from the top, as `outline.shown` does, and forgets what they hide."""
        known = dict(self.earlier)
        today = timezone.localdate()
        for row in self.asked:
            question = row.question if isinstance(row, Group) else row
            names = self._names(row)
            if not holds(question.condition, known, today):
                self._forget(names)
                continue
            self.shown.append(row)
            if isinstance(row, Group):
                self.given[question.key] = known[question.key] = self._items(row, known, today)
            elif question.key in self.cleaned_data:
                self.given[question.key] = known[question.key] = self.cleaned_data[question.key]
        if found := disagreement(
            [row for row in self.shown if not isinstance(row, Group)], self.given
        ):
            key, message = found
            self.given.pop(key, None)
            self.add_error(key, message)
        self.judge_consents({**self.earlier, **self.given})

    def judge_consents(self, known: Mapping[str, Any]) -> None:
        """Says at its box that a consent was ticked by somebody who may not give it. That hangs on
        who is writing and on the child's age: what `known` doesn't tell yet is not held against
        anybody; who may consent is asked once more when the form is stored."""
        deciding = {q.key for q in self.questions if q.role in (Role.APPLICANT, Role.CHILD_AGE)}
        if not deciding <= known.keys():
            return
        answers = answers_from(self.questions, known)
        for question in self._questions():
            if question.type != FieldType.CONSENT or not self.given.get(question.key):
                continue
            text = self.fields[question.key].text
            if mistake := mistake_of_giver(text, answers, timezone.localdate()):
                self.given.pop(question.key)
                self.add_error(question.key, mistake)

    def _items(self, group: Group, outer: Mapping[str, Any], today: date) -> list[dict[str, Any]]:
        """The answers to a group. What was left wholly empty beyond the least is no item."""
        least = least_of(group)
        items: list[dict[str, Any]] = []
        filled = [
            place
            for place in range(self.counts[group.question.key])
            if self._is_filled(group, place)
        ]
        for place in range(self.counts[group.question.key]):
            if place not in filled and (place >= least or len(filled) >= least):
                self._forget([item_name(group, place, one) for one in group.questions])
                continue
            item: dict[str, Any] = {}
            for question in group.questions:
                name = item_name(group, place, question)
                if not holds(question.condition, {**outer, **item}, today):
                    self._forget([name])
                elif name in self.cleaned_data:
                    item[question.key] = self.cleaned_data[name]
            items.append(item)
            if found := disagreement(group.questions, item, in_group=True):
                key, message = found
                self.add_error(f"{group.question.key}-{place}-{key}", message)
        if len(items) < least:
            message = _("“%(group)s”至少要填%(count)d个。")
        elif self._wanted(group) > most_of(group):
            message = _("“%(group)s”最多填%(count)d个，多出来的没有收下。")
            least = most_of(group)
        else:
            return items
        self.add_error(count_name(group), message % {"group": group.question.label, "count": least})
        return items

    def _wanted(self, group: Group) -> int:
        return read_count(self.data, group) if self.is_bound else 0

    def _is_filled(self, group: Group, place: int) -> bool:
        return any(
            not _nothing(self[name].data)
            for question in group.questions
            if (name := item_name(group, place, question)) in self.fields
        )

    def _names(self, row: Row) -> list[str]:
        if not isinstance(row, Group):
            return [row.key]
        places = range(self.counts[row.question.key])
        return [count_name(row)] + [
            item_name(row, place, question) for place in places for question in row.questions
        ]

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self.cleaned_data.pop(name, None)
            self.errors.pop(name, None)

    def rows(self) -> Iterator[ShownRow]:
        """The questions in order as they are shown. What only earlier screens decide is decided."""
        here = {q.key for q in self._questions()}
        today = timezone.localdate()
        for row in self.asked:
            question = row.question if isinstance(row, Group) else row
            condition = question.condition
            if condition and here.isdisjoint(asked_about(condition)):
                if not holds(condition, self.earlier, today):
                    continue
                condition = None
            if isinstance(row, Group):
                yield self._group_row(row, condition)
            else:
                yield self._row(question, question.key, condition)

    def _questions(self) -> Iterator[Question]:
        for row in self.asked:
            if isinstance(row, Group):
                yield row.question
                yield from row.questions
            else:
                yield row

    def _row(self, question: Question, name: str, condition: Condition | None) -> ShownRow:
        return ShownRow(
            question,
            self[name] if name in self.fields else None,
            condition=condition,
            when=when_asked(condition, self.questions, question),
        )

    def _group_row(self, group: Group, condition: Condition | None) -> ShownRow:
        count = self.counts[group.question.key]
        items = [
            Item(
                place,
                [
                    self._row(one, item_name(group, place, one), one.condition)
                    for one in group.questions
                ],
            )
            for place in range(count)
        ]
        return ShownRow(
            group.question,
            self[count_name(group)],
            items=items,
            may_add=count < most_of(group),
            may_drop=count > least_of(group),
            condition=condition,
            when=when_asked(condition, self.questions),
        )

    def asked_before(self) -> dict[str, Any]:
        """The earlier answers that this screen's conditions look at, for the script."""
        keys = {key for question in self._questions() for key in asked_about(question.condition)}
        return {key: self.earlier[key] for key in sorted(keys) if key in self.earlier}

    def focus_first_mistake(self) -> None:
        """Has the browser begin at the first field that is wrong, with script or without."""
        for field in self:
            if field.errors and not field.is_hidden:
                field.field.widget.attrs["autofocus"] = True
                return

    def answers(self) -> Answers:
        """The answers of a valid form."""
        return answers_from(list(self._questions()), self.given)


def _nothing(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_nothing(one) for one in value)
    return value is None or value is False or not str(value).strip()
