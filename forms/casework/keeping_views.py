"""What is decided about a case's content: keep it in spite of its term, erase it now (the head);
note that a duty after a consent was done (whoever handles the case)."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from forms.casework.keeping import may_decide
from forms.casework.models import Case
from forms.casework.transitions import may_act
from forms.vault import erasing, holds, journal
from forms.vault.models import ConsentDuty
from forms.vault.services import consent_duty_done

logger = logging.getLogger(__name__)
MAX_REASON = 200


@never_cache
@require_POST
def hold(request: HttpRequest, reference: str) -> HttpResponse:
    """Places a hold, for a reason and perhaps until a day."""
    case = _case(request, reference)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    until, wrong = _day(request.POST.get("until", ""))
    if not reason or len(reason) > MAX_REASON:
        messages.error(request, _("没有设定保全：请写明理由（最多%d个字）。") % MAX_REASON)
    elif wrong:
        messages.error(request, _("没有设定保全：请填写今天或以后的日期，或者留空。"))
    else:
        _place(request, case, reason, until)
    return redirect("casework_case", reference=case.reference)


def _place(request: HttpRequest, case: Case, reason: str, until: date | None) -> None:
    try:
        holds.place(
            case.submission.uuid,
            reference=case.reference,
            user=_user(request),
            reason=reason,
            until=until,
        )
    except holds.NothingToHold as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%s 已设保全，到期也不会删除。") % case.reference)


@never_cache
@require_POST
def lift(request: HttpRequest, reference: str) -> HttpResponse:
    """Ends the holds of a case."""
    case = _case(request, reference)
    if holds.lift(case.submission.uuid, user=_user(request)):
        messages.success(request, _("%s 的保全已解除。") % case.reference)
    return redirect("casework_case", reference=case.reference)


@never_cache
@require_POST
def erase(request: HttpRequest, reference: str) -> HttpResponse:
    """Erases a finished case's content, as the family asked (PIPL 47)."""
    case = _case(request, reference)
    if case.is_open:
        messages.error(request, _("没有删除：事项还在办理。请先办结，再删除内容。"))
    elif request.POST.get("confirmed") != "on":
        messages.error(request, _("没有删除：请先勾选“我已核实是家庭提出的请求”。"))
    else:
        try:
            erasing.erase(case.submission.uuid, why=erasing.BY_FAMILY)
        except holds.OnHold as refusal:
            messages.error(request, refusal.message)
        except journal.NotWritten as error:
            logger.error("%s", error)
            messages.error(request, _("没有删除：服务器的磁盘写不进删除台账。请告诉管理员。"))
        else:
            messages.success(request, _("%s 的内容已删除，备份中的也不再能打开。") % case.reference)
    return redirect("casework_case", reference=case.reference)


@never_cache
@require_POST
def duty_done(request: HttpRequest, reference: str, duty: int) -> HttpResponse:
    """Notes that a guardian was told, or a child asked, and by whom."""
    case = _visible(request, reference)
    if not may_act(_user(request), case):
        raise PermissionDenied
    of_this_case = ConsentDuty.objects.filter(consent__record=case.submission.record)
    consent_duty_done(get_object_or_404(of_this_case, pk=duty), _user(request))
    messages.success(request, _("已记下。"))
    return redirect("casework_case", reference=case.reference)


def _user(request: HttpRequest) -> Any:
    return request.user


def _visible(request: HttpRequest, reference: str) -> Case:
    cases = Case.objects.visible_to(_user(request)).select_related(
        "submission__record", "owner_unit"
    )
    case: Case = get_object_or_404(cases, reference=reference)
    return case


def _case(request: HttpRequest, reference: str) -> Case:
    case = _visible(request, reference)
    if not may_decide(case, _user(request)):
        raise PermissionDenied
    return case


def _day(typed: str) -> tuple[date | None, bool]:
    """The day, and whether what was typed is none that may be."""
    if not typed.strip():
        return None, False
    try:
        day = parse_date(typed.strip())
    except ValueError:
        return None, True
    return day, day is None or day < timezone.localdate()
