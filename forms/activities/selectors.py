"""What an organiser sees."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from forms.activities.models import ActivityPage, Session, SignUp
from forms.builder.selectors import answers_of
from forms.vault.models import Consent, ConsentDuty
from forms.vault.reference import PHOTO_CONSENT
from forms.vault.services import Erased, Unreadable
from home.directory.models import Role
from home.directory.selectors import units_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from home.directory.models import User

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """A sign-up on the organiser's list; names and numbers masked unless it is `revealed`."""

    sign_up: SignUp
    child: str
    age: str
    phone: str
    revealed: bool
    notes: Sequence[str] = ()
    duties: Sequence[ConsentDuty] = ()


def activities_of(user: User | AnonymousUser) -> QuerySet[ActivityPage]:
    """The activities this person organises."""
    found: QuerySet[ActivityPage] = ActivityPage.objects.filter(
        organiser__in=units_of(user, Role.ORGANISER)
    )
    return found


def sessions_of(user: User | AnonymousUser) -> QuerySet[Session]:
    """The sessions this person may see; the only way to sign-ups for staff."""
    return Session.objects.filter(activity__in=activities_of(user)).select_related(
        "activity__organiser"
    )


def sign_ups_of(session: Session, *, reveal: int | None = None) -> list[Line]:
    """Everybody who signed up for a session, in order; `reveal` is the one to show in full.

    Whoever asks for that has written the look into the access log.
    """
    rows = session.sign_ups.select_related(
        "submission__record", "submission__form_version"
    ).order_by("created_at", "pk")
    notes, duties = _about_consents([sign_up.submission.record_id for sign_up in rows])
    return [
        replace(
            _line(sign_up, revealed=sign_up.pk == reveal),
            notes=notes[sign_up.submission.record_id],
            duties=duties[sign_up.submission.record_id],
        )
        for sign_up in rows
    ]


def _about_consents(
    records: list[int],
) -> tuple[Mapping[int, list[str]], Mapping[int, list[ConsentDuty]]]:
    """What an organiser must know of consents, and what is still to be done, by record."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    duties: defaultdict[int, list[ConsentDuty]] = defaultdict(list)
    consents = Consent.objects.filter(record__in=records).order_by("pk")
    for consent in consents.select_related("text", "withdrawal", "duty"):
        gone = hasattr(consent, "withdrawal")
        if consent.text.key == PHOTO_CONSENT:
            found[consent.record_id].append(_("已撤回拍照同意") if gone else _("同意拍照"))
        elif gone:
            found[consent.record_id].append(_("已撤回同意"))
        if hasattr(consent, "duty") and consent.duty.done_at is None and not gone:
            duties[consent.record_id].append(consent.duty)
    return found, duties


def _line(sign_up: SignUp, *, revealed: bool) -> Line:
    try:
        answers = answers_of(sign_up.submission)
    except Erased:
        return Line(sign_up, _("已删除"), "", "", revealed=True)
    except Unreadable:
        logger.exception("The record of sign-up %s does not open.", sign_up.pk)
        return Line(sign_up, _("无法读取"), "", "", revealed=True)
    name, phone = answers.text("child_name"), answers.text("guardian_phone")
    if not revealed:
        # GB/T 35273: 张*, 138****5678.
        name, phone = name[:1] + "*", f"{phone[:3]}****{phone[-4:]}" if len(phone) > 9 else "****"
    return Line(sign_up, name, answers.text("child_age"), phone, revealed)
