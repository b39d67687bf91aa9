"""Is the index what the pages say? Asked every night; what is not is written anew, and told of.

Marks keep the index true (`indexing`). This finds what no mark told of: rows that were changed or
lost behind our back, a page type that says something else since an update, counts that went astray.
What waits for its mark is no drift. The mirror in Elasticsearch is compared every 20 seconds
(`mirror.look_after`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count, Max
from wagtail.models import Page

from search.engine import indexing, vocabulary
from search.engine.engines import database_engine
from search.engine.engines.postgres import lexemes
from search.engine.models import Generation, IndexComparison, IndexMark, SearchDocument

logger = logging.getLogger(__name__)

PORTION = 100
# The last so many comparisons are kept.
KEPT = 60
# All that an entry is but its number; its tokens are asked for apart.
FIELDS = tuple(
    field.attname
    for field in SearchDocument._meta.concrete_fields
    if field.name not in ("id", "vector")
)

# (page, key) → what is kept of the entry, and its tokens.
Entries = Mapping[tuple[int, str], tuple[tuple[Any, ...], frozenset[str]]]


def compare() -> IndexComparison | None:
    """Compares every page with its entries, and mends what differs; what it found is kept.

    None where the index is to be built anew in any case. Nobody waits for it: pages are read
    without a lock, and only one that differs is looked at again, alone, under its own.
    """
    if indexing.is_stale():
        return None
    pages = list(Page.objects.order_by("pk").values_list("pk", flat=True))
    mended: list[int] = []
    for first in range(0, len(pages), PORTION):
        wanted = pages[first : first + PORTION]
        mended += (page_id for page_id in _suspects(wanted) if _mend(page_id))
    lost = database_engine().remove_lost()
    words = _mend_words()
    found = IndexComparison.objects.create(
        pages=len(pages), mended=len(mended), lost=lost, words=words
    )
    if found.is_drift:
        logger.warning(
            "The index was not what the pages say. Mended: %s of %s pages, %s lost rows."
            " The first pages: %s",
            len(mended),
            len(pages),
            lost,
            ", ".join(map(str, mended[:20])) or "none",
        )
    _forget_old()
    return found


def _suspects(page_ids: Sequence[int]) -> list[int]:
    """Those of the pages whose entries in the searched generation are not what they say."""
    generation = Generation.objects.get(state=Generation.State.CURRENT).pk
    said = _said(generation, page_ids)
    kept = _kept(generation, page_ids)
    differing = {
        page_id
        for page_id, key in said.keys() | kept.keys()
        if said.get((page_id, key)) != kept.get((page_id, key))
    }
    return sorted(differing - _waiting(differing))


def _waiting(page_ids: Iterable[int]) -> set[int]:
    """Those pages that will be written again in any case."""
    marks = IndexMark.objects.filter(page_id__in=list(page_ids))
    return set(marks.values_list("page_id", flat=True))


@transaction.atomic
def _mend(page_id: int) -> bool:
    """Writes the page's entries anew; False where, looked at again, they are as they should be."""
    list(indexing.locked([page_id], waiting=True))
    if not _suspects([page_id]):
        return False
    indexing.index_page(page_id)
    return True


def _said(generation: int, page_ids: Sequence[int]) -> Entries:
    """What the pages would have written now."""
    return {
        (document.page_id, document.key): (_values(document), frozenset(lexemes(cut)))
        for document, cut in indexing.prepared(generation, page_ids)
    }


def _kept(generation: int, page_ids: Sequence[int]) -> Entries:
    rows = SearchDocument.objects.filter(generation_id=generation, page_id__in=page_ids)
    documents = list(rows.defer("vector"))
    tokens = database_engine().kept([document.pk for document in documents]) if documents else {}
    return {
        (document.page_id, document.key): (
            _values(document),
            frozenset(tokens.get(document.pk, ())),
        )
        for document in documents
    }


def _values(document: SearchDocument) -> tuple[Any, ...]:
    return tuple(getattr(document, name) for name in FIELDS)


def _mend_words() -> int:
    """Counts the vocabulary anew, and gives the number of words that were counted wrongly.

    Nothing is mended where an entry came or went meanwhile: the next night will do.
    """
    generation = Generation.objects.get(state=Generation.State.CURRENT).pk
    before = _state(generation)
    wrong = vocabulary.miscounted(generation)
    with transaction.atomic():
        # Whoever writes entries changes these rows as well, or has changed the entries by now.
        vocabulary.lock(generation, wrong)
        if not wrong or _state(generation) != before:
            return 0
        vocabulary.correct(generation, wrong)
    return len(wrong)


def _state(generation: int) -> tuple[int, int]:
    """Another one after every change: an entry that is written anew has another number."""
    entries = SearchDocument.objects.filter(generation_id=generation)
    found = entries.aggregate(number=Count("pk"), last=Max("pk"))
    return found["number"], found["last"] or 0


def _forget_old() -> None:
    last = IndexComparison.objects.order_by("-pk").values_list("pk", flat=True)[KEPT:]
    IndexComparison.objects.filter(pk__in=list(last)).delete()
