"""From questions to a Django form (on Wagtail's form builder)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from wagtail.contrib.forms.forms import FormBuilder

from forms.builder import fields
from forms.builder.answer_form import AnswerForm
from forms.builder.areas import COUNTRY, PROVINCE, AreaAnswer
from forms.builder.attachments import Attached
from forms.builder.attachments import most_of as most_files
from forms.builder.clauses import ClauseAnswer
from forms.builder.groups import count_name, item_name, least_of, most_of, read_count
from forms.builder.kinds import SHAPE_TYPES, FieldType
from forms.builder.models import FormPage
from forms.builder.outline import Group, Row, outline
from forms.builder.personal_fields import BirthDateAnswer, IdentityAnswer
from forms.builder.questions import Question, handler_choices
from forms.builder.text import LONG_LIMIT
from forms.vault.services import current_text

Files = Mapping[str, Sequence[Attached]]


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


def _help(question: Question) -> SafeString:
    """Help, limit and why we ask, escaped: the template shows help texts as they are."""
    # Nobody's name comes near the limit of a short text: there it is said when it is passed.
    limit = _("最多%d个字。") % LONG_LIMIT if question.type == FieldType.MULTILINE else ""
    why = _("为什么问：%s") % question.why if question.why else ""
    lines = [line for line in (question.help_text + limit, why) if line]
    return format_html_join(mark_safe("<br>"), "{}", [(line,) for line in lines])
