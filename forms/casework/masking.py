"""What a list may show of a name or a number (GB/T 35273: 张*, 138****5678)."""

from __future__ import annotations

from forms.builder.kinds import FieldType, Role

_NAMES = {Role.CHILD_NAME.value}
_IDENTITIES = {Role.CHILD_IDENTITY.value}


def is_masked(field_type: str, role: str) -> bool:
    """Whether the answer to such a question is shown only on request, and that request logged."""
    return field_type in (FieldType.PHONE, FieldType.EMAIL) or role in _NAMES | _IDENTITIES


def masked(field_type: str, role: str, text: str) -> str:
    """The answer as far as everybody who may see the case may see it."""
    if not text:
        return text
    if field_type == FieldType.PHONE:
        return mask_phone(text)
    if field_type == FieldType.EMAIL:
        return text[0] + "***@" + text.rpartition("@")[2]
    return mask_identity(text) if role in _IDENTITIES else mask_name(text)


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
