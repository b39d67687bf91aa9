"""What machines ask the running product."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ops import health


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answers as long as the process can: restart it where this does not answer."""
    return JsonResponse({"status": "alive"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """503 only where no request can be served: the rest may be down and a family still be heard."""
    state = health.readiness()
    return JsonResponse(state, status=200 if state["database"] == health.UP else 503)
