"""How often a group is filled in, and what its fields are called in a form."""

from __future__ import annotations

import re
from typing import Any

from forms.builder.kinds import MOST_TIMES
from forms.builder.outline import Group
from forms.builder.questions import Question


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
