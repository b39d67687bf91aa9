"""How long a case's content is kept, who looked, what was agreed: for vault and desk."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.services import forget_messages
from forms.builder.questions import from_schema
from forms.casework.messages import FAMILY_MAIL
from forms.casework.models import Case, CaseEvent
from forms.casework.transitions import may_act
from forms.vault import holds
from forms.vault.models import AccessEntry, Consent, LegalHold
from forms.vault.services import consents_of
from home.directory.models import Role
from home.directory.selectors import units_of

if TYPE_CHECKING:
    from home.directory.models import User

LOOKS_SHOWN = 30
_WHAT = {
    "view": gettext_lazy("打开"),
    "print": gettext_lazy("打印"),
    "reveal": gettext_lazy("查看完整内容"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """One entry of the access log, in words."""

    at: datetime
    who: str
    what: str
    fields: str
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the desk shows of a case's keeping.

    `may_decide`: hold it, erase it. `may_do_duties`: note that a guardian was told, a child asked.
    """

    consents: Sequence[Consent]
    looks: Sequence[Look]
    hold: LegalHold | None
    purge_at: datetime | None
    erased_at: datetime | None
    may_decide: bool
    may_do_duties: bool


def with_open_cases(owners: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The submissions whose case still needs somebody."""
    rows = Case.objects.open().filter(submission__uuid__in=owners)
    return set(rows.values_list("submission__uuid", flat=True))


def erase_mails(owner: uuid.UUID) -> int:
    """Mails to a family carry its address: what waits is not sent, what lies here goes."""
    events = CaseEvent.objects.filter(case__submission__uuid=owner).values_list("pk", flat=True)
    return forget_messages(FAMILY_MAIL, list(events))


def may_decide(case: Case, user: User) -> bool:
    """Holding and erasing is for the head of the unit that owns the case."""
    return units_of(user, Role.HEAD).filter(pk=case.owner_unit_id).exists()


def kept(case: Case, user: User) -> Kept:
    """What the case page says below the history."""
    record = case.submission.record
    return Kept(
        consents=consents_of(record),
        looks=_looks(case),
        hold=holds.in_force().filter(bound_to=case.submission.uuid).first(),
        purge_at=None if case.is_open else record.purge_at,
        erased_at=record.erased_at,
        may_decide=may_decide(case, user),
        may_do_duties=may_act(user, case),
    )


def _looks(case: Case) -> list[Look]:
    labels = {q.key: q.label for q in from_schema(case.submission.form_version.schema)}
    entries = AccessEntry.objects.filter(record=case.submission.record).select_related("user")
    return [
        Look(
            at=entry.at,
            who=entry.user.get_full_name() or entry.user.username,
            what=str(_WHAT.get(entry.what, entry.what)),
            # To open a case is to see all of it: only single answers are named.
            fields=_("、").join(labels.get(key, key) for key in entry.fields)
            if entry.what not in ("view", "print")
            else "",
            reason=entry.reason,
        )
        for entry in entries.order_by("-number")[:LOOKS_SHOWN]
    ]
