"""Taking a place, giving it back, and keeping sessions."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from delivery.services import enqueue
from forms.activities import messages
from forms.activities.models import Session, SignUp
from forms.builder.models import Submission
from forms.vault import retention
from forms.vault.services import keyed_digest


class NotPossible(Exception):
    """A place could not be taken or given back: "full", "closed", "early", "duplicate", "late"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def child_digest(session: Session, name: str, phone: str) -> str:
    """The same for one child of one guardian in one session, however the name was typed."""
    # What nobody sees (spaces, zero-width characters) makes no other child.
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKC", name).casefold()
        if not character.isspace() and unicodedata.category(character) != "Cf"
    )
    return keyed_digest(f"{session.pk}\n{plain}\n{phone}".encode())


def take_place(
    session: Session,
    submission: Submission,
    *,
    name: str,
    phone: str,
    family_has_mail: bool = False,
    now: datetime | None = None,
) -> SignUp:
    """Takes one place for one child. Raises `NotPossible`; then the caller's transaction is undone.

    A child that has a place is told so even where the session is full.
    """
    now = now or timezone.now()
    digest = child_digest(session, name, phone)
    with transaction.atomic():
        if _has_place(session, digest):
            raise NotPossible("duplicate")
        # One statement decides: whoever comes second finds the condition no longer true.
        taken = Session.objects.filter(
            pk=session.pk, opens__lte=now, closes__gt=now, taken__lt=F("capacity")
        ).update(taken=F("taken") + 1)
        if not taken:
            session.refresh_from_db()
            raise NotPossible(
                "full" if session.phase(now) in ("full", "open") else session.phase(now)
            )
        try:
            with transaction.atomic():
                sign_up = SignUp.objects.create(
                    session=session, submission=submission, child_digest=digest, created_at=now
                )
        except IntegrityError as error:
            if _has_place(session, digest):
                raise NotPossible("duplicate") from error
            raise
        # What was sent is needed until the session is over, and kept from then on.
        retention.count_from(submission.uuid, session.ends)
        _announce(sign_up, "confirmed", family_has_mail=family_has_mail)
        return sign_up


def give_back(sign_up: SignUp, *, now: datetime | None = None) -> None:
    """Cancels a sign-up and frees its place; a second time, or once it has begun: `NotPossible`."""
    now = now or timezone.now()
    if now >= sign_up.session.starts:
        raise NotPossible("late")
    with transaction.atomic():
        # The session first, as in `take_place`: two deeds that lock in one order never deadlock.
        Session.objects.filter(pk=sign_up.session_id, taken__gt=0).update(taken=F("taken") - 1)
        cancelled = SignUp.objects.filter(pk=sign_up.pk, state=SignUp.State.CONFIRMED).update(
            state=SignUp.State.CANCELLED, cancelled_at=now
        )
        if not cancelled:
            raise NotPossible("late")
        retention.count_from(sign_up.submission.uuid, now)
        _announce(sign_up, "cancelled", family_has_mail=False)


def change_session(session: Session) -> bool:
    """Saves what the organiser edited but never `taken`; False where it would hold too few now."""
    with transaction.atomic():
        # Locked and saved, not updated: whoever keeps the page's finished bytes hears of a save.
        now = Session.objects.select_for_update().get(pk=session.pk)
        if now.taken > session.capacity:
            return False
        session.save(update_fields=["starts", "ends", "place", "capacity", "opens", "closes"])
        if now.ends != session.ends:
            taken = session.sign_ups.filter(state=SignUp.State.CONFIRMED)
            for owner in taken.values_list("submission__uuid", flat=True):
                retention.count_from(owner, session.ends)
    return True


def _has_place(session: Session, digest: str) -> bool:
    return SignUp.objects.filter(
        session=session, child_digest=digest, state=SignUp.State.CONFIRMED
    ).exists()


def tell_organiser(sign_up: SignUp, what: str) -> None:
    """Promises a mail to the organiser that a list has changed."""
    key = f"sign-up:{sign_up.pk}:{what}"
    unit = f"unit:{sign_up.session.activity.organiser_id}"
    enqueue(messages.UNIT_MAIL, event_key=key, destination=unit, subject_id=sign_up.pk)


def _announce(sign_up: SignUp, what: str, *, family_has_mail: bool) -> None:
    tell_organiser(sign_up, what)
    if family_has_mail:
        key = f"sign-up:{sign_up.pk}:{what}"
        enqueue(messages.FAMILY_MAIL, event_key=key, destination="family", subject_id=sign_up.pk)
