"""Addresses beside the form pages that show nobody's request."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from home.directory.selectors import area_by_code, children_of

ONE_DAY = 24 * 3600


@require_safe
@cache_control(public=True, max_age=ONE_DAY)
def area_children(request: HttpRequest, code: str) -> JsonResponse:
    """What can be chosen below an area, for the form's script."""
    if area_by_code(code) is None:
        return JsonResponse({"detail": _("没有这个地区。")}, status=404)
    children = [{"code": area.code, "name": area.name} for area in children_of(code)]
    return JsonResponse({"code": code, "children": children})


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What can't be read at all (handler400). The body must not be touched again here."""
    too_big = isinstance(exception, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent))
    return render(
        request,
        "builder/bad_request.html",
        {"too_big": too_big},
        status=413 if too_big else 400,
    )
