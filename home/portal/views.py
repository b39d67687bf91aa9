"""Pages that are not in the tree: what a stale form or a missing page answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers a form whose protection token is missing or old (403), keeping what was typed."""
    return render(request, "portal/stale_form.html", status=403)
