"""From questions to a Django form (on Wagtail's form builder)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.contrib.forms.forms import BaseForm, FormBuilder

from forms.builder import fields
from forms.builder.areas import COUNTRY, PROVINCE, AreaAnswer
from forms.builder.clauses import ClauseAnswer
from forms.builder.handlers import Answers
from forms.builder.kinds import SHAPE_TYPES, FieldType
from forms.builder.models import FormPage
from forms.builder.questions import Question, handler_choices
from forms.builder.text import LONG_LIMIT, SHORT_LIMIT
from forms.vault.services import current_text


class AnswerForm(BaseForm):
    """What a family fills in. `quietly` shows what was typed without judging it."""

    use_required_attribute = False
    questions: Sequence[Question] = ()
    quietly = False

    def full_clean(self) -> None:
        if self.quietly:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
        else:
            super().full_clean()

    def rows(self) -> Iterator[tuple[Question, BoundField | None]]:
        """The questions in order, each with its field (a statement has none)."""
        for question in self.questions:
            yield question, self[question.key] if question.key in self.fields else None

    def answers(self) -> Answers:
        """The cleaned answers of a valid form."""
        return answers_from(self.questions, self.cleaned_data)


class AnswerFormBuilder(FormBuilder):
    """Wagtail's builder with our field types. `stored` are answers already taken, which stay valid
    when what may be chosen has changed since."""

    def __init__(
        self, questions: Sequence[Question], page: FormPage, stored: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__([q for q in questions if q.type not in SHAPE_TYPES])
        self.questions = questions
        self.page = page
        self.stored = stored or {}

    def get_form_class(self) -> type[AnswerForm]:
        return type("AnswerForm", (AnswerForm,), {**self.formfields, "questions": self.questions})

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
        return fields.NumberAnswer(**options)

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
            choices=self._choices(field), widget=forms.CheckboxSelectMultiple, **options
        )

    def create_area_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return AreaAnswer(COUNTRY, **options)

    def create_residence_area_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return AreaAnswer(PROVINCE, **options)

    def create_consent_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        del options["error_messages"]
        also = str(self.stored.get(field.key) or "")
        return fields.ConsentAnswer(current_text(field.text_key), also=also, **options)

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
    *,
    stored: Mapping[str, Any] | None = None,
    about: str = "",
    quietly: bool = False,
) -> AnswerForm:
    """The form for these questions, empty or with what was sent; `about` is what its link named."""
    form_class = AnswerFormBuilder(questions, page, stored).get_form_class()
    linked = [question.key for question in questions if question.type == FieldType.CLAUSE]
    form = form_class(data, initial=dict.fromkeys(linked, about))
    form.quietly = quietly
    return form


def answers_from(questions: Sequence[Question], by_key: Mapping[str, Any]) -> Answers:
    """Answers with the meaning their questions declare."""
    return Answers(
        by_key=dict(by_key),
        by_role={q.role: by_key[q.key] for q in questions if q.role and q.key in by_key},
    )


def _help(question: Question) -> SafeString:
    """Help, limit and why we ask, escaped: the template shows help texts as they are."""
    limit = {
        FieldType.SINGLELINE.value: _("最多%d个字。") % SHORT_LIMIT,
        FieldType.MULTILINE.value: _("最多%d个字。") % LONG_LIMIT,
    }.get(question.type, "")
    why = _("为什么问：%s") % question.why if question.why else ""
    lines = [line for line in (question.help_text + limit, why) if line]
    return format_html_join(mark_safe("<br>"), "{}", [(line,) for line in lines])
