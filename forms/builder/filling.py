"""Where somebody stands in a form of several screens: which screens are shown, what is answered.

Nothing here asks or changes the draft: a `Filling` is made of a version and what was typed so far.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from forms.builder.answer_form import AnswerForm
from forms.builder.conditions import Condition, asked_about, holds
from forms.builder.form import Files, build_rows
from forms.builder.groups import count_name, most_of, read_count
from forms.builder.kinds import MOST_CHOICES, FieldType
from forms.builder.models import FIELD_KEY, FormPage
from forms.builder.outline import Group, Screen, outline
from forms.builder.questions import Question

Typed = Mapping[str, Sequence[str]]
# KEY, KEY_part; of a group KEY-count, KEY-place-KEY and KEY-place-KEY_part.
_PART = r"(?:_[a-z0-9]{1,10})?"
_KEY = FIELD_KEY.pattern.strip("^$")
_NAME = re.compile(rf"{_KEY}(?:-count|-[0-9]{{1,2}}-{_KEY}{_PART}|{_PART})", re.ASCII)


def needs_draft(page: FormPage, questions: Sequence[Question]) -> bool:
    """Whether a form is filled in step by step; every other is sent with one press."""
    return (
        page.checks_answers
        or any(question.type == FieldType.FILES for question in questions)
        or len(outline(questions)) > 1
    )


@dataclass(frozen=True, slots=True)
class Step:
    """A screen that is shown, with what was typed for it, judged."""

    screen: Screen
    form: AnswerForm
    # The answers of the screens before.
    earlier: Mapping[str, Any]

    @property
    def number(self) -> int:
        return self.screen.number

    @property
    def is_answered(self) -> bool:
        return self.form.is_valid()


@dataclass(frozen=True, slots=True)
class Progress:
    """The how manieth step this is, of how many; the last is the look over all answers."""

    place: int
    least: int
    most: int

    def __str__(self) -> str:
        counts = {"place": self.place, "least": self.least, "most": self.most}
        if self.least == self.most:
            return _("第%(place)d步，共%(most)d步") % counts
        return _("第%(place)d步，共%(least)d到%(most)d步（看您怎样回答）") % counts


class Filling:
    """A form with what was typed so far."""

    def __init__(
        self,
        page: FormPage,
        questions: Sequence[Question],
        typed: Typed,
        *,
        files: Files | None = None,
        about: str = "",
    ) -> None:
        self.page = page
        self.questions = questions
        self.screens = outline(questions)
        self.typed = typed
        self.files = files or {}
        self.about = about

    @cached_property
    def steps(self) -> list[Step]:
        """Every screen that is shown, from the top; what is answered decides over what comes."""
        known: dict[str, Any] = {}
        found: list[Step] = []
        today = timezone.localdate()
        for screen in self.screens:
            if screen.heading is not None and not holds(screen.heading.condition, known, today):
                continue
            form = self._form(screen, known)
            form.is_valid()
            if form.shown:
                found.append(Step(screen, form, dict(known)))
                known |= form.given
        for step in found:
            # Who writes, and how old the child is, may be asked after the consent.
            step.form.judge_consents(known)
        return found

    def step(self, number: int) -> Step | None:
        return next((step for step in self.steps if step.number == number), None)

    def first_open(self) -> Step | None:
        """The first screen on which something is missing or wrong."""
        return next((step for step in self.steps if not step.is_answered), None)

    def before(self, number: int) -> Step | None:
        return next((step for step in reversed(self.steps) if step.number < number), None)

    def answers(self) -> dict[str, Any]:
        """{key: answer as stored} of everything shown."""
        return {key: value for step in self.steps for key, value in step.form.given.items()}

    def unjudged(self, step: Step) -> AnswerForm:
        """The screen's form as it is shown when somebody comes to it: no word about mistakes."""
        return self._form(step.screen, step.earlier, quietly=True)

    def progress(self, number: int) -> Progress:
        """A screen that waits for an answer not yet given may come or not: it is not promised."""
        place = sum(step.number <= number for step in self.steps)
        coming = [screen for screen in self.screens if screen.number > number]
        open_keys = {q.key for s in self.screens if s.number >= number for q in _all_questions(s)}
        undecided = {s.number for s in coming if _waits_for(s, open_keys)}
        sure = sum(step.number > number and step.number not in undecided for step in self.steps)
        least = place + sure + 1
        return Progress(place, least, least + len(undecided))

    def progress_at_the_end(self) -> Progress:
        """The look over all answers."""
        last = len(self.steps) + 1
        return Progress(last, last, last)

    def _form(
        self, screen: Screen, known: Mapping[str, Any], *, quietly: bool = False
    ) -> AnswerForm:
        own = own_names(self.typed, screen)
        return self.form_of(screen, None if quietly and not own else own, known, quietly=quietly)

    def form_of(
        self,
        screen: Screen,
        typed: Typed | None,
        known: Mapping[str, Any] | None = None,
        *,
        quietly: bool = False,
    ) -> AnswerForm:
        """The form of one screen with what was typed for it; None is nothing yet."""
        data = None if typed is None else MultiValueDict({n: list(v) for n, v in typed.items()})
        return build_rows(
            self.page,
            screen.rows,
            data,
            earlier=known,
            questions=self.questions,
            files=self.files,
            about=self.about,
            quietly=quietly,
        )


