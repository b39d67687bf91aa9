"""Which pages nobody may see, decided by the database in the statement that counts."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction


def hidden_pages() -> tuple[str, tuple[Any, ...]]:
    """SQL for the ids of pages that are not live, expired, private or below a private one.

    Much shorter than the list of visible ones, which is what makes counting cheap. Restrictions are
    few and read first (one query).
    """
    hidden = Q(live=False) | Q(expire_at__lte=timezone.now())
    for path in PageViewRestriction.objects.values_list("page__path", flat=True):
        hidden |= Q(path__startswith=path)
    return Page.objects.filter(hidden).order_by().values("pk").query.sql_with_params()
