"""Whole addresses, for what is read away from the site: mails."""

from __future__ import annotations

from django.conf import settings


def link_to(path: str) -> str:
    """The whole address of a path on this site; of "" the site's own, without a slash."""
    return settings.WAGTAILADMIN_BASE_URL.rstrip("/") + path