def prefixes(screen: Screen) -> list[str]:
    """What the names of this screen's inputs begin with: the keys, which are all of one length."""
    return [question.key for question in screen.questions()]


def own_names(typed: Typed, screen: Screen) -> dict[str, list[str]]:
    """What of this belongs to the screen. Names no form of ours has are a forger's, and so is one
    that comes more often than there are choices."""
    own = tuple(prefixes(screen))
    return {
        name: list(values[-MOST_CHOICES:])
        for name, values in typed.items()
        if name.startswith(own) and _NAME.fullmatch(name)
    }


def no_longer_asked(
    typed: Typed, old: Sequence[Question], new: Sequence[Question]
) -> list[tuple[str, str]]:
    """(question, text) of what was typed and has no place in the new form any more."""
    labels = {question.key: question.label for question in old}
    lost: dict[str, list[str]] = {}
    homes_of_new = _homes(new)
    for name, values in typed.items():
        home, key = _home_of(name)
        text = [value for value in values if value.strip()]
        if text and homes_of_new.get(key, None) != home and key in labels:
            lost.setdefault(key, []).extend(text)
    return [(labels[key], "\n".join(text)) for key, text in lost.items()]


def _home_of(name: str) -> tuple[str, str]:
    """("" or the group's key, the question's key) of an input's name."""
    group, _dash, rest = name.partition("-")
    place, _dash, key = rest.partition("-")
    if place.isdecimal() and key:
        return group, key.partition("_")[0]
    return "", name.partition("_")[0].partition("-")[0]


def _homes(questions: Sequence[Question]) -> dict[str, str]:
    found: dict[str, str] = {}
    for screen in outline(questions):
        for row in screen.rows:
            if isinstance(row, Group):
                found[row.question.key] = ""
                found |= dict.fromkeys((q.key for q in row.questions), row.question.key)
            else:
                found[row.key] = ""
    return found


def regrouped(screens: Iterable[Screen], sent: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was typed, with one item of a group more (`_add=KEY`) or less (`_drop=KEY-PLACE`) where
    a button asks for it. KeyError where there is no such group or item."""
    typed = _lists(sent)
    groups = {
        row.question.key: row for one in screens for row in one.rows if isinstance(row, Group)
    }
    if "_add" in typed:
        group = groups[typed["_add"][-1]]
        return typed | {count_name(group): [str(min(_count(typed, group) + 1, most_of(group)))]}
    if "_drop" in typed:
        key, _dash, place = typed["_drop"][-1].partition("-")
        if not (place.isdecimal() and len(place) < 4):
            raise KeyError(place)
        return _without_item(typed, groups[key], int(place))
    return typed


def _without_item(typed: dict[str, list[str]], group: Group, place: int) -> dict[str, list[str]]:
    """Those behind it move up."""
    count = _count(typed, group)
    if place >= count:
        raise KeyError(place)
    kept: dict[str, list[str]] = {}
    start = f"{group.question.key}-"
    for name, values in typed.items():
        number, dash, rest = name.removeprefix(start).partition("-")
        if (
            not (name.startswith(start) and dash and number.isdecimal() and len(number) < 4)
            or int(number) < place
        ):
            kept[name] = values
        elif int(number) > place:
            kept[f"{start}{int(number) - 1}-{rest}"] = values
    return kept | {count_name(group): [str(count - 1)]}


def _lists(sent: Mapping[str, Any]) -> dict[str, list[str]]:
    pairs = sent.lists() if isinstance(sent, MultiValueDict) else sent.items()
    return {name: [str(value) for value in values] for name, values in pairs}


def _count(typed: Typed, group: Group) -> int:
    lasts = {name: values[-1] for name, values in typed.items() if values}
    return min(read_count(lasts, group), most_of(group))


def _waits_for(screen: Screen, open_keys: set[str]) -> bool:
    own: Condition | None = screen.heading.condition if screen.heading else None
    if not open_keys.isdisjoint(asked_about(own)):
        return True
    here = {question.key for question in _all_questions(screen)}
    return all(
        not (open_keys - here).isdisjoint(asked_about(question.condition))
        for question in screen.questions()
    )


def _all_questions(screen: Screen) -> Iterable[Question]:
    for row in screen.rows:
        if isinstance(row, Group):
            yield row.question
            yield from row.questions
        else:
            yield row
