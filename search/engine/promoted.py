"""Pages that editors put first for a query. As everywhere, the page's own row decides who sees."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone
from wagtail.models import Page

from home.pages.visibility import publicly_visible
from search.analysis.question import LONGEST_QUERY
from search.analysis.streams import plain
from search.engine.editing import PromotedResult

MOST_PROMOTED = 3


def promoted(query: str) -> list[Page]:
    """The pages recommended for this query that everybody may read, in their order."""
    words = plain(query[:LONGEST_QUERY])
    rows = PromotedResult.objects.filter(plain_query=words, active=True)
    ids = list(rows.order_by("sort_order", "pk").values_list("page_id", flat=True))
    if not ids:
        return []
    unexpired = Q(expire_at__isnull=True) | Q(expire_at__gt=timezone.now())
    pages = publicly_visible(Page.objects.filter(unexpired, pk__in=ids)).in_bulk()
    return [pages[pk] for pk in ids if pk in pages][:MOST_PROMOTED]
