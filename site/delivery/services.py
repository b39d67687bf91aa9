"""Putting a message into the outbox, and sending what is due."""

from __future__ import annotations

import logging
import secrets
import time
import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone

from delivery.faults import traceback_without_text
from delivery.models import OutboxMessage
from delivery.post import PostOffice, PostOfficeClosed, drop_copies
from delivery.registry import renderer_for
from delivery.wake import wake_worker

logger = logging.getLogger(__name__)

State = OutboxMessage.State
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
# A run ends after this long, well before the worker's own time limit would cut a delivery in two.
RUN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What one run did. `stopped` names why it ended early; `more` says that rows are still due."""

    delivered: int = 0
    void: int = 0
    failed: int = 0
    dead: int = 0
    stopped: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """How much waits, how long the oldest of it has waited, how much was given up."""

    pending: int
    oldest_seconds: int
    dead: int


def enqueue(
    kind: str,
    *,
    event_key: str,
    destination: str,
    subject_id: int,
    available_at: datetime | None = None,
) -> OutboxMessage:
    """Promises a message, inside the caller's transaction, so that neither is without the other.

    The same event for the same destination gives the row that is there. Wakes the worker after the
    commit; a broker that is down neither fails nor delays anything. Raises `UnknownKind` where
    nobody could send it, ValueError where the destination is an address.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            "A message is promised in the transaction of the deed it tells of: open one."
        )
    renderer_for(kind)
    if "@" in destination:
        raise ValueError("A destination is a name such as 'family', never an address.")
    message, created = OutboxMessage.objects.get_or_create(
        event_key=event_key,
        destination=destination,
        defaults={
            "kind": kind,
            "subject_id": subject_id,
            "available_at": available_at or timezone.now(),
            "message_id": _new_message_id(),
        },
    )
    if created and message.available_at <= timezone.now():
        transaction.on_commit(wake_worker, robust=True)
    return message


def drain(limit: int = 100) -> DrainReport:
    """Sends up to `limit` messages that are due. Any number of these may run at once.

    Each row is claimed by one conditional UPDATE that sets a lease, sent outside any transaction,
    then finished or put back. A process that dies in between leaves the lease to run out, and the
    message is sent again with the same Message-ID.
    """
    counts: Counter[str] = Counter()
    stopped = ""
    tried = 0
    until = time.monotonic() + RUN_SECONDS
    with PostOffice() as office:
        while tried < limit and time.monotonic() < until:
            message = _claim_next()
            if message is None:
                break
            tried += 1
            try:
                counts[_deliver(message, office)] += 1
            except PostOfficeClosed as closed:
                # It is not the message's fault, and the next thousand would wait as long: no
                # attempt is counted, and the next sweep asks again.
                stopped = closed.reason
                _put_back(message, closed.reason)
                logger.warning("The mail server can't be reached (%s): run stopped", stopped)
                break
    return DrainReport(
        delivered=counts[State.DELIVERED],
        void=counts[State.VOID],
        failed=counts["failed"],
        dead=counts[State.DEAD],
        stopped=stopped,
        more=not stopped and _due().exists(),
    )


def forget_messages(kind: str, subject_ids: Collection[int]) -> int:
    """Whom these messages went to is to be forgotten: none is sent any more, copies here go.

    The rows stay, which hold no address; how many there are. Copies go after the commit.
    """
    rows = OutboxMessage.objects.filter(kind=kind, subject_id__in=subject_ids)
    rows.filter(state=State.READY).update(
        state=State.VOID, finished_at=timezone.now(), lease_until=None
    )
    ids = list(rows.values_list("message_id", flat=True))
    transaction.on_commit(lambda: drop_copies(ids))
    return len(ids)


