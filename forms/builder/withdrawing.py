"""Taking a consent back from the tracking page, as easily as it was given (PIPL 15).

Only what rests on consent can be taken back. Where a statutory duty is the ground, the page says
so, and how to object.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forms.builder.handlers import handler_for
from forms.builder.models import Submission
from forms.builder.receipts import remembered_submission
from forms.vault import erasing, retention
from forms.vault.holds import OnHold
from forms.vault.journal import NotWritten
from forms.vault.models import Basis, Consent
from forms.vault.services import consents_of, withdraw_consent

logger = logging.getLogger(__name__)
COOKIE = "track"


@dataclass(frozen=True, slots=True)
class ShownConsent:
    """A text on the tracking page: given, taken back, or a notice that needs no consent."""

    pk: int
    title: str
    contacts: Any
    can_be_withdrawn: bool
    withdrawn_at: Any = None


def shown_consents(submission: Submission) -> list[ShownConsent]:
    """What was agreed to or taken note of with a submission."""
    return [
        ShownConsent(
            pk=consent.pk,
            title=consent.text.title,
            contacts=consent.text.contacts,
            can_be_withdrawn=consent.basis == Basis.CONSENT and _withdrawn_at(consent) is None,
            withdrawn_at=_withdrawn_at(consent),
        )
        for consent in consents_of(submission.record)
    ]


def _withdrawn_at(consent: Consent) -> Any:
    withdrawal = getattr(consent, "withdrawal", None)
    return withdrawal.at if withdrawal else None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """What taking this consent back means, and the button that does it."""
    submission = remembered_submission(request, COOKIE)
    if submission is None:
        return _back()
    found = next((one for one in consents_of(submission.record) if one.pk == pk), None)
    if found is None or found.basis != Basis.CONSENT:
        raise Http404
    if _withdrawn_at(found) is not None:
        return _back()
    status, notice = 200, ""
    if request.method == "POST":
        try:
            withdraw(submission, found)
        except DatabaseError as error:
            logger.error("A withdrawal could not be stored: %s", type(error).__name__)
            status = 503
            notice = _("系统暂时不能保存，没有撤回成功。请过几分钟再按一次。")
        else:
            return _back()
    context = {
        "submission": submission,
        "consent": found,
        "meaning": _meaning(submission, found),
        "notice": notice,
    }
    return render(request, "builder/withdraw_consent.html", context, status=status)


def withdraw(submission: Submission, consent: Consent) -> None:
    """Notes the withdrawal and does what follows from it: all of it, or nothing.

    Where the content is to go, it is due at once: should the erasure itself fail, the next purge
    does it. On hold it stays until the hold ends.
    """
    now = timezone.now()
    handler = handler_for(submission.kind)
    told = getattr(handler, "consent_withdrawn", None)
    with transaction.atomic():
        if not withdraw_consent(consent):
            return
        ends = bool(told and told(submission, consent))
        if ends:
            retention.make_due(submission.uuid, now)
    if ends:
        try:
            erasing.erase(submission.uuid, why=erasing.BY_FAMILY)
        except OnHold:
            logger.warning("Submission %s is on hold and was not erased.", submission.reference)
        except NotWritten as error:
            logger.error("Submission %s goes with the next purge: %s", submission.reference, error)


def _meaning(submission: Submission, consent: Consent) -> list[str]:
    says = getattr(handler_for(submission.kind), "meaning_of_withdrawal", None)
    own = list(says(submission, consent)) if says else []
    return [
        *(own or [_("承办单位会得到通知，停止凭这份同意书使用您的信息。")]),
        _("撤回不影响撤回之前已经进行的处理。撤回以后不能恢复；需要时可以重新填写。"),
    ]


def _back() -> HttpResponse:
    response = HttpResponseRedirect(reverse("builder_track"))
    response.status_code = 303
    return response
