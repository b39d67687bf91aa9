"""What a list may show of a name or a number (GB/T 35273: 张*, 138****5678)."""

from __future__ import annotations

from forms.builder.kinds import FieldType, Role, Sensitivity
from forms.builder.sensitivity import RANK, sensitivity_of_answer

_NAMES = {Role.CHILD_NAME.value}
# What a case can't be handled without reading; files are opened one by one, each look written down.
_READ_AT_ONCE = {Role.DANGER.value, Role.STORY.value}
_MASK = "****"


def is_masked(field_type: str, role: str, sensitivity: str = "") -> bool:
    """Whether the answer to such a question is shown only on request, and that request logged."""
    if role in _READ_AT_ONCE or field_type == FieldType.FILES:
        return False
    guarded = sensitivity_of_answer(field_type, role, sensitivity)
    return RANK[guarded] >= RANK[Sensitivity.PERSONAL]


def masked(field_type: str, role: str, text: str) -> str:
    """The answer as far as everybody who may see the case may see it."""
    if not text:
        return text
    if field_type == FieldType.PHONE:
        return mask_phone(text)
    if field_type == FieldType.EMAIL:
        return text[0] + "***@" + text.rpartition("@")[2]
    if field_type == FieldType.IDENTITY:
        kind, _space, number = text.rpartition(" ")
        return f"{kind} {mask_identity(number)}" if kind else text
    if role == Role.CHILD_IDENTITY:
        return mask_identity(text)
    # Of a birth date the year tells the age nearly; of anything else nothing is told.
    if field_type == FieldType.BIRTH_DATE:
        return text[:4] + "****"
    return mask_name(text) if role in _NAMES else _MASK


def mask_phone(phone: str) -> str:
    """The first three and the last four digits; of a short number the last two."""
    digits = "".join(letter for letter in phone if letter.isdigit())
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 10 else f"****{digits[-2:]}"


def mask_name(name: str) -> str:
    """The first character; how long a name is stays untold."""
    return name[:1] + "*"


def mask_identity(number: str) -> str:
    """The first three and the last two characters."""
    return f"{number[:3]}****{number[-2:]}" if len(number) >= 8 else "****"
