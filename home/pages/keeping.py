"""Which pages must be kept, and why.

A page type says for itself by a method `reasons_to_keep() -> list[str]` (whole Chinese sentences).
PROTECT in the database stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterable

from wagtail.models import Page

from home.pages.releases import selectors as releases


def reasons_to_keep(pages: Iterable[Page]) -> list[str]:
    """Why these pages, or pages below them, can't be deleted; empty where they can."""
    reasons: list[str] = []
    for page in pages:
        reasons += releases.reasons_to_keep(page)
        for one in page.get_descendants(inclusive=True).specific():
            ask = getattr(one, "reasons_to_keep", None)
            if ask is not None:
                reasons += ask()
    return reasons
