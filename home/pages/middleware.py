"""Answers for what the rooms refuse, in place of an error page."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from home.pages.prechecks import NotReady
from home.pages.refusing import checks_url, refusal


class NotReadyAnswer:
    """Whatever view tried to publish a page that is not ready: the editor is led to what to mend.

    The view's transaction is undone by then; a draft saved before stays saved.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, NotReady):
            return None
        messages.error(request, refusal(exception.page, exception.reasons))
        where = checks_url(exception.page.pk)
        if request.headers.get("X-Requested-With") == "XMLHttpRequest":
            # What Wagtail's dialogs of workflow actions understand.
            return JsonResponse({"step": "success", "redirect": where})
        return HttpResponseRedirect(where)
