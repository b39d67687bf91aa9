"""A question as an editor's row: the way back from `questions.question_of`."""

from __future__ import annotations

from forms.builder.models import FormField
from forms.builder.questions import Question, written_choices


def field_of(question: Question, place: int) -> FormField:
    """The editor's row that asks this question."""
    return FormField(
        clean_name=question.key,
        label=question.label,
        field_type=question.type,
        role=question.role,
        required=question.required,
        help_text=question.help_text,
        why=question.why,
        choices=written_choices(question.choices),
        text_key=question.text_key,
        condition=dict(question.condition) if question.condition else None,
        sensitivity=question.sensitivity,
        retention=question.retention,
        least=question.least,
        most=question.most,
        age_limit=question.age_limit,
        sort_order=place,
    )
