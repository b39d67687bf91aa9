"""The results page and the suggestions while typing.

Both answer `no-store`: a query can say a lot about a family, and the computer may be a shared one;
and what is withdrawn must be gone with the next request.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from home.portal.navigation import WAYS_IN
from search.engine import query_log, services
from search.engine.asking import BadRequest, SearchRequest, read_query, read_request
from search.engine.promoted import promoted
from search.engine.services import SearchResults

PER_PAGE = 20


class _Pages(Paginator[Any]):
    """Django's pages over results that were already cut out: the pager needs numbers only."""

    def __init__(self, found: SearchResults) -> None:
        super().__init__((), PER_PAGE)
        self.found = found

    @cached_property
    def count(self) -> int:
        return self.found.total


@require_safe
@cache_control(no_store=True)
def results(request: HttpRequest) -> HttpResponse:
    """The page of results: 200, or 400 with a sentence, or 404 for a page past the last."""
    try:
        asked = read_request(request.GET)
    except BadRequest as error:
        return _page(request, {"sentence": error.sentence}, status=400)
    if not asked.query:
        return _page(request, {})
    found = services.search(asked.query, type=asked.type, page=asked.page, limit=PER_PAGE)
    first_page = asked.page == 1 and not asked.type
    if first_page:
        query_log.count(asked.query, found.total)
    context: dict[str, Any] = {
        "asked": asked,
        "found": found,
        "promoted": promoted(asked.query) if first_page else [],
        "types": _types(asked, found),
        "query": urlencode({"q": asked.query, "type": asked.type}),
        "paged": _Pages(found).page(min(asked.page, max(found.pages, 1))),
    }
    if asked.page > max(found.pages, 1):
        context["sentence"] = _("没有这一页。结果共%(pages)s页。") % {"pages": max(found.pages, 1)}
        return _page(request, context, status=404)
    return _page(request, context)


@require_safe
@cache_control(no_store=True)
def suggest(request: HttpRequest) -> HttpResponse:
    """Titles for what has been typed so far, as JSON."""
    try:
        typed = read_query(request.GET.get("q", ""))
    except BadRequest as error:
        return JsonResponse({"detail": error.sentence}, status=400)
    suggestions = [
        {"title": one.title, "url": one.url, "type": one.type} for one in services.suggest(typed)
    ]
    return JsonResponse({"suggestions": suggestions})


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context.setdefault("typed", request.GET.get("q", "")[: services.LONGEST_QUERY])
    return render(request, "search/results.html", {"ways": WAYS_IN, **context}, status=status)


def _types(asked: SearchRequest, found: SearchResults) -> list[dict[str, Any]]:
    """The links that keep results to one type, "all" first, each with its count."""
    everything = sum(facet.count for facet in found.facets)
    rows = [("", _("全部"), everything), *((f.type, f.label, f.count) for f in found.facets)]
    return [
        {
            "label": label,
            "count": count,
            "url": "?" + urlencode({"q": asked.query} | ({"type": type} if type else {})),
            "current": type == asked.type,
        }
        for type, label, count in rows
    ]
