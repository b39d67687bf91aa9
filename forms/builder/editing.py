"""What the editor of a form is told before a mistake is published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm

from forms.builder import handlers
from forms.builder.kinds import (
    CHOICE_TYPES,
    PERSONAL_ROLES,
    PERSONAL_TYPES,
    TYPES_OF_ROLE,
    FieldType,
    Role,
)
from forms.builder.questions import Question, handler_choices, question_of
from forms.vault.models import ConsentText
from home.pages.page_form import AddressedForm

LONGEST_VALUE = 40


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for the editor, at a row and field or (`row` None) at the whole form.

    What is only `unfinished` may be saved as a draft.
    """

    message: str
    row: int | None = None
    field: str | None = None
    unfinished: bool = False


def problems_of(kind: str, questions: Sequence[Question]) -> list[Problem]:
    """Everything that keeps a form of this kind with these questions from being published."""
    return [*_whole(kind, questions), *_rows(kind, questions)]


def _whole(kind: str, questions: Sequence[Question]) -> Iterator[Problem]:
    try:
        handler = handlers.handler_for(kind)
    except KeyError:
        yield Problem(_("没有名为“%s”的用途，请从列表中选择。") % kind, field="kind")
        return
    asked = {question.role for question in questions}
    missing = [role for role in getattr(handler, "required_roles", ()) if role not in asked]
    if missing:
        names = "、".join(str(Role(role).label) for role in missing)
        yield Problem(
            _("这种用途的表单还缺少含义为以下各项的问题：%s。") % names,
            field="kind",
            unfinished=True,
        )
    if not questions:
        yield Problem(_("表单里还没有问题。"), field="kind", unfinished=True)


def _rows(kind: str, questions: Sequence[Question]) -> Iterator[Problem]:
    times = Counter(question.role for question in questions if question.role)
    known_texts = set(ConsentText.objects.values_list("key", flat=True))
    for row, question in enumerate(questions):
        if times[question.role] > 1:
            message = _("含义“%s”用了不止一次。") % Role(question.role).label
            yield Problem(message, row, "role")
        allowed = TYPES_OF_ROLE.get(question.role)
        if allowed is not None and question.type not in allowed:
            names = "、".join(str(FieldType(name).label) for name in sorted(allowed))
            message = _("这一含义的问题只能用这些类型：%s。") % names
            yield Problem(message, row, "role")
        personal = question.type in PERSONAL_TYPES or question.role in PERSONAL_ROLES
        if personal and _asks_nothing_personal(kind):
            yield Problem(_("这种用途的表单不收集个人信息，请删去这个问题。"), row, "field_type")
        if question.type in CHOICE_TYPES:
            yield from _choices(kind, question, row)
        if question.type == FieldType.CONSENT and question.text_key not in known_texts:
            yield Problem(_("请填写一份已有的告知书的代号。"), row, "text_key", unfinished=True)


def _choices(kind: str, question: Question, row: int) -> Iterator[Problem]:
    values = [value for value, _label in question.choices]
    if not values and not _handler_offers(kind, question):
        yield Problem(_("请填写选项，每行一个。"), row, "choices", unfinished=True)
    if len(set(values)) < len(values):
        yield Problem(_("有两个选项的值相同。"), row, "choices")
    if any(len(value) > LONGEST_VALUE for value in values):
        message = _("选项的值最多%d个字；文字较长时请写成“值|文字”。") % LONGEST_VALUE
        yield Problem(message, row, "choices")


def _asks_nothing_personal(kind: str) -> bool:
    try:
        return getattr(handlers.handler_for(kind), "asks_nothing_personal", False)
    except KeyError:
        return False


def _handler_offers(kind: str, question: Question) -> bool:
    from forms.builder.models import FormPage

    # Sessions belong to the page above the form and may be added after it.
    return question.role == Role.SESSION or bool(handler_choices(FormPage(kind=kind), question))


class FormPageForm(AddressedForm, WagtailAdminFormPageForm):
    """The page form of `FormPage` in the admin; says each problem where it is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kind" in self.fields:
            choices = [("", _("请选择")), *handlers.kinds()]
            self.fields["kind"] = forms.ChoiceField(
                label=self.fields["kind"].label,
                help_text=self.fields["kind"].help_text,
                choices=choices,
            )

    def clean(self) -> dict[str, Any]:
        rows = self._rows()
        _give_each_row_its_key(rows)
        cleaned: dict[str, Any] = super().clean()
        questions = [question_of(row.instance) for row in rows]
        for problem in problems_of(cleaned.get("kind") or "", questions):
            if problem.unfinished and self.is_deferred_validation:
                continue
            target = self if problem.row is None else rows[problem.row]
            if problem.field in target.fields:
                target.add_error(problem.field, problem.message)
            else:
                target.add_error(None, problem.message)
        return cleaned

    def _rows(self) -> list[Any]:
        formset = self.formsets.get("form_fields")
        if formset is None:
            return []
        for row in formset.forms:
            row.is_valid()
        return [row for row in formset.forms if not row.cleaned_data.get("DELETE")]


def _give_each_row_its_key(rows: Iterable[Any]) -> None:
    """Keys travel with the rows through the editor; new rows of one page load share one."""
    from forms.builder.models import FIELD_KEY, new_field_key

    seen: set[str] = set()
    for row in rows:
        sent, stored = row.cleaned_data.get("clean_name"), row.initial.get("clean_name")
        usable = [key for key in (sent, stored) if FIELD_KEY.fullmatch(key or "")]
        key = next((key for key in usable if key not in seen), new_field_key())
        seen.add(key)
        # The formset compares what was cleaned, the page stores the instance.
        row.cleaned_data["clean_name"] = row.instance.clean_name = key
