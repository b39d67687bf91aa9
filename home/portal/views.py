"""Pages that are not in the tree: robots.txt, and what a stale form answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from delivery.links import link_to
from home.portal.typed import typed_texts


@never_cache
@sensitive_post_parameters()
def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers a form whose protection token is missing or old (403), giving back what was typed.

    Nothing of it is stored or logged. Staff forms give nothing back: a password may be among them.
    """
    context: dict[str, Any] = {
        "typed": typed_texts(request),
        "had_files": bool(request.FILES),
        "form_path": _form_path(request),
    }
    return render(request, "portal/stale_form.html", context, status=403)


def _form_path(request: HttpRequest) -> str:
    """Where the form can be opened again: the page it was sent from, else where it was sent to.

    Some forms are sent to an address that only takes them (/track/deed/).
    """
    sent_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(sent_from, {request.get_host()}):
        path = urlsplit(sent_from).path
        if path.startswith("/") and not path.startswith("//"):
            return path
    return request.path


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers should leave alone: people's own pages and the staff's."""
    lines = [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /track/",
        "Disallow: /requests/receipt/",
        "Disallow: /search/",
        "",
        f"Sitemap: {link_to('/sitemap.xml')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
