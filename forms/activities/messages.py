"""Mails about sign-ups: a reference and a link, and never a word about a child."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from delivery.links import link_to
from delivery.registry import Mail
from forms.activities.models import SignUp
from forms.builder.selectors import answers_of
from forms.vault.services import Erased
from home.directory.models import Role, Unit
from home.directory.selectors import addresses_of

if TYPE_CHECKING:
    from delivery.models import OutboxMessage

logger = logging.getLogger(__name__)

UNIT_MAIL = "sign-up-unit"
FAMILY_MAIL = "sign-up-family"


def unit_mail(message: OutboxMessage) -> Mail | None:
    """Tells the organiser that a list has changed, and where it is."""
    sign_up = _sign_up(message)
    unit = Unit.objects.get(pk=int(message.destination.removeprefix("unit:")))
    to = addresses_of(unit, Role.ORGANISER)
    if not to:
        logger.error("Unit %s has no address: sign-up %s was not mailed.", unit.pk, sign_up.pk)
        return None
    subject = {
        "cancelled": _("童伴：有一份报名已取消"),
        "consent": _("童伴：有一份报名有变化"),
    }.get(message.event_key.rpartition(":")[2], _("童伴：有新的活动报名"))
    link = reverse("activities_session", args=[sign_up.session_id])
    return Mail(to=to, subject=subject, body=_body(sign_up, _("请登录查看报名名单："), link))


def family_mail(message: OutboxMessage) -> Mail | None:
    """Tells the family that its place is kept, if it left an address that is still there."""
    sign_up = _sign_up(message)
    if sign_up.state != SignUp.State.CONFIRMED:
        return None
    try:
        address = answers_of(sign_up.submission).text("email")
    except Erased:
        return None
    if not address:
        return None
    body = _body(sign_up, _("请凭编号和查询码查看时间、地点，或取消报名："), "/track/")
    return Mail(to=(address,), subject=_("您的报名已确认"), body=body)


def _sign_up(message: OutboxMessage) -> SignUp:
    rows = SignUp.objects.select_related("submission__record", "submission__form_version")
    sign_up: SignUp = rows.get(pk=message.subject_id)
    return sign_up


def _body(sign_up: SignUp, sentence: str, path: str) -> str:
    lines = (
        _("编号 %s") % sign_up.submission.reference,
        "",
        sentence,
        link_to(path),
        "",
        _("本邮件由系统发出，请勿直接回复。"),
        "",
    )
    return "\n".join(lines)
