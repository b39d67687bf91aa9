"""A question as a plain value: the same for the editor's rows, a published version and a form."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from forms.builder import handlers
from forms.builder.conditions import Condition
from forms.builder.kinds import CHOICE_TYPES, Role

if TYPE_CHECKING:
    from forms.builder.models import FormField, FormPage

Choice = tuple[str, str]
NARROWED_ROLES = frozenset({Role.MATTER.value})


@dataclass(frozen=True, slots=True)
class Question:
    """One row of a form. `clean_name` and `field_type` are what Wagtail's form builder reads."""

    key: str
    label: str
    type: str
    role: str = ""
    required: bool = True
    help_text: str = ""
    why: str = ""
    choices: Sequence[Choice] = ()
    text_key: str = ""
    # Shown only where this holds (see `conditions`); None is always.
    condition: Condition | None = None
    sensitivity: str = ""
    # Code of a retention class of the vault; "" is that of the form's kind.
    retention: str = ""
    # Of a number its value, of several choices, files and groups how many.
    least: int | None = None
    most: int | None = None
    # Of a birth date: a code of `kinds.AgeLimit`.
    age_limit: str = ""

    @property
    def clean_name(self) -> str:
        return self.key

    @property
    def field_type(self) -> str:
        return self.type


def parse_choices(text: str) -> list[Choice]:
    """The editor's lines, "value|label" or the label alone, as (value, label)."""
    choices: list[Choice] = []
    for line in unicodedata.normalize("NFC", text).replace("｜", "|").splitlines():
        value, _bar, label = (part.strip() for part in line.partition("|"))
        if value or label:
            choices.append((value or label, label or value))
    return choices


def written_choices(choices: Iterable[Choice]) -> str:
    """The lines that `parse_choices` reads."""
    return "\n".join(f"{value}|{label}" for value, label in choices)


def question_of(field: FormField) -> Question:
    """The question an editor's row asks."""
    return Question(
        key=field.clean_name,
        label=field.label,
        type=field.field_type,
        role=field.role,
        required=field.required,
        help_text=field.help_text,
        why=field.why,
        choices=parse_choices(field.choices) if field.field_type in CHOICE_TYPES else [],
        text_key=field.text_key,
        condition=field.condition or None,
        sensitivity=field.sensitivity,
        retention=field.retention,
        least=field.least,
        most=field.most,
        age_limit=field.age_limit,
    )


def questions_of_page(page: FormPage) -> list[Question]:
    """The questions as the editor has them now, with the choices their handler sets."""
    questions = [question_of(field) for field in page.form_fields.all()]
    return [
        question
        if (choices := handler_choices(page, question)) is None
        else _with_choices(question, choices)
        for question in questions
    ]


def handler_choices(page: FormPage, question: Question) -> list[Choice] | None:
    """What the form's handler offers for this question; None where the editor's choices count.

    A form for a few matters names them among its choices: the others are then not offered.
    """
    if not question.role or question.type not in CHOICE_TYPES:
        return None
    try:
        handler = handlers.handler_for(page.kind)
    except KeyError:
        return None  # the editor sees an error at the kind; the system check names the page
    offered = handler.choices(page, question.role)
    if offered is not None and question.role in NARROWED_ROLES:
        named = {value for value, _label in question.choices}
        return [choice for choice in offered if choice[0] in named] or offered
    return offered


def _with_choices(question: Question, choices: Sequence[Choice]) -> Question:
    return replace(question, choices=[(value, str(label)) for value, label in choices])


def to_schema(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """What a version keeps, as JSON. What is not said is left out: a form that never used a newer
    property is not a new version because of it."""
    return [_row(question) for question in questions]


def _row(question: Question) -> dict[str, Any]:
    row = asdict(question) | {"choices": [list(choice) for choice in question.choices]}
    return {name: value for name, value in row.items() if value != _LEFT_OUT.get(name, MISSING)}


# The properties that came after the first versions, with what their absence means.
_LEFT_OUT = {
    field.name: field.default
    for field in fields(Question)
    if field.name in ("condition", "sensitivity", "retention", "least", "most", "age_limit")
}


def from_schema(schema: Iterable[dict[str, Any]]) -> list[Question]:
    """The questions of a version."""
    return [
        Question(**row | {"choices": [(value, label) for value, label in row["choices"]]})
        for row in schema
    ]


def answers_from(questions: Sequence[Question], by_key: Mapping[str, Any]) -> handlers.Answers:
    """Answers with the meaning their questions declare."""
    return handlers.Answers(
        by_key=dict(by_key),
        by_role={q.role: by_key[q.key] for q in questions if q.role and q.key in by_key},
    )
