"""How the answer to a question is guarded, said by the editor or by what is asked."""

from __future__ import annotations

from forms.builder.kinds import FieldType, Role, Sensitivity
from forms.builder.questions import Question

RANK = {level: rank for rank, level in enumerate(Sensitivity.values)}

# PIPL 28 and GB/T 35273: what finds a person is personal; that a child is in danger is sensitive.
_BY_TYPE = {
    FieldType.PHONE.value: Sensitivity.PERSONAL,
    FieldType.EMAIL.value: Sensitivity.PERSONAL,
    FieldType.IDENTITY.value: Sensitivity.PERSONAL,
    FieldType.BIRTH_DATE.value: Sensitivity.PERSONAL,
    FieldType.FILES.value: Sensitivity.PERSONAL,
}
_BY_ROLE = {
    Role.CHILD_NAME.value: Sensitivity.PERSONAL,
    Role.CHILD_IDENTITY.value: Sensitivity.PERSONAL,
    Role.STORY.value: Sensitivity.PERSONAL,
    Role.DANGER.value: Sensitivity.SENSITIVE,
}


def least_of(field_type: str, role: str) -> str:
    """The least that an editor may choose for a question of this type and meaning."""
    asked = (_BY_TYPE.get(field_type), _BY_ROLE.get(role), Sensitivity.PUBLIC)
    return max((level.value for level in asked if level), key=RANK.__getitem__)


def sensitivity_of(question: Question) -> str:
    """What the editor said, never less than what the question is by itself; unsaid, internal."""
    return sensitivity_of_answer(question.type, question.role, question.sensitivity)


def sensitivity_of_answer(field_type: str, role: str, chosen: str = "") -> str:
    """The same for an answer whose question is known by its type, meaning and the editor's word."""
    least = least_of(field_type, role)
    return max(least, chosen or Sensitivity.INTERNAL.value, key=RANK.__getitem__)
