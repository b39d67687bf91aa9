"""What is asked of every address of the admin before its view answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch


class AdminAddresses:
    """Middleware whose `look` may raise Http404, or what else refuses an address of the admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> None:
        match = request.resolver_match
        if match is not None and request.path.startswith("/admin/"):
            self.look(request, match, kwargs)

    def look(self, request: HttpRequest, match: ResolverMatch, kwargs: dict[str, Any]) -> None:
        """Looks at one address; `kwargs` are what its view will be given."""
        raise NotImplementedError
