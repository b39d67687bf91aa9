"""How a page that is not ready is refused, in words and with a way to the places."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.models import Page

from home.pages.titles import inside_marks

# A message is read at a glance; the panel lists all of them.
MOST_SENTENCES = 3


def refusal(page: Page, reasons: Sequence[str]) -> str:
    """Why the page was not published, with the first sentences."""
    shown = " ".join(
        f"{number}. {reason}" for number, reason in enumerate(reasons[:MOST_SENTENCES], start=1)
    )
    more = _(" 其余见“发布前检查”。") if len(reasons) > MOST_SENTENCES else ""
    return _("《%(title)s》没有发布，有%(count)d处必须先改：%(reasons)s%(more)s") % {
        "title": inside_marks(page.title),
        "count": len(reasons),
        "reasons": shown,
        "more": more,
    }


def checks_url(page_id: int) -> str:
    """The editor with the panel of checks open."""
    return reverse("wagtailadmin_pages:edit", args=[page_id]) + "#prechecks"
