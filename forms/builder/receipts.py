"""The receipt: shown once, after the commit, to the browser that sent the form."""

from __future__ import annotations

import time
import uuid

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from forms.builder import references
from forms.builder.handlers import handler_for
from forms.builder.models import Submission
from forms.builder.services import tracking_code

COOKIE = "receipt"
MINUTES_30 = 30 * 60


def remember_submission(
    request: HttpRequest, response: HttpResponse, name: str, path: str, submission: Submission
) -> None:
    """Lets this browser see one submission's page for half an hour: a signed id, no more."""
    response.set_signed_cookie(
        name,
        f"{submission.uuid.hex} {int(time.time())}",
        salt=f"builder.{name}",
        max_age=MINUTES_30,
        path=path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def remembered_submission(request: HttpRequest, name: str) -> Submission | None:
    """The submission this browser may see; None once half an hour is over."""
    try:
        found = uuid.UUID(_remembered(request, name)[0])
    except ValueError:
        return None
    return Submission.objects.filter(uuid=found).select_related("form_version__page").first()


def seconds_left(request: HttpRequest, name: str) -> int:
    """Until this browser has to be told again which submission is meant."""
    since = _remembered(request, name)[1]
    return max(int(since + MINUTES_30 - time.time()), 0)


def _remembered(request: HttpRequest, name: str) -> tuple[str, int]:
    """The submission's uuid in hexadecimal, and since when it may be seen."""
    try:
        value = request.get_signed_cookie(name, salt=f"builder.{name}", max_age=MINUTES_30)
    except (KeyError, BadSignature):
        return "", 0
    found, _space, since = str(value).partition(" ")
    return found, int(since or 0)


def hand_over(request: HttpRequest, submission: Submission) -> HttpResponse:
    """303 to the receipt: going back or reloading sends nothing again."""
    path = reverse("builder_receipt")
    response = HttpResponseRedirect(path)
    response.status_code = 303
    remember_submission(request, response, COOKIE, path, submission)
    return response


def put_away(response: HttpResponse) -> None:
    """Forgets the receipt on this browser before its half hour is over."""
    forget(response, COOKIE, reverse("builder_receipt"))


def forget(response: HttpResponse, name: str, path: str) -> None:
    """Takes back what `remember_submission` gave."""
    response.delete_cookie(name, path=path, samesite="Lax")


@never_cache
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """Reference and code, large; 410 with the way to /track/ where the half hour is over."""
    submission = remembered_submission(request, COOKIE)
    if submission is None:
        return render(request, "builder/receipt_gone.html", status=410)
    code = tracking_code(submission)
    context = {
        "submission": submission,
        "code": code,
        "spoken_code": references.spoken(code),
        "receipt": handler_for(submission.kind).receipt(submission),
        # In whole seconds: the page says so before it can't be opened any more.
        "seconds_left": seconds_left(request, COOKIE),
    }
    return render(request, "builder/receipt.html", context)
