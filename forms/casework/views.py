"""The desk: queues, the case page and what can be done there.

A case that is not the person's own answers like one that does not exist, by every route: each view
begins at `Case.objects.visible_to`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from forms.casework.attachments import file_of
from forms.casework.keeping import kept
from forms.casework.models import Case, Outcome
from forms.casework.selectors import (
    ROLES,
    TAB_BY_NAME,
    TABS,
    BadCursor,
    Sheet,
    counts,
    listing,
    sheet,
    units_to_choose,
)
from forms.casework.transitions import (
    TRANSITIONS,
    Conflict,
    Deed,
    Incomplete,
    Need,
    NotAllowed,
    Who,
    apply,
    label_of,
)
from forms.vault.files import NotServed, response_for
from forms.vault.services import Erased, Unreadable, log_access
from home.directory.selectors import has_role
from home.pages.whole_numbers import whole_number

logger = logging.getLogger(__name__)

_TEXT_LABELS = {
    Deed.REPLY: gettext_lazy("答复内容（家庭可见）"),
    Deed.ASK: gettext_lazy("需要家庭补充什么（家庭可见）"),
    Deed.CLOSE: gettext_lazy("给家庭的说明（家庭可见）"),
    Deed.REJECT: gettext_lazy("不予受理的理由（家庭可见）"),
    Deed.RESUME: gettext_lazy("恢复办理的缘由（内部）"),
    Deed.NOTE: gettext_lazy("备注内容（内部）"),
}
# The same boxes where a reader, and no family, is written to.
_TEXT_LABELS_OF_A_CORRECTION = {
    Deed.REPLY: gettext_lazy("答复内容（读者可见）"),
    Deed.ASK: gettext_lazy("需要读者补充什么（读者可见）"),
    Deed.CLOSE: gettext_lazy("给读者的说明（读者可见）"),
    Deed.REJECT: gettext_lazy("不予受理的理由（读者可见）"),
}
UNIT_DEEDS = {row.deed.value for row in TRANSITIONS if row.who is Who.UNIT}
MAX_REASON = 200


@never_cache
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """A queue of what the person may see, by due date."""
    user = _user(request)
    if not has_role(user, *ROLES):
        raise PermissionDenied
    tab = TAB_BY_NAME.get(request.GET.get("tab", TABS[0].name))
    if tab is None:
        raise Http404
    cases = Case.objects.visible_to(user)
    units = units_to_choose(user)
    unit = request.GET.get("unit", "")
    if unit:
        if unit not in {str(pk) for pk, _name in units}:
            raise Http404
        cases = cases.filter(owner_unit=int(unit))
    wanted = request.GET.get("q", "").replace(" ", "").replace("\x00", "").upper()[:20]
    if wanted:
        cases = cases.filter(reference=wanted)
        tab = TAB_BY_NAME["all"]
    try:
        page = listing(cases, tab, user, after=request.GET.get("after", ""))
    except BadCursor as error:
        raise Http404 from error
    kept = {"unit": unit} if unit else {}
    shown = counts(cases)
    context = {
        "tabs": [
            {
                "label": one.label,
                "count": shown[one.name],
                "url": "?" + urlencode({"tab": one.name, **kept}),
                "current": one is tab,
            }
            for one in TABS
        ],
        "tab": tab,
        "page": page,
        "next_url": "?" + urlencode({"tab": tab.name, **kept, "after": page.next_cursor})
        if page.next_cursor
        else "",
        "is_first": "after" not in request.GET,
        "units": units if len(units) > 1 else (),
        "several_units": len({row.case.owner_unit_id for row in page.rows}) > 1,
        "unit": unit,
        "wanted": wanted,
        "breadcrumbs_items": _breadcrumbs(),
        "header_title": _("办件"),
        "header_icon": "tasks",
    }
    return render(request, "casework/desk.html", context)


@never_cache
@require_GET
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """One case: what is asked, what is due, what happened, what can be done."""
    return _page(request, _find(request, reference))


@never_cache
@require_GET
def print_sheet(request: HttpRequest, reference: str) -> HttpResponse:
    """The case on paper, as masked as on the screen; who printed it is written down."""
    found = _find(request, reference)
    shown = _look(request, found, what="print")
    return render(request, "casework/case_print.html", {"sheet": shown, "case": found})


@never_cache
@require_POST
def reveal(request: HttpRequest, reference: str) -> HttpResponse:
    """Shows one masked answer in full, for a reason that is written down first."""
    found = _find(request, reference)
    user = _user(request)
    if not Case.objects.readable_by(user).filter(pk=found.pk).exists():
        return _page(request, found, status=403, notice=_("审计人员不查看填报内容。"))
    key = request.POST.get("key", "")
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    if not any(
        answer.key == key and answer.can_be_revealed for answer in sheet(found, user).answers
    ):
        raise Http404
    if not reason or len(reason) > MAX_REASON:
        problem = _("请写明查看理由（最多%d个字）。") % MAX_REASON
        return _page(request, found, status=400, reveal_error=(key, problem))
    return _page(request, found, reveal=key, reason=reason)


@require_GET
def attachment(request: HttpRequest, reference: str, uuid: UUID) -> HttpResponseBase:
    """A file the family sent; who opened it is written down before anybody sees it."""
    found = _find(request, reference)
    user = _user(request)
    file = file_of(found, uuid)
    if file is None:
        raise Http404
    if not Case.objects.readable_by(user).filter(pk=found.pk).exists():
        return _page(request, found, status=403, notice=_("审计人员不查看填报内容。"))
    try:
        response = response_for(file, inline=True)
    except NotServed as refusal:
        return _page(request, found, status=409, notice=refusal.message)
    except Erased as error:
        raise Http404 from error
    except Unreadable:
        logger.exception("%r of case %s does not open.", file, found.pk)
        notice = _("这个文件暂时无法读取，请联系系统管理员。")
        return _page(request, found, status=409, notice=notice)
    record = found.submission.record
    log_access(user=user, record=record, what="file", fields=[file.question, str(file.uuid)])
    return response


@never_cache
@require_POST
def deed(request: HttpRequest, reference: str, deed: str) -> HttpResponse:
    """Does what a button says, if the page it stood on is still true."""
    found = _find(request, reference)
    if deed not in UNIT_DEEDS:
        raise Http404
    typed = {need.value: request.POST.get(need.value, "") for need in Need}
    version = whole_number(request.POST.get("version", ""))
    try:
        apply(
            found.pk,
            deed,
            _user(request),
            expected_version=-1 if version is None else version,
            text=typed["text"],
            elsewhere=typed["elsewhere"],
            outcome=typed["outcome"],
        )
    except Conflict as conflict:
        found.refresh_from_db()
        notice = _("%(who)s已经进行了“%(what)s”，您的操作没有执行。请看过最新情况后再决定。") % {
            "who": conflict.who,
            "what": conflict.what,
        }
        return _page(request, found, status=409, notice=notice, deed=deed, typed=typed)
    except NotAllowed as refusal:
        return _page(request, found, status=403, notice=refusal.message, deed=deed, typed=typed)
    except Incomplete as problem:
        errors = {problem.need.value: problem.message}
        return _page(request, found, status=400, deed=deed, typed=typed, errors=errors)
    except Case.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("%(reference)s：已%(deed)s。") % _said(found, deed))
    return redirect("casework_case", reference=found.reference)


def _said(found: Case, deed: str) -> dict[str, str]:
    words = {Deed.NOTE: _("记下备注"), Deed.REJECT: _("作不予受理")}
    label = label_of(deed, correction=found.is_correction)
    return {"reference": found.reference, "deed": words.get(Deed(deed), label)}


def _user(request: HttpRequest) -> Any:
    return request.user


def _find(request: HttpRequest, reference: str) -> Case:
    cases = Case.objects.visible_to(_user(request)).select_related(
        "area",
        "owner_unit__area",
        "assignee",
        "submission__record",
        "submission__form_version",
    )
    found: Case = get_object_or_404(cases, reference=reference)
    return found


def _look(
    request: HttpRequest, found: Case, *, what: str, reveal: str = "", reason: str = ""
) -> Sheet:
    """Gathers the case page; a look at answers is written down before anybody sees them."""
    user = _user(request)
    shown = sheet(found, user, reveal=reveal)
    if shown.readable and shown.answers:
        keys = [reveal] if reveal else [answer.key for answer in shown.answers]
        log_access(user=user, record=found.submission.record, what=what, fields=keys, reason=reason)
    return shown


def _page(
    request: HttpRequest,
    found: Case,
    *,
    status: int = 200,
    notice: str = "",
    deed: str = "",
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    reveal: str = "",
    reason: str = "",
    reveal_error: tuple[str, str] = ("", ""),
) -> HttpResponse:
    what = "reveal" if reveal else "view"
    shown = _look(request, found, what=what, reveal=reveal, reason=reason)
    text_labels = _TEXT_LABELS | (_TEXT_LABELS_OF_A_CORRECTION if found.is_correction else {})
    forms = [
        {
            "deed": row.deed.value,
            "label": label_of(row.deed, correction=found.is_correction),
            "text_label": text_labels.get(row.deed, ""),
            "asks_text": Need.TEXT in row.needs,
            "asks_elsewhere": Need.ELSEWHERE in row.needs,
            "asks_outcome": Need.OUTCOME in row.needs,
            "typed": typed or {} if row.deed == deed else {},
            "errors": errors or {} if row.deed == deed else {},
            "open": row.deed == deed,
        }
        for row in shown.deeds
    ]
    unsent = ""
    if typed and status != 200 and deed not in {form["deed"] for form in forms}:
        # The button is gone, what was typed must not be.
        unsent = "\n".join(text for text in (typed["text"], typed["elsewhere"]) if text.strip())
    context = {
        "case": found,
        "sheet": shown,
        "primary": forms[0] if forms and forms[0]["deed"] != Deed.NOTE else None,
        "others": forms[1:] if forms and forms[0]["deed"] != Deed.NOTE else forms,
        "outcomes": Outcome.choices,
        "notice": notice,
        "unsent": unsent,
        "reveal_key": reveal_error[0],
        "reveal_error": reveal_error[1],
        "max_reason": MAX_REASON,
        "keeping": kept(found, _user(request)),
        "breadcrumbs_items": [*_breadcrumbs(link=True), {"url": "", "label": found.reference}],
        "header_title": found.reference,
        "header_icon": "tasks",
    }
    return render(request, "casework/case.html", context, status=status)


def _breadcrumbs(*, link: bool = False) -> list[dict[str, str]]:
    return [
        {"url": reverse("wagtailadmin_home"), "label": _("首页")},
        {"url": reverse("casework_desk") if link else "", "label": _("办件")},
    ]
