"""The pages of a form that is filled in: each function makes one of them, and decides nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from forms.builder import drafts, floods, holding
from forms.builder.answer_form import AnswerForm
from forms.builder.differences import differences
from forms.builder.fields import FILE_KINDS
from forms.builder.filling import Filling, Step, no_longer_asked
from forms.builder.kinds import FieldType
from forms.builder.models import Draft, FormPage, Submission
from forms.builder.questions import Question
from forms.builder.selectors import labelled
from forms.builder.services import Rehearsal
from home.pages import limits
from home.portal.templatetags.fields import mistakes
from home.portal.typed import typed_texts

CHECK, SAVED, CHANGED = "check", "saved", "changed"


def address(page: FormPage, draft: Draft, screen: int | str, *, back: bool = False) -> str:
    """Where a draft's screen is; `back` leads from there to the look over all answers."""
    query = {"draft": draft.name, "screen": str(screen)} | ({"back": CHECK} if back else {})
    return f"{page.url}?{urlencode(query)}"


def show_short(
    page: FormPage, request: HttpRequest, form: AnswerForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A form of one screen that is sent with one press."""
    if form.is_bound and form.errors:
        form.focus_first_mistake()
    context |= {
        **page.get_context(request),
        "form": form,
        "today": timezone.localdate().isoformat(),
        "exit_url": exit_url(page),
        "opened": floods.opened_now(),
        "left": holding.mark_of_leaving(request),
    }
    return render(request, "builder/form_page.html", context, status=status)


def show_screen(
    page: FormPage,
    request: HttpRequest,
    filling: Filling,
    step: Step,
    form: AnswerForm,
    *,
    submission_key: str,
    version_number: int,
    status: int = 200,
    is_trial: bool = False,
    draft: Draft | None = None,
    back: bool = False,
    action: str = "",
    **context: Any,
) -> HttpResponse:
    if form.is_bound and form.errors:
        form.focus_first_mistake()
    context |= {
        **page.get_context(request),
        "form": form,
        "screen": step.screen,
        "step": step,
        "draft": draft,
        "progress": filling.progress(step.number),
        "is_first": filling.before(step.number) is None,
        "takes_files": any(q.type == FieldType.FILES for q in step.screen.questions()),
        "file_kinds": FILE_KINDS,
        "submission_key": submission_key,
        "form_version": version_number,
        "action": action or page.url,
        "back": back,
        "is_trial": is_trial,
        "today": timezone.localdate().isoformat(),
        "exit_url": exit_url(page),
        "before_json": json.dumps(form.asked_before(), ensure_ascii=False),
        "opened": "" if draft else floods.opened_now(),
        "left": holding.mark_of_leaving(request),
    }
    return render(request, "builder/screen.html", context, status=status)


def show_check(
    page: FormPage,
    request: HttpRequest,
    filling: Filling,
    *,
    draft: Draft,
    is_trial: bool = False,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Every answer once more, each with the way to change it."""
    parts = [
        {
            "step": step,
            "url": address(page, draft, step.number, back=True),
            "rows": labelled(page, _questions_of(step), step.form.given, filling.files),
            "mistakes": mistakes(step.form),
        }
        for step in filling.steps
    ]
    first_open = filling.first_open()
    context |= {
        **page.get_context(request),
        "parts": parts,
        "open_steps": [step for step in filling.steps if not step.is_answered],
        "first_open_url": address(page, draft, first_open.number, back=True) if first_open else "",
        "draft": draft,
        "progress": filling.progress_at_the_end(),
        "submission_key": draft.submission_key,
        "action": address(page, draft, CHECK),
        "previous": address(page, draft, filling.steps[-1].number) if filling.steps else page.url,
        "is_trial": is_trial,
        "exit_url": exit_url(page),
    }
    return render(request, "builder/check.html", context, status=status)


def _questions_of(step: Step) -> list[Question]:
    """The screen's questions as a flat list that `outline` reads the same way."""
    found: list[Question] = []
    for row in step.screen.rows:
        if isinstance(row, Question):
            found.append(row)
        else:
            found += [row.question, *row.questions, _END]
    return found


_END = Question(key="", label="", type=FieldType.GROUP_END)


def show_code(page: FormPage, request: HttpRequest, draft: Draft) -> HttpResponse:
    """The code that opens the draft on any telephone."""
    context = {
        "page": page,
        "draft": draft,
        "code": drafts.spoken_code(draft),
        "go_on": address(page, draft, draft.screen),
        "exit_url": exit_url(page),
    }
    return render(request, "builder/saved.html", context)


def show_change(
    page: FormPage,
    request: HttpRequest,
    draft: Draft,
    old: Sequence[Question],
    new: Sequence[Question],
) -> HttpResponse:
    """What is different since; the draft goes on with the new version when this was read."""
    context = {
        "page": page,
        "draft": draft,
        "sentences": [change.sentence for change in differences(old, new)],
        "typed": no_longer_asked(drafts.typed_in(draft), old, new),
        "action": address(page, draft, CHANGED),
        "exit_url": exit_url(page),
    }
    return render(request, "builder/changed.html", context)


def show_rehearsal(page: FormPage, request: HttpRequest, rehearsal: Rehearsal) -> HttpResponse:
    return render(request, "builder/rehearsed.html", {"page": page, "rehearsal": rehearsal})


def arrived(
    page: FormPage,
    request: HttpRequest,
    first: Submission,
    typed: list[tuple[str, str]] | None = None,
) -> HttpResponse:
    """The first stays as it is; what was typed since is shown, so that nobody loses it."""
    context = {
        "page": page,
        "submission": first,
        "typed": typed_by(request) if typed is None else typed,
        "exit_url": exit_url(page),
    }
    return render(request, "builder/arrived.html", context, status=409)


def draft_gone(page: FormPage, request: HttpRequest, *, was_sent: bool) -> HttpResponse:
    """The draft was sent, is too old, or belongs to another browser."""
    context = {
        "page": page,
        "typed": typed_by(request),
        "was_sent": was_sent,
        "exit_url": exit_url(page),
    }
    return render(request, "builder/draft_gone.html", context, status=410)


def too_many(page: FormPage, request: HttpRequest) -> HttpResponse:
    context = {"page": page, "typed": typed_by(request), "exit_url": exit_url(page)}
    response = render(request, "builder/too_many.html", context, status=429)
    response["Retry-After"] = str(limits.HOUR)
    return response


def not_received(request: HttpRequest) -> HttpResponse:
    """Nothing can be kept for now; what was typed is given back."""
    context = {"typed": typed_by(request)}
    response = render(request, "builder/not_received.html", context, status=503)
    response["Retry-After"] = str(limits.HOUR)
    return response


def too_long(request: HttpRequest) -> HttpResponse:
    """More than a draft keeps; what was typed is given back."""
    context = {"too_big": True, "typed": typed_by(request)}
    return render(request, "builder/bad_request.html", context, status=413)


def typed_by(request: HttpRequest) -> list[tuple[str, str]]:
    if request.method != "POST":
        return []
    return [
        (_("第 %d 项") % number, text) for number, text in enumerate(typed_texts(request), start=1)
    ]


def exit_url(page: FormPage) -> str:
    return f"{page.url}?leave"
