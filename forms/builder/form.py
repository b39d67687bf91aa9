"""From questions to a Django form (on Wagtail's form builder)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.contrib.forms.forms import BaseForm, FormBuilder

from forms.builder import fields
from forms.builder.areas import COUNTRY, PROVINCE, AreaAnswer
from forms.builder.attachments import Attached
from forms.builder.attachments import most_of as most_files
from forms.builder.clauses import ClauseAnswer
from forms.builder.conditions import Condition, asked_about, holds
from forms.builder.consenting import mistake_of_giver
from forms.builder.handlers import Answers
from forms.builder.kinds import MOST_TIMES, SHAPE_TYPES, FieldType, Role
from forms.builder.models import FormPage
from forms.builder.outline import Group, Row, outline
from forms.builder.personal_fields import BirthDateAnswer, IdentityAnswer, disagreement
from forms.builder.questions import Question, handler_choices
from forms.builder.text import LONG_LIMIT
from forms.builder.wording import when_asked
from forms.vault.services import current_text

Files = Mapping[str, Sequence[Attached]]


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


class AnswerFormBuilder(FormBuilder):
    """Wagtail's builder with our field types. `stored` are answers already taken, which stay valid
    when what may be chosen has changed since."""

    def __init__(
        self,
        rows: Sequence[Row],
        page: FormPage,
        *,
        counts: Mapping[str, int],
        stored: Mapping[str, Any] | None = None,
        earlier: Mapping[str, Any] | None = None,
        files: Files | None = None,
        questions: Sequence[Question] = (),
    ) -> None:
        super().__init__([])
        self.questions = questions
        self.files = files or {}
        self.rows = rows
        self.page = page
        self.counts = counts
        self.stored = stored or {}
        self.earlier = earlier or {}

    @property
    def formfields(self) -> dict[str, forms.Field]:
        found: dict[str, forms.Field] = {}
        for row in self.rows:
            if not isinstance(row, Group):
                self._add(found, row.key, row)
                continue
            found[count_name(row)] = fields.CountAnswer(f"id_{row.question.key}")
            for place in range(self.counts[row.question.key]):
                for question in row.questions:
                    name = item_name(row, place, question)
                    self._add(found, name, question, of=f"{row.question.label} {place + 1}")
        return found

    def _add(
        self, found: dict[str, forms.Field], name: str, question: Question, of: str = ""
    ) -> None:
        """Adds the field of a question; `of` names the item it stands in."""
        if question.type in SHAPE_TYPES:
            return
        options = self.get_field_options(question)
        if of:
            missing = _("请回答“%(item)s”的“%(question)s”。")
            options["error_messages"] = {
                "required": missing % {"item": of, "question": question.label}
            }
        found[name] = self.get_create_field_function(question.type)(question, options)

    def get_form_class(self) -> type[AnswerForm]:
        return type(
            "AnswerForm",
            (AnswerForm,),
            {
                **self.formfields,
                "asked": self.rows,
                "counts": self.counts,
                "earlier": self.earlier,
                "questions": self.questions,
            },
        )

    def get_field_options(self, field: Question) -> dict[str, Any]:
        return {
            "label": field.label,
            "help_text": _help(field),
            "required": field.required,
            "error_messages": {"required": _("请回答“%s”。") % field.label},
        }

    def create_singleline_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return fields.TextAnswer(**options)

    def create_multiline_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return fields.TextAnswer(lines=True, widget=forms.Textarea(attrs={"rows": 8}), **options)

    def create_number_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return fields.NumberAnswer(min_value=field.least, max_value=field.most, **options)

    def create_date_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return fields.DateAnswer(**options)

    def create_email_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return fields.EmailAnswer(**options)

    def create_phone_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return fields.PhoneAnswer(**options)

    def create_checkbox_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return forms.BooleanField(**options)

    def create_dropdown_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        choices = [("", _("请选择")), *self._choices(field)]
        return fields.OneAnswer(choices=choices, **options)

    def create_radio_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        choices = self._choices(field)
        if not field.required:
            # A radio once chosen can't be taken back in any other way.
            choices = [*choices, ("", _("不回答"))]
        return fields.OneAnswer(choices=choices, widget=forms.RadioSelect, **options)

    def create_checkboxes_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return fields.ManyAnswers(
            choices=self._choices(field),
            widget=forms.CheckboxSelectMultiple,
            least=field.least,
            most=field.most,
            **options,
        )

    def create_area_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return AreaAnswer(COUNTRY, **options)

    def create_residence_area_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return AreaAnswer(PROVINCE, **options)

    def create_consent_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        del options["error_messages"]
        also = str(self.stored.get(field.key) or "")
        return fields.ConsentAnswer(current_text(field.text_key), also=also, **options)

    def create_identity_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return IdentityAnswer(**options)

    def create_birth_date_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return BirthDateAnswer(age_limit=field.age_limit, **options)

    def create_files_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        held = self.files.get(field.key, [])
        return fields.FilesAnswer(held, least=field.least, most=most_files(field), **options)

    def create_clause_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        also = str(self.stored.get(field.key) or "")
        return ClauseAnswer(also=also, **options | {"required": False})

    def _choices(self, field: Question) -> list[tuple[str, str]]:
        choices = handler_choices(self.page, field)
        offered = list(field.choices) if choices is None else list(choices)
        stored = self.stored.get(field.key) or []
        values = stored if isinstance(stored, list) else [stored]
        known = {value for value, _label in offered}
        return offered + [(value, value) for value in values if value not in known]


def build_form(
    page: FormPage,
    questions: Sequence[Question],
    data: Any = None,
    **options: Any,
) -> AnswerForm:
    """The form for all these questions at once; options as of `build_rows`."""
    rows = [row for screen in outline(questions) for row in screen.rows]
    return build_rows(page, rows, data, questions=questions, **options)


def build_rows(
    page: FormPage,
    rows: Sequence[Row],
    data: Any = None,
    *,
    stored: Mapping[str, Any] | None = None,
    earlier: Mapping[str, Any] | None = None,
    files: Files | None = None,
    questions: Sequence[Question] = (),
    about: str = "",
    quietly: bool = False,
) -> AnswerForm:
    """The form for these rows, empty or with what was sent.

    `stored` are answers already taken, `earlier` those of the screens before, as stored; `files`
    what was uploaded for each question; `about` is what the form's link named.
    """
    groups = [row for row in rows if isinstance(row, Group)]
    counts = {
        group.question.key: min(
            least_of(group) if data is None else read_count(data, group), most_of(group)
        )
        for group in groups
    }
    builder = AnswerFormBuilder(
        rows, page, counts=counts, stored=stored, earlier=earlier, files=files, questions=questions
    )
    form_class = builder.get_form_class()
    linked = [
        row.key for row in rows if not isinstance(row, Group) and row.type == FieldType.CLAUSE
    ]
    initial = dict.fromkeys(linked, about) | {count_name(g): counts[g.question.key] for g in groups}
    form = form_class(data, initial=initial)
    form.quietly = quietly
    return form


def least_of(group: Group) -> int:
    """How often a group is filled in at least."""
    least = group.question.least
    if least is None:
        return 1 if group.question.required else 0
    return max(least, 0)


def most_of(group: Group) -> int:
    most = group.question.most
    return MOST_TIMES if most is None else min(max(most, 1), MOST_TIMES)


def count_name(group: Group) -> str:
    """The hidden input that says how many items stand on the page."""
    return f"{group.question.key}-count"


def item_name(group: Group, place: int, question: Question) -> str:
    return f"{group.question.key}-{place}-{question.key}"


def read_count(data: Any, group: Group) -> int:
    """How many items were sent; what is no number counts as the least."""
    text = str(data.get(count_name(group)) or "")
    if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII):
        return int(text)
    return least_of(group)


def _nothing(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(_nothing(one) for one in value)
    return value is None or value is False or not str(value).strip()


def answers_from(questions: Sequence[Question], by_key: Mapping[str, Any]) -> Answers:
    """Answers with the meaning their questions declare."""
    return Answers(
        by_key=dict(by_key),
        by_role={q.role: by_key[q.key] for q in questions if q.role and q.key in by_key},
    )


def _help(question: Question) -> SafeString:
    """Help, limit and why we ask, escaped: the template shows help texts as they are."""
    # Nobody's name comes near the limit of a short text: there it is said when it is passed.
    limit = _("最多%d个字。") % LONG_LIMIT if question.type == FieldType.MULTILINE else ""
    why = _("为什么问：%s") % question.why if question.why else ""
    lines = [line for line in (question.help_text + limit, why) if line]
    return format_html_join(mark_safe("<br>"), "{}", [(line,) for line in lines])
