"""Legal holds: what must be kept for now is neither purged nor erased (保全)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from forms.vault.models import LegalHold, SealedRecord
from home.directory.models import User


class OnHold(Exception):
    """It must be kept for now; `message` says why and until when, in Chinese."""

    def __init__(self, hold: LegalHold) -> None:
        until = date_format(hold.until, "Y年n月j日") if hold.until else _("另行解除")
        self.message = _("%(reference)s 已设保全（%(reason)s，至%(until)s），不能删除。") % {
            "reference": hold.reference,
            "reason": hold.reason,
            "until": until,
        }
        super().__init__(self.message)


class NothingToHold(Exception):
    """All of it is erased already; `message` says so in Chinese."""

    def __init__(self, reference: str) -> None:
        self.message = _("%s 的内容已经删除，没有可以保全的内容。") % reference
        super().__init__(self.message)


def in_force(today: date | None = None) -> QuerySet[LegalHold]:
    """The holds that count today; the day named in `until` is the last one."""
    today = today or timezone.localdate()
    return LegalHold.objects.filter(
        Q(until__isnull=True) | Q(until__gte=today), lifted_at__isnull=True
    )


def held(owners: Iterable[uuid.UUID], today: date | None = None) -> set[uuid.UUID]:
    """Those of the owners whose content is on hold."""
    rows = in_force(today).filter(bound_to__in=list(owners))
    return set(rows.values_list("bound_to", flat=True))


def refuse_held(bound_to: uuid.UUID, today: date | None = None) -> None:
    """Raises OnHold."""
    hold = in_force(today).filter(bound_to=bound_to).first()
    if hold is not None:
        raise OnHold(hold)


def place(
    bound_to: uuid.UUID, *, reference: str, user: User, reason: str, until: date | None = None
) -> LegalHold:
    """Keeps everything of this owner until the day, or until it is lifted. Raises NothingToHold.

    Waits for an erasure that is under way: it is kept, or it is gone, and never both.
    """
    with transaction.atomic():
        live = SealedRecord.objects.filter(bound_to=bound_to, erased_at__isnull=True)
        if not live.select_for_update().order_by("pk").values_list("pk"):
            raise NothingToHold(reference)
        hold: LegalHold = LegalHold.objects.create(
            bound_to=bound_to, reference=reference, reason=reason, until=until, placed_by=user
        )
    return hold


def lift(bound_to: uuid.UUID, *, user: User) -> int:
    """Ends the holds of this owner; how many there were."""
    return in_force().filter(bound_to=bound_to).update(lifted_at=timezone.now(), lifted_by=user)