def outbox_health() -> OutboxHealth:
    """What an operator asks first: is something stuck, and since when?"""
    now = timezone.now()
    waiting = OutboxMessage.objects.filter(state=State.READY)
    # A message that is not to be sent yet waits for nothing.
    oldest = waiting.filter(Q(available_at__lte=now) | Q(attempts__gt=0)).aggregate(
        at=Min("created_at")
    )["at"]
    return OutboxHealth(
        pending=waiting.count(),
        oldest_seconds=max(0, int((now - oldest).total_seconds())) if oldest else 0,
        dead=OutboxMessage.objects.filter(state=State.DEAD).count(),
    )


def _new_message_id() -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{uuid.uuid4().hex}@{domain}>"


def _due() -> QuerySet[OutboxMessage]:
    now = timezone.now()
    return OutboxMessage.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lte=now),
        state=State.READY,
        available_at__lte=now,
    )


def _claim_next() -> OutboxMessage | None:
    """Claims the row that has been due longest; None where none is left.

    The UPDATE repeats the condition, so of two processes that chose the same row one changes
    nothing and looks again. The attempt is counted here: a message that kills its worker every
    time is given up like any other.
    """
    while True:
        pk = _due().order_by("available_at", "pk").values_list("pk", flat=True).first()
        if pk is None:
            return None
        lease = timezone.now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
        claimed = _due().filter(pk=pk).update(lease_until=lease, attempts=F("attempts") + 1)
        if claimed:
            message = OutboxMessage.objects.get(pk=pk)
            if message.attempts <= len(BACK_OFF) + 1:
                return message
            _finish(message, State.DEAD, message.last_error or "WorkerLost")


def _deliver(message: OutboxMessage, office: PostOffice) -> str:
    """Sends one claimed message; gives its new state, or "failed" where it will be tried again."""
    try:
        mail = renderer_for(message.kind)(message)
        if mail is None:
            _finish(message, State.VOID)
            return State.VOID
        office.send(mail, message_id=message.message_id)
    except PostOfficeClosed:
        raise
    except Exception as error:  # whatever a renderer or a server does, the row must be kept
        return _note_failure(message, error)
    if not _finish(message, State.DELIVERED) and _is_void(message):
        # Called off while it was on its way: whom it went to is forgotten.
        drop_copies([message.message_id])
    return State.DELIVERED


def _note_failure(message: OutboxMessage, error: Exception) -> str:
    """Puts the row back for later, or gives it up; notes what kind of error it was."""
    name = type(error).__name__[:100]
    told = "Outbox row %s (%s), attempt %s: %s"
    facts = (message.pk, message.kind, message.attempts, traceback_without_text(error))
    if message.attempts > len(BACK_OFF):
        _finish(message, State.DEAD, name)
        logger.error(told + "\nGiven up.", *facts)
        return State.DEAD
    wait = BACK_OFF[message.attempts - 1]
    # Ten per cent either way, so that what failed together does not come back together.
    wait *= 0.9 + secrets.randbelow(2001) / 10_000
    _mine(message).update(lease_until=None, available_at=timezone.now() + wait, last_error=name)
    logger.warning(told, *facts)
    return "failed"


def _put_back(message: OutboxMessage, reason: str) -> None:
    _mine(message).update(lease_until=None, attempts=F("attempts") - 1, last_error=reason[:100])


def _is_void(message: OutboxMessage) -> bool:
    return OutboxMessage.objects.filter(pk=message.pk, state=State.VOID).exists()


def _finish(message: OutboxMessage, state: str, error: str = "") -> int:
    # What has been sent is finished even where the lease ran out meanwhile; the rest is left to
    # whoever holds the lease now.
    rows = _mine(message)
    if state == State.DELIVERED:
        rows = OutboxMessage.objects.filter(pk=message.pk, state=State.READY)
    return rows.update(
        state=state, finished_at=timezone.now(), lease_until=None, last_error=error[:100]
    )


def _mine(message: OutboxMessage) -> QuerySet[OutboxMessage]:
    """The row, if this process still holds the lease, whose end tells one claim from another."""
    return OutboxMessage.objects.filter(
        pk=message.pk, state=State.READY, lease_until=message.lease_until
    )
