"""Following a request by reference and code: what it shows and takes, nothing of what was sent."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from forms.builder import references
from forms.builder.fields import TextAnswer
from forms.builder.handlers import FamilyDeed, Refused, handler_for
from forms.builder.holding import mark_left
from forms.builder.models import Submission
from forms.builder.receipts import (
    put_away,
    remember_submission,
    remembered_submission,
    seconds_left,
)
from forms.builder.selectors import submission_for
from forms.builder.text import Damaged, clean_text
from forms.builder.withdrawing import shown_consents
from home.pages import limits

logger = logging.getLogger(__name__)
COOKIE = "track"
# By one address, in an hour. A limit on the reference alone would be a way to keep a family out:
# ten wrong codes an hour are enough. What guards against many addresses are the code's 16 digits:
# at 500 tries a second, all that two processors compute, a year finds a code once in 600,000.
TRIES_PER_REFERENCE = 10
TRIES_PER_ADDRESS = 60


class LookUpForm(forms.Form):
    """Reference and code, typed as people type."""

    use_required_attribute = False
    reference = TextAnswer(
        label=gettext_lazy("受理编号"),
        help_text=gettext_lazy("以 LN 开头的12位字母和数字。"),
        error_messages={"required": gettext_lazy("请填写受理编号。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    code = TextAnswer(
        label=gettext_lazy("查询码"),
        help_text=gettext_lazy("回执上的16位数字，有没有空格都可以。"),
        error_messages={"required": gettext_lazy("请填写查询码。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class DeedForm(forms.Form):
    """What a family's deed needs: a text, or a tick that says it is meant."""

    use_required_attribute = False

    def __init__(self, deed: FamilyDeed, data: Any = None) -> None:
        super().__init__(data, auto_id=f"id_{deed.name}_%s")
        self.deed = deed
        if deed.asks_text:
            self.fields["text"] = TextAnswer(
                lines=True,
                label=deed.label,
                help_text=deed.help_text,
                error_messages={"required": _("请先写下要说的内容。")},
                widget=forms.Textarea(attrs={"rows": 6}),
            )
        if deed.confirm:
            self.fields["confirmed"] = forms.BooleanField(
                label=_("我确定要这样做"),
                help_text="" if deed.asks_text else deed.help_text,
                error_messages={"required": _("请先勾选“我确定要这样做”。")},
            )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest) -> HttpResponse:
    """The look-up form, and the progress once it was answered."""
    if request.method == "POST":
        return _look_up(request)
    submission = remembered_submission(request, COOKIE)
    if submission is None:
        return _ask(request, LookUpForm())
    return _progress(request, submission)


def _look_up(request: HttpRequest) -> HttpResponse:
    form = LookUpForm(request.POST)
    if not form.is_valid():
        return _ask(request, form, status=422)
    reference, code = form.cleaned_data["reference"], form.cleaned_data["code"]
    address = limits.client_address(request)
    pair = f"{references.parse_reference(reference) or reference} {address}"
    too_many = limits.exceeded("track-reference", pair, TRIES_PER_REFERENCE)
    too_many |= limits.exceeded("track-address", address, TRIES_PER_ADDRESS)
    if too_many:
        form.add_error(None, ValidationError(_("试的次数太多了，请一小时后再试。")))
        response = _ask(request, form, status=429)
        response["Retry-After"] = str(limits.HOUR)
        return response
    submission = submission_for(reference, code)
    if submission is None:
        form.add_error(
            None, ValidationError(_("没有找到：受理编号或查询码不对。请对照回执核对后再试。"))
        )
        return _ask(request, form, status=422)
    limits.forget("track-reference", pair)
    # A whole village may share an address: only what was wrong counts against it.
    limits.take_back("track-address", address)
    response = _see_other()
    remember_submission(request, response, COOKIE, reverse("builder_track"), submission)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deed(request: HttpRequest) -> HttpResponse:
    """Carries out what the family chose on the tracking page."""
    if request.method != "POST":
        # A telephone that opens its last page again asks for the address of the last mistake.
        return _see_other()
    submission = remembered_submission(request, COOKIE)
    typed = request.POST.get("text", "")
    if submission is None:
        # The half hour is over: what was written must not be lost with it.
        return _ask(request, LookUpForm(), status=403, typed=typed)
    if request.POST.get("reference", submission.reference) != submission.reference:
        return _progress(
            request,
            submission,
            status=409,
            notice=_(
                "没有提交：您刚才写的是另一件事项，而这个浏览器后来打开了下面这一件。"
                "请先复制您写的内容，退出后再用那件事项的编号和查询码打开。"
            ),
            typed=typed,
        )
    handler = handler_for(submission.kind)
    name = request.POST.get("deed", "")
    if handler.just_done(submission, name, _as_stored(typed)):
        return _see_other()
    tracking = handler.tracking(submission)
    wanted = next((one for one in tracking.deeds if one.name == name), None)
    if wanted is None:
        return _progress(
            request,
            submission,
            status=409,
            notice=_("现在不能这样做：事情刚刚有了变化，请看下面的最新情况。"),
            typed=typed,
        )
    form = DeedForm(wanted, request.POST)
    if not form.is_valid():
        return _progress(request, submission, form=form, status=422)
    return _act(request, submission, form)


def _act(request: HttpRequest, submission: Submission, form: DeedForm) -> HttpResponse:
    text = form.cleaned_data.get("text", "")
    try:
        handler_for(submission.kind).act(submission, form.deed.name, text)
    except Refused as refused:
        return _progress(
            request, submission, form=form, status=409, notice=refused.message, typed=text
        )
    except DatabaseError as error:
        logger.error("A family's deed could not be stored: %s", type(error).__name__)
        return _progress(
            request,
            submission,
            form=form,
            status=503,
            notice=_("系统暂时不能保存，没有提交成功。您写的内容还在，请过几分钟再试。"),
            typed=text,
        )
    return _see_other()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest) -> HttpResponse:
    """Forgets the request on this browser, and its receipt with the code: phones are shared."""
    response = _see_other()
    if request.method == "POST":
        response.delete_cookie(COOKIE, path=reverse("builder_track"), samesite="Lax")
        put_away(response)
        mark_left(request, response)
    return response


def _as_stored(typed: str) -> str:
    """The text as a deed would keep it; what can't be kept is no repetition of anything."""
    try:
        return clean_text(typed, lines=True)
    except Damaged:
        return typed


def _ask(
    request: HttpRequest, form: LookUpForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    return render(request, "builder/track.html", {"form": form, **context}, status=status)


def _progress(
    request: HttpRequest,
    submission: Submission,
    *,
    form: DeedForm | None = None,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    tracking = handler_for(submission.kind).tracking(submission)
    shown = {deed.name: DeedForm(deed) for deed in tracking.deeds}
    if form is not None and form.deed.name in shown:
        shown[form.deed.name] = form
        # It stands in its box again.
        context["typed"] = ""
    context |= {
        "submission": submission,
        "tracking": tracking,
        "deed_forms": list(shown.values()),
        "consents": shown_consents(submission),
        # The page says so before it has to be opened anew.
        "seconds_left": seconds_left(request, COOKIE),
        "mistaken": form if form is not None and form.errors else None,
    }
    return render(request, "builder/tracking.html", context, status=status)


def _see_other() -> HttpResponseRedirect:
    response = HttpResponseRedirect(reverse("builder_track"))
    response.status_code = 303
    return response
