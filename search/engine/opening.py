"""POST /search/opened/: the results page says that a result was opened, and nothing more.

Its script (static/js/opened.js) sends the query and the place on the list; what is counted of it,
`query_log` says. It answers 204 whatever came, because nobody waits for the answer.
"""

from __future__ import annotations

import logging
from urllib.parse import parse_qs

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from home.pages import limits
from home.pages.senders import sent_from_here
from search.engine import query_log
from search.engine.asking import NOT_TYPED

logger = logging.getLogger(__name__)

# A query of the greatest counted length, percent-encoded, and the place.
MOST_BYTES = 1_000
# In an hour. Behind one address may be a whole village; a program that fills counts sends more.
OPENED_PER_ADDRESS = 300


# The page carries no token; what a forged message could do is add one to a count that never
# exceeds the number of searches.
@csrf_exempt
@require_POST
@cache_control(no_store=True)
def opened(request: HttpRequest) -> HttpResponse:
    """Counts an opened result, if it may be counted."""
    try:
        _count(request)
    except (DatabaseError, UnreadablePostError) as error:
        logger.warning("An opened result was not counted: %s", type(error).__name__)
    return HttpResponse(status=204)


def _count(request: HttpRequest) -> None:
    said = _read(request)
    if said is None or not sent_from_here(request):
        return
    try:
        address = limits.client_address(request)
        if limits.exceeded_for_certain("opened", address, OPENED_PER_ADDRESS):
            return
    except limits.NotCounting:  # without a limit nothing is counted
        return
    query_log.count_opened(*said)


def _read(request: HttpRequest) -> tuple[str, int] | None:
    """The query and the place; None for what no page of ours sends."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > MOST_BYTES:
        return None
    try:
        said = parse_qs(request.body.decode(), max_num_fields=4, errors="strict")
    except ValueError:
        return None
    query, place = said.get("q", [""])[0], said.get("place", [""])[0]
    if NOT_TYPED.search(query) or not (place.isascii() and place.isdigit() and len(place) <= 3):
        return None
    return query, int(place)
