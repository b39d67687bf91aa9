"""What casework tells the vault of keeping and erasing."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from delivery.services import forget_messages
from forms.casework.messages import FAMILY_MAIL
from forms.casework.models import Case, CaseEvent


def with_open_cases(owners: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """The submissions whose case still needs somebody."""
    rows = Case.objects.open().filter(submission__uuid__in=owners)
    return set(rows.values_list("submission__uuid", flat=True))


def erase_mails(owner: uuid.UUID) -> int:
    """Mails to a family carry its address: what waits is not sent, what lies here goes."""
    events = CaseEvent.objects.filter(case__submission__uuid=owner).values_list("pk", flat=True)
    return forget_messages(FAMILY_MAIL, list(events))
