"""Refuses bodies whose text we would not read as it was meant."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class Utf8FormsOnly:
    """Forms are UTF-8. Django would decode with any codec a client names (utf-7, unicode_escape),
    which can give lone surrogates or fail outright; a browser never names another."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.strip().strip('"').lower() not in ("utf-8", "utf8"):
            return render(None, "builder/bad_request.html", {"not_utf8": True}, status=400)
        return self.get_response(request)
