"""What an editor sees of a form before it is published: every state a family may meet.

Nothing can be sent with a preview: its key is empty and its form goes nowhere.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from forms.builder import showing
from forms.builder.filling import Filling, Step, needs_draft
from forms.builder.models import Draft, FormPage
from forms.builder.opening import Opening, said_of
from forms.builder.questions import questions_of_page


def preview(page: FormPage, request: HttpRequest, mode_name: str = "") -> HttpResponse:
    """The form as the editor has it now, in the state of this name (see FormPage.preview_modes)."""
    if mode_name in (Opening.NOT_OPEN, Opening.CLOSED, Opening.FULL, Opening.TEST):
        context = {"page": page, "state": mode_name, "said": said_of(page, Opening(mode_name))}
        return render(request, "builder/closed.html", context)
    if mode_name == "receipt":
        return render(request, "builder/receipt_preview.html", {"page": page})
    questions = questions_of_page(page)
    filling = Filling(page, questions, {})
    if mode_name == "check" and filling.steps:
        return showing.show_check(page, request, filling, draft=_NOBODYS)
    step = _step(filling, mode_name)
    form = step.form if mode_name == "errors" else filling.unjudged(step)
    if not needs_draft(page, questions):
        return showing.show_short(page, request, form, submission_key="", form_version=0)
    return showing.show_screen(
        page, request, filling, step, form, submission_key="", version_number=0
    )


def _step(filling: Filling, mode_name: str) -> Step:
    """The screen that is asked for, as it would be with nothing typed, even where an answer would
    first have to bring it."""
    number = mode_name.removeprefix("screen-")
    wanted = int(number) if number.isdecimal() else 1
    found = filling.step(wanted)
    if found is not None:
        return found
    screen = next((one for one in filling.screens if one.number == wanted), filling.screens[0])
    return Step(screen, filling.form_of(screen, {}), {})


_NOBODYS = Draft(name="", submission_key="")
