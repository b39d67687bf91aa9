"""What activities tell the vault of keeping and erasing."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.utils import timezone

from delivery.services import forget_messages
from forms.activities.messages import FAMILY_MAIL
from forms.activities.models import SignUp


def with_coming_sessions(owners: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The sign-ups that hold a place in a session that is not over."""
    rows = SignUp.objects.filter(
        submission__uuid__in=owners,
        state=SignUp.State.CONFIRMED,
        session__ends__gt=timezone.now(),
    )
    return set(rows.values_list("submission__uuid", flat=True))


def erase_sign_up(owner: uuid.UUID) -> int:
    """Drops the digest of the child's name, and mails to the family. The place stays counted."""
    sign_up = SignUp.objects.filter(submission__uuid=owner).first()
    if sign_up is None:
        return 0
    # Unique among the places that are taken, so no two may be the same.
    SignUp.objects.filter(pk=sign_up.pk).update(child_digest=f"erased {sign_up.pk}")
    return forget_messages(FAMILY_MAIL, [sign_up.pk])
