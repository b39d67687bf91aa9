"""How a form page answers: the empty form, what is wrong, what happened to what was sent."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from forms.builder import drafts, floods, opening, receipts, screens, showing
from forms.builder.answer_form import AnswerForm
from forms.builder.areas import REFINE
from forms.builder.away import leave
from forms.builder.filling import needs_draft, regrouped
from forms.builder.floods import Verdict
from forms.builder.form import build_form
from forms.builder.handlers import Refused, handler_for
from forms.builder.kinds import FieldType
from forms.builder.models import FormPage, FormVersion, Submission
from forms.builder.opening import Opening
from forms.builder.outline import outline
from forms.builder.previewing import preview
from forms.builder.questions import Question, from_schema
from forms.builder.selectors import answers_of, current_version, submission_with_key
from forms.builder.services import OtherAnswers, is_same, rehearse, submit
from forms.vault.services import Erased, Unreadable
from home.pages import limits

__all__ = ["answer", "preview"]

logger = logging.getLogger(__name__)
# /requests/correction/?about=lmf-2025-10:2-1-2 says which clause the form is about.
ABOUT = "about"
# The cookie that says what a browser sent from here, sent to this form alone.
SENT = "sent"


def answer(page: FormPage, request: HttpRequest) -> HttpResponse:
    """The page's answer to any request; never kept by a cache."""
    if page.alias_of_id:
        # An alias has no versions of its own: the form it stands for has.
        return redirect(page.alias_of.specific.url)
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    version = current_version(page)
    if version is None:
        raise Http404("This form has never been published.")
    response = leave(page, request) if "leave" in request.GET else _answer(page, version, request)
    add_never_cache_headers(response)
    return response


def _answer(page: FormPage, version: FormVersion, request: HttpRequest) -> HttpResponse:
    state = opening.state_of(page, timezone.now())
    is_trial = state == Opening.TEST and may_try(page, request)
    # What is sent is taken as far as it goes: the one who typed it gets it back with the sentence.
    if state != Opening.OPEN and not is_trial and (request.method != "POST" or page.is_test):
        return show_closed(page, request, state)
    if request.GET.get("draft") or needs_draft(page, from_schema(version.schema)):
        return screens.answer(page, version, request, is_trial=is_trial)
    visit = _Visit(page, version, request, is_trial=is_trial)
    return visit.receive() if request.method == "POST" else visit.show(visit.form())


def may_try(page: FormPage, request: HttpRequest) -> bool:
    """Whether this is somebody who edits the form. Nobody else is asked for a session."""
    user = getattr(request, "user", None)
    return bool(user and user.is_authenticated and page.permissions_for_user(user).can_edit())


def show_closed(page: FormPage, request: HttpRequest, state: Opening) -> HttpResponse:
    context = {
        **page.get_context(request),
        "state": state.value,
        "said": opening.said_of(page, state),
        "exit_url": showing.exit_url(page),
    }
    return render(request, "builder/closed.html", context)


