"""Who holds a draft: a signed cookie for each, sent to the form's own address alone.

Its name and value are the draft's name, which stands in the address too; the signature is the
secret. Two tabs hold two drafts; whoever has only the address has nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from forms.builder.drafts import DAYS_KEPT
from forms.builder.models import Draft, FormPage
from forms.builder.receipts import MINUTES_30

_PREFIX = "draft-"
_SALT = "builder.draft"
_SENT = " sent"
_LEFT = "left"
_MARK = re.compile(r"[0-9a-f]{16}")
_SECONDS_LEFT = 24 * 3600
_SECONDS_KEPT = DAYS_KEPT * 24 * 3600
# A browser sends every cookie of a path with every request: more than a few are not offered.
MOST_OFFERED = 5
# Some ninety fill the line in which a browser sends them; the web server then answers nothing else.
# The machine at a village's counter begins more than that in a month.
MOST_HELD = 20


def give(request: HttpRequest, response: HttpResponse, page: FormPage, name: str) -> None:
    """Lets this browser go on with the draft."""
    _make_room(request, response, page, name)
    _set(request, response, page, name, name, _SECONDS_KEPT)


def remember_sent(request: HttpRequest, response: HttpResponse, page: FormPage, name: str) -> None:
    """The draft is gone: while the receipt can be seen, whoever presses twice or goes back is led
    there. The receipt's own cookie is not sent to the form's address."""
    _set(request, response, page, name, name + _SENT, MINUTES_30)


def holds(request: HttpRequest, name: str) -> bool:
    """Whether this browser may see and change the draft of this name."""
    return _value(request, name) in (name, name + _SENT)


def was_sent(request: HttpRequest, name: str) -> bool:
    """Whether this browser sent the draft of this name, not long ago."""
    return _value(request, name) == name + _SENT


def held(request: HttpRequest) -> Iterator[str]:
    """The names of all drafts this browser holds at this address."""
    for cookie in request.COOKIES:
        name = cookie.removeprefix(_PREFIX)
        if cookie.startswith(_PREFIX) and holds(request, name):
            yield name


def drafts_held(request: HttpRequest, page: FormPage) -> list[Draft]:
    """Those that can be gone on with, the latest first."""
    names = list(held(request))
    if not names:
        return []
    found = Draft.objects.filter(name__in=names, form_version__page=page)
    return list(found.order_by("-begun_at")[:MOST_OFFERED])


def take_away(response: HttpResponse, page: FormPage, names: list[str]) -> None:
    """Forgets these drafts on this browser."""
    for name in names:
        response.delete_cookie(_PREFIX + name, path=_path(page), samesite="Lax")


def mark_left(request: HttpRequest, response: HttpResponse) -> None:
    """Somebody left in a hurry, or put the receipt away. A browser that goes back fills a form in
    again with what was typed, with script or without, as long as the form looks as it did: from
    now on it does not (see `mark_of_leaving`)."""
    response.set_cookie(
        _LEFT,
        secrets.token_hex(8),
        max_age=_SECONDS_LEFT,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def mark_of_leaving(request: HttpRequest) -> str:
    """Goes into the name of a form's first field: by it browsers know a form again."""
    mark = request.COOKIES.get(_LEFT, "")
    return mark if _MARK.fullmatch(mark) else ""


def _make_room(request: HttpRequest, response: HttpResponse, page: FormPage, name: str) -> None:
    """Forgets what is gone, then what was begun longest ago, which its code still opens."""
    others = [one for one in held(request) if one != name]
    if len(others) < MOST_HELD:
        return
    latest = Draft.objects.filter(name__in=others).order_by("-begun_at")
    kept = set(latest.values_list("name", flat=True)[: MOST_HELD - 1])
    take_away(response, page, [one for one in others if one not in kept])


def _set(
    request: HttpRequest,
    response: HttpResponse,
    page: FormPage,
    name: str,
    value: str,
    seconds: int,
) -> None:
    response.set_signed_cookie(
        _PREFIX + name,
        value,
        salt=_SALT,
        max_age=seconds,
        path=_path(page),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _value(request: HttpRequest, name: str) -> str:
    try:
        value = request.get_signed_cookie(_PREFIX + name, salt=_SALT, max_age=_SECONDS_KEPT)
    except (KeyError, BadSignature):
        return ""
    return str(value)


def _path(page: FormPage) -> str:
    return str(page.url)
