"""What a form of some kind sets off, and what it shows afterwards.

`forms.builder` knows nothing of cases or places. The app above registers a handler for a kind in
its `AppConfig.ready`; the builder calls it inside the transaction that stores the submission.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from forms.builder.models import FormPage, Submission


class Refused(Exception):
    """The handler can't take the submission; the whole transaction is undone.

    `result` becomes `data-result` on the page ("full", "duplicate", "closed"), `message` is a
    Chinese sentence that says what happened and what to do.
    """

    def __init__(self, result: str, message: str) -> None:
        super().__init__(result)
        self.result = result
        self.message = message


@dataclass(frozen=True, slots=True)
class Answers:
    """Cleaned answers: `by_key` as stored, `by_role` for those fields whose meaning is declared."""

    by_key: Mapping[str, Any]
    by_role: Mapping[str, Any]

    def text(self, role: str) -> str:
        """The answer with this meaning as text; empty where the form doesn't ask for it. Of a
        document its number."""
        value = self.by_role.get(role)
        if isinstance(value, Mapping):
            return str(value.get("number") or "")
        return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the receipt says besides reference and code."""

    result: str
    heading: str
    sentences: Sequence[str] = ()
    in_danger: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the tracking page's history: no names, no answers."""

    at: datetime
    label: str
    text: str = ""
    from_family: bool = False


@dataclass(frozen=True, slots=True)
class FamilyDeed:
    """Something the family may do from the tracking page; `asks_text` gives it a text box."""

    name: str
    label: str
    help_text: str = ""
    asks_text: bool = False
    confirm: bool = False


@dataclass(frozen=True, slots=True)
class Tracking:
    """What the tracking page shows: `state` becomes `data-state`."""

    state: str
    state_label: str
    unit: str
    next_step: str = ""
    due_on: date | None = None
    due_is_estimated: bool = False
    replies: Sequence[Step] = ()
    steps: Sequence[Step] = ()
    question: str = ""
    deeds: Sequence[FamilyDeed] = field(default=())


class Handler(Protocol):
    """What the app above provides for its kind of form.

    Besides these it may say `required_roles` (which meanings a form must ask for),
    `asks_nothing_personal` (the editor is kept from asking who sends it), `sendings_per_hour`
    (how often one address may send) and `retention_class` (how long what was sent is kept). With
    `consent_withdrawn(submission, consent) -> bool` it hears, inside the transaction, that a
    consent was taken back, and says whether what was sent is to be erased for it;
    `meaning_of_withdrawal(submission, consent)` gives the sentences that tell a family before.
    """

    def choices(self, page: FormPage, role: str) -> list[tuple[str, str]] | None:
        """Choices for a field with this role, or None where the field's own are to be used."""

    def receive(self, submission: Submission, answers: Answers) -> None:
        """Takes the submission on, inside its transaction. May raise `Refused`."""

    def receipt(self, submission: Submission) -> Receipt:
        """What the receipt says."""

    def tracking(self, submission: Submission) -> Tracking:
        """What the tracking page says."""

    def just_done(self, submission: Submission, deed: str, text: str) -> bool:
        """Whether the family has just done exactly this: its button was pressed twice."""

    def act(self, submission: Submission, deed: str, text: str) -> None:
        """Carries out a family's deed. Raises `Refused` where it is not possible now."""


_handlers: dict[str, Handler] = {}
_labels: dict[str, Any] = {}


def register(kind: str, label: Any, handler: Handler) -> None:
    """Names the handler of a kind; `label` is what the editor chooses from (a lazy translation)."""
    _handlers[kind] = handler
    _labels[kind] = label


def handler_for(kind: str) -> Handler:
    """The registered handler; KeyError where none is (a system check looks for such forms)."""
    return _handlers[kind]


def kinds() -> list[tuple[str, Any]]:
    """(kind, label) of all that are registered, for the editor's choice."""
    return sorted(_labels.items())
