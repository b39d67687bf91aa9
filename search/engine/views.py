"""The results page and the suggestions while typing.

Both answer `no-store`: a query can say a lot about a family, and the computer may be a shared one;
and what is withdrawn must be gone with the next request.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from home.checklist.models import Category
from home.portal.navigation import WAYS_IN
from search.analysis.question import LONGEST_QUERY
from search.engine import choices, query_log, services
from search.engine.asking import BadRequest, SearchRequest, read_query, read_request
from search.engine.choices import Chosen, Facet
from search.engine.promoted import promoted
from search.engine.services import SearchResults
from search.engine.suggesting import suggest as suggestions_for

PER_PAGE = 20
# Of a facet with many values so many are shown at once.
SHOWN_OPTIONS = 6


class _Pages(Paginator[Any]):
    """Django's pages over results that were already cut out: the pager needs numbers only."""

    def __init__(self, found: SearchResults) -> None:
        super().__init__((), PER_PAGE)
        self.found = found

    @cached_property
    def count(self) -> int:
        return self.found.found_pages


@require_safe
@cache_control(no_store=True)
def results(request: HttpRequest) -> HttpResponse:
    """The page of results: 200, or 400 with a sentence, or 404 for a page past the last."""
    try:
        asked = read_request(request.GET.dict())
    except BadRequest as error:
        return _page(request, {"sentence": error.sentence}, status=400)
    if not asked.query:
        return _page(request, {})
    found = services.search_pages(
        asked.query, asked.chosen, by_date=asked.by_date, page=asked.page, limit=PER_PAGE
    )
    first_page = asked.page == 1 and not asked.chosen.values()
    if first_page:
        query_log.count(asked.query, found.total)
    context: dict[str, Any] = {
        "asked": asked,
        "found": found,
        "promoted": promoted(asked.query) if first_page else [],
        "types": _types(asked, found),
        "facets": [_facet(asked, facet) for facet in found.facets if facet.name != "type"],
        "chosen": _chosen(asked),
        "everything_url": _url(SearchRequest(asked.query)),
        "sorts": _sorts(asked),
        "is_beyond": found.total > found.listed,
        "query": urlencode(asked.parameters()),
        "paged": _Pages(found).page(min(asked.page, max(found.pages, 1))),
    }
    if asked.page > max(found.pages, 1):
        context["sentence"] = _("没有这一页。结果共%(pages)s页。") % {"pages": max(found.pages, 1)}
        return _page(request, context, status=404)
    return _page(request, context)


@require_safe
@cache_control(no_store=True)
def suggest(request: HttpRequest) -> HttpResponse:
    """Titles, questions and queries for what has been typed so far, as JSON."""
    try:
        typed = read_query(request.GET.get("q", ""))
    except BadRequest as error:
        return JsonResponse({"detail": error.sentence}, status=400)
    return JsonResponse({"suggestions": [asdict(one) for one in suggestions_for(typed)]})


def _page(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context.setdefault("typed", request.GET.get("q", "")[:LONGEST_QUERY])
    return render(
        request,
        "search/results.html",
        {"ways": WAYS_IN, "categories": Category, **context},
        status=status,
    )


def _url(asked: SearchRequest) -> str:
    return "?" + urlencode(asked.parameters())


def _with(asked: SearchRequest, chosen: Chosen) -> str:
    """The address of the same query, narrowed otherwise; from its first page on."""
    return _url(replace(asked, chosen=chosen))


def _types(asked: SearchRequest, found: SearchResults) -> list[dict[str, Any]]:
    """The links that keep results to one type, "all" first, each with its count."""
    options = [one for facet in found.facets if facet.name == "type" for one in facet.options]
    rows = [("", _("全部"), found.everything), *((o.value, o.label, o.count) for o in options)]
    return [
        {
            "label": label,
            "count": count,
            "url": _with(asked, replace(asked.chosen, type=type)),
            "current": type == asked.chosen.type,
        }
        for type, label, count in rows
    ]


def _facet(asked: SearchRequest, facet: Facet) -> dict[str, Any]:
    """A facet's values as links that choose them, or give them up."""
    rows = [
        {
            "label": option.label,
            "count": option.count,
            "is_chosen": option.is_chosen,
            "url": _with(
                asked,
                replace(asked.chosen, **{facet.name: "" if option.is_chosen else option.value}),
            ),
        }
        for option in sorted(facet.options, key=lambda option: not option.is_chosen)
    ]
    return {
        "name": facet.name,
        "label": facet.label,
        "shown": rows[:SHOWN_OPTIONS],
        "more": rows[SHOWN_OPTIONS:],
    }


def _chosen(asked: SearchRequest) -> list[dict[str, str]]:
    """The choices made, each with the address without it."""
    return [
        {
            "label": choices.label_of(name, value),
            "facet": str(choices.FACET_LABELS[name]),
            "url": _with(asked, asked.chosen.without(name)),
        }
        for name, value in asked.chosen.values().items()
    ]


def _sorts(asked: SearchRequest) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": _url(replace(asked, by_date=by_date)),
            "current": by_date == asked.by_date,
        }
        for by_date, label in ((False, _("按相关程度")), (True, _("按日期")))
    ]
