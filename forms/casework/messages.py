"""Mails about cases: neutral words, a reference and a link. Never a matter, a name or an answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from delivery.links import link_to
from delivery.registry import Mail
from delivery.services import enqueue
from forms.builder.selectors import answers_of
from forms.casework.models import Case, CaseEvent, Visibility
from forms.vault.services import Erased
from home.directory.models import Role, Unit
from home.directory.selectors import addresses_of

if TYPE_CHECKING:
    from delivery.models import OutboxMessage

logger = logging.getLogger(__name__)

UNIT_MAIL = "case-unit"
FAMILY_MAIL = "case-family"
FAMILY = "family"
RECEIVED = "received"


def announce(event: CaseEvent, *, family_has_mail: bool = True) -> None:
    """Promises the mails an event calls for, inside its transaction.

    The unit hears what came from the family, the family what the unit did in public. Whether a
    family left an address is asked when the mail is made, unless the caller knows.
    """
    key = f"case:{event.case_id}:{event.seq}"
    from_outside = event.actor_id is None
    if from_outside:
        unit = f"unit:{event.case.owner_unit_id}"
        enqueue(UNIT_MAIL, event_key=key, destination=unit, subject_id=event.pk)
    tells_family = not from_outside or event.kind == RECEIVED
    if tells_family and family_has_mail and event.visibility == Visibility.PUBLIC:
        enqueue(FAMILY_MAIL, event_key=key, destination=FAMILY, subject_id=event.pk)


def unit_mail(message: OutboxMessage) -> Mail | None:
    """The mail to a unit: that something waits at the desk, and where."""
    event = _event(message)
    unit = Unit.objects.get(pk=int(message.destination.removeprefix("unit:")))
    to = addresses_of(unit, Role.CLERK, Role.HEAD)
    if not to:
        logger.error("Unit %s has no address: case event %s was not mailed.", unit.pk, event.pk)
        return None
    urgent = event.case.is_urgent
    if event.kind == RECEIVED:
        subject = _("童伴：有紧急事项待处理") if urgent else _("童伴：有新的事项待处理")
    else:
        subject = _("童伴：紧急事项有新进展") if urgent else _("童伴：事项有新进展")
    link = reverse("casework_case", args=[event.case.reference])
    body = _body(event, _("请登录办件台查看和处理："), link)
    return Mail(to=to, subject=subject, body=body)


def family_mail(message: OutboxMessage) -> Mail | None:
    """The mail to the family, if it left an address that is still kept."""
    event = _event(message)
    address = _address_of_family(event.case)
    if not address:
        return None
    subject = _("您的事项已收到") if event.kind == RECEIVED else _("您的事项有新进展")
    body = _body(event, _("请凭编号和查询码查看："), "/track/")
    return Mail(to=(address,), subject=subject, body=body)


def _event(message: OutboxMessage) -> CaseEvent:
    events = CaseEvent.objects.select_related(
        "case__submission__record", "case__submission__form_version"
    )
    event: CaseEvent = events.get(pk=message.subject_id)
    return event


def _address_of_family(case: Case) -> str:
    try:
        return answers_of(case.submission).text("email")
    except Erased:
        return ""


def _body(event: CaseEvent, sentence: str, path: str) -> str:
    link = link_to(path)
    lines = (
        _("编号 %s") % event.case.reference,
        "",
        sentence,
        link,
        "",
        _("本邮件由系统发出，请勿直接回复。"),
        "",
    )
    return "\n".join(lines)
