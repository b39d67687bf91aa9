"""Forms to begin from, one for each matter of the plan: documents of the exchange format.

They ask what is needed to route and answer, no more (在线政务服务若干规定 7), in words that label
nobody, and name no requirement that the plan itself does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forms.builder.exchange import FormDocument, read
from forms.builder.kinds import FieldType

FOLDER = Path(__file__).parent
# As the plan names them.
CODES = (
    "living",
    "education",
    "medical",
    "housing",
    "rehabilitation",
    "mental",
    "guardianship",
    "employment",
    "general",
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the list of templates says of one."""

    code: str
    title: str
    intro: str
    screens: int
    questions: int


def document_of(code: str) -> FormDocument:
    """The form of a pattern; KeyError for an unknown one."""
    if code not in CODES:
        raise KeyError(code)
    return read(_text(code))


def patterns() -> list[Pattern]:
    """All of them, in the plan's order."""
    return [_summary(code, document_of(code)) for code in CODES]


@cache
def _text(code: str) -> str:
    return (FOLDER / f"{code}.json").read_text("utf-8")


def _summary(code: str, document: FormDocument) -> Pattern:
    types = [question.type for question in document.questions]
    shape = (FieldType.SCREEN, FieldType.SECTION, FieldType.STATEMENT, FieldType.GROUP_END)
    return Pattern(
        code=code,
        title=document.title,
        intro=document.intro,
        screens=max(types.count(FieldType.SCREEN), 1),
        questions=sum(kind not in shape for kind in types),
    )
