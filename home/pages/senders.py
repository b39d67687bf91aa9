"""Who sent a request: one of our own pages, or somebody else's."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest


def sent_from_here(request: HttpRequest) -> bool:
    """Whether the browser says that one of our own pages sent this.

    For addresses that take something from public pages, whose bytes carry no token. Sec-Fetch-Site
    and Origin can't be set by a page; browsers too old for both send a Referer.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    sender = request.headers.get("Origin") or request.headers.get("Referer") or ""
    try:
        return urlsplit(sender).netloc == request.get_host()
    except ValueError:
        return False
