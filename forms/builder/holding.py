"""Who holds a draft: a signed cookie for each, sent to the form's own address alone.

Its name and value are the draft's name, which stands in the address too; the signature is the
secret. Two tabs hold two drafts; whoever has only the address has nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from forms.builder.drafts import DAYS_KEPT
from forms.builder.models import Draft, FormPage

_PREFIX = "draft-"
_SALT = "builder.draft"
_SECONDS_KEPT = DAYS_KEPT * 24 * 3600
# A browser sends every cookie of a path with every request: more than a few are not offered.
MOST_OFFERED = 5
# Some ninety fill the line in which a browser sends them; the web server then answers nothing else.
# The machine at a village's counter begins more than that in a month.
MOST_HELD = 20


def give(
    request: HttpRequest,
    response: HttpResponse,
    page: FormPage,
    name: str,
    seconds: int = _SECONDS_KEPT,
) -> None:
    """Lets this browser go on with the draft; once it was sent, see its receipt again for a while
    where somebody presses twice."""
    _make_room(request, response, page, name)
    response.set_signed_cookie(
        _PREFIX + name,
        name,
        salt=_SALT,
        max_age=seconds,
        path=_path(page),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def holds(request: HttpRequest, name: str) -> bool:
    """Whether this browser may see and change the draft of this name."""
    try:
        value = request.get_signed_cookie(_PREFIX + name, salt=_SALT, max_age=_SECONDS_KEPT)
    except (KeyError, BadSignature):
        return False
    return bool(value == name)


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


def _make_room(request: HttpRequest, response: HttpResponse, page: FormPage, name: str) -> None:
    """Forgets what is gone, then what was begun longest ago, which its code still opens."""
    others = [one for one in held(request) if one != name]
    if len(others) < MOST_HELD:
        return
    latest = Draft.objects.filter(name__in=others).order_by("-begun_at")
    kept = set(latest.values_list("name", flat=True)[: MOST_HELD - 1])
    take_away(response, page, [one for one in others if one not in kept])


def _path(page: FormPage) -> str:
    return str(page.url)
