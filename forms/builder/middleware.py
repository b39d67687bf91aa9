"""What stands around every form: bodies that can't be read, a database that can't be reached."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import Error as DatabaseDown
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from forms.builder.selectors import takes_files
from forms.vault.uploading import prepare
from home.portal.typed import typed_texts

logger = logging.getLogger(__name__)
SIGNING_IN = ("/admin/login/", "/admin/password_reset/")


class NoGiants:
    """What is larger than any form's text is not read, unless the form asks for files; those are
    sealed as they come. Editors, whose files are no secret, have signed in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.META.get("CONTENT_LENGTH") or "0"
        size = int(sent[:18]) if sent.isdecimal() else None
        is_public = not request.path.startswith("/admin/") or request.path.startswith(SIGNING_IN)
        if is_public and (size is None or size > _most_for(request)):
            return render(None, "builder/bad_request.html", {"too_big": True}, status=413)
        if is_public and request.method == "POST":
            prepare(request)
        return self.get_response(request)


def _most_for(request: HttpRequest) -> int:
    """How long a body may be. Only a long one is worth the question whose form it is."""
    most: int = settings.PUBLIC_BODY_MAX_SIZE
    sent = int((request.META.get("CONTENT_LENGTH") or "0")[:18])
    if sent > most and takes_files(request.path):
        # Past this the rest of a request would be read only to be thrown away.
        return most + int(settings.UPLOAD_MAX_REQUEST)
    return most


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


class NotReceived:
    """Says plainly that nothing was received where the database fails before a form's own page can.

    The page asks nothing of the database and gives back what was typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if request.method != "POST" or not isinstance(error, DatabaseDown):
            return None
        if request.path.startswith("/admin/"):
            return None
        # The class alone: a database's message may repeat the values it was given.
        logger.error("A form could not be taken: %s", type(error).__name__)
        typed = [
            (_("第 %d 项") % number, text)
            for number, text in enumerate(typed_texts(request), start=1)
        ]
        response = render(None, "builder/not_received.html", {"typed": typed}, status=503)
        response["Retry-After"] = "120"
        # What somebody wrote stays out of every cache, the browser's too.
        add_never_cache_headers(response)
        return response