class _Visit:
    """One request to a form page."""

    def __init__(
        self, page: FormPage, version: FormVersion, request: HttpRequest, *, is_trial: bool
    ) -> None:
        self.page = page
        self.is_trial = is_trial
        self.version = version
        self.request = request
        self.questions: Sequence[Question] = from_schema(version.schema)
        self.key = request.POST.get("submission_key", "") if request.method == "POST" else ""
        self.has_key = drafts.is_key(self.key)
        if not self.has_key:
            self.key = secrets.token_hex(16)

    def form(self, **options: Any) -> AnswerForm:
        data = self.request.POST if self.request.method == "POST" else None
        about = self.request.GET.get(ABOUT, "")
        return build_form(self.page, self.questions, data, about=about, **options)

    def show(self, form: AnswerForm, *, status: int = 200, **context: Any) -> HttpResponse:
        return showing.show_short(
            self.page,
            self.request,
            form,
            status=status,
            submission_key=self.key,
            form_version=self.version.number,
            is_trial=self.is_trial,
            **context,
        )

    def receive(self) -> HttpResponse:
        """Takes what was sent; a database that fails anywhere on the way is owned up to."""
        try:
            return self._receive()
        except DatabaseError as error:
            return self._not_received(error)

    def _receive(self) -> HttpResponse:
        if REFINE in self.request.POST:
            return self.show(self.form(quietly=True))
        if "_add" in self.request.POST or "_drop" in self.request.POST:
            return self._regroup()
        first = submission_with_key(self.key) if self.has_key else None
        if not self.has_key or self.request.POST.get("form_version") != str(self.version.number):
            return self._arrived(first) if first else self._stale()
        form = self.form(stored=_stored_answers(first))
        if not form.is_valid():
            return self._arrived(first) if first else self.show(form, status=422)
        if first is None and not self.is_trial:
            verdict = self._judged()
            if verdict == Verdict.TRAPPED:
                return self.show(form, status=422, **floods.trapped(self.request))
            if verdict == Verdict.TOO_MANY:
                return self._too_many(form)
        return self._store(form)

    def _regroup(self) -> HttpResponse:
        """The same page with one item of a group more or less; nothing is stored yet."""
        try:
            typed = regrouped(outline(self.questions), self.request.POST)
        except KeyError:
            return self.show(
                self.form(quietly=True),
                status=409,
                notice_heading=_("没有删去"),
                notice=_("这一组刚刚有了变化。请看一看现在的内容，再删。"),
            )
        data = MultiValueDict({name: list(values) for name, values in typed.items()})
        return self.show(build_form(self.page, self.questions, data, quietly=True))

    def _judged(self) -> Verdict:
        kind = self.page.kind
        limit = getattr(handler_for(kind), "sendings_per_hour", 0)
        return floods.judge(self.request, kind, self.page.pk, limit)

    def _too_many(self, form: AnswerForm) -> HttpResponse:
        response = self.show(
            form,
            status=429,
            result="too-many",
            notice_heading=_("还没有提交"),
            notice=_(
                "从您这里已经提交了好几次。您填写的内容都还在这一页，请一小时后再按一次“提交”。"
            ),
        )
        response["Retry-After"] = str(limits.HOUR)
        return response

    def _store(self, form: AnswerForm) -> HttpResponse:
        try:
            if self.is_trial:
                rehearsal = rehearse(self.version, form.answers().by_key)
                return showing.show_rehearsal(self.page, self.request, rehearsal)
            submission = self._sent_again(form) or submit(
                self.version, form.answers().by_key, submission_key=self.key
            )
        except OtherAnswers as other:
            return self._arrived(other.submission)
        except Refused as refused:
            return self.show(
                form,
                status=409,
                result=refused.result,
                notice_heading=_("没有提交成功"),
                notice=refused.message,
            )
        response = receipts.hand_over(self.request, submission)
        receipts.remember_submission(self.request, response, SENT, self.page.url, submission)
        return response

    def _sent_again(self, form: AnswerForm) -> Submission | None:
        """What this browser sent a moment ago, where it sends the same once more: whoever goes back
        finds what was typed again, beside the key of a new page."""
        first = receipts.remembered_submission(self.request, SENT)
        if first and is_same(first, self.version, form.answers().by_key):
            return first
        return None

    def _stale(self) -> HttpResponse:
        return self.show(
            self.form(quietly=True),
            status=409,
            result="stale",
            notice_heading=_("还没有提交，请再看一遍"),
            notice=_(
                "您打开页面以后，这张表单更新过，或者页面放得太久。您填写的内容都还在，"
                "请核对后再提交一次。"
            ),
        )

    def _arrived(self, first: Submission) -> HttpResponse:
        """The first stays as it is; what was typed since is shown, so that nobody loses it."""
        return showing.arrived(self.page, self.request, first, self._typed_texts())

    def _not_received(self, error: DatabaseError) -> HttpResponse:
        """Says plainly that nothing was stored, unless it was and only what came after failed."""
        # The class alone: a database's message may repeat the values it was given.
        logger.error("A submission could not be stored: %s", type(error).__name__)
        try:
            stored = submission_with_key(self.key)
            if stored is not None:
                return self._stored_after_all(stored)
            response = self.show(
                self.form(quietly=True),
                status=503,
                result="not-received",
                notice_heading=_("我们没有收到您的内容"),
                notice=_(
                    "系统暂时不能保存，您的内容没有提交成功。您填写的内容都还在这一页，"
                    "请过几分钟再按一次“提交”。情况紧急请直接打电话。"
                ),
            )
        except DatabaseError:
            # Not even reading works: a page that asks nothing of the database.
            context = {"typed": self._typed_texts()}
            response = render(self.request, "builder/not_received.html", context, status=503)
        response["Retry-After"] = "120"
        return response

    def _stored_after_all(self, stored: Submission) -> HttpResponse:
        # The key may be one of an earlier submission: a receipt is for what is sealed, no more.
        sealed = _stored_answers(stored)
        form = self.form(stored=sealed)
        if form.is_valid() and dict(form.answers().by_key) == sealed:
            return receipts.hand_over(self.request, stored)
        return self._arrived(stored)

    def _typed_texts(self) -> list[tuple[str, str]]:
        """(question, text) of every long text as it was typed: what nobody wants to write twice."""
        return [
            (question.label, text)
            for question in self.questions
            if question.type == FieldType.MULTILINE
            and (text := self.request.POST.get(question.key, ""))
        ]


def _stored_answers(submission: Submission | None) -> dict[str, Any]:
    if submission is None:
        return {}
    try:
        return dict(answers_of(submission).by_key)
    except (Erased, Unreadable):
        return {}
