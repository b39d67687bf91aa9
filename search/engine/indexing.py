"""Keeping the index true: marks, working them off, and the full rebuild.

A mark is written in the transaction that changes a page. After the commit the same process works
off its first few marks at once, so that an editor finds what was just published (a page takes a
few milliseconds); more than that is left to the worker. What fails or is killed in between stays
marked and is found by the sweep every minute. None of this decides what is visible: see
`SearchDocumentQuerySet.visible`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from wagtail.models import Page

from home.pages.visibility import publicly_visible
from search.analysis.entry import SearchEntry
from search.analysis.normalise import normalise, readable
from search.analysis.references import date_token
from search.analysis.streams import Streams, plain, streams, streams_of_normal
from search.engine import mirror, vocabulary
from search.engine.engines import PARTS, EntryStreams, get_engine
from search.engine.facets import facets_of
from search.engine.models import Generation, IndexMark, SearchDocument

logger = logging.getLogger(__name__)

State = Generation.State
# How many pages a web process indexes itself after a commit; the rest is the worker's.
AT_ONCE = 20
# Beyond this a text is found by its beginning. Long documents are found by their clauses.
LONGEST_BODY = 40_000
RETIRED_AT_ONCE = 500
# The pages that `together` collects.
_collected: ContextVar[dict[int, None] | None] = ContextVar("collected_marks", default=None)
REBUILT_AT_ONCE = 200
# A rebuild that got no further for so long was killed, and another may begin.
STANDING_STILL = timedelta(minutes=10)
# How much of a text the ranking reads.
RANKED_BODY = 4_000
RANKED_EXTRA = 1_000
# Goes up with every change of what is written into the index: what was built before is built anew.
ANALYSIS = 3


class RebuildOvertaken(Exception):
    """Another rebuild began while this one ran, and took its place."""


@dataclass(frozen=True, slots=True)
class WorkReport:
    """What a run of `work_off` did: pages written, pages that failed, and whether more are due."""

    done: int = 0
    failed: int = 0
    more: bool = False


def mark(page_ids: Iterable[int], reason: str) -> None:
    """Promises that these pages will be written again; inside the transaction that changes them."""
    wanted = list(dict.fromkeys(page_ids))
    if not wanted:
        return
    with transaction.atomic():
        IndexMark.objects.bulk_create(
            (IndexMark(page_id=page_id, reason=reason) for page_id in wanted), batch_size=500
        )
        if (collected := _collected.get()) is not None:
            collected.update(dict.fromkeys(wanted))
        else:
            transaction.on_commit(partial(_after_commit, wanted), robust=True)


@contextmanager
def together() -> Iterator[None]:
    """Works off the marks made inside at the end, each page once and a portion in a transaction.

    For whoever changes pages by the hundred, around the transaction that does. Where that fails, or
    this process dies in between, the marks are there or not as the transaction left them.
    """
    pages: dict[int, None] = {}
    token = _collected.set(pages)
    try:
        yield
    finally:
        _collected.reset(token)
    wanted = list(pages)
    for start in range(0, len(wanted), AT_ONCE):
        with transaction.atomic():
            for page_id in wanted[start : start + AT_ONCE]:
                _work_off_page(page_id)


def _after_commit(page_ids: Sequence[int]) -> None:
    for page_id in page_ids[:AT_ONCE]:
        _work_off_page(page_id)
    mirror.work_off_new()
    if len(page_ids) > AT_ONCE:
        from search.engine.tasks import wake_worker

        wake_worker()


def work_off(limit: int = 100) -> WorkReport:
    """Writes the pages whose marks are due. One page that fails does not stop the others."""
    due = IndexMark.objects.filter(not_before__lte=timezone.now())
    pages = list(due.order_by("page_id").values_list("page_id", flat=True).distinct()[: limit + 1])
    results = [_work_off_page(page_id) for page_id in pages[:limit]]
    mirror.work_off()
    return WorkReport(results.count(True), results.count(False), more=len(pages) > limit)


def _work_off_page(page_id: int) -> bool:
    try:
        with transaction.atomic():
            # Read before the page: a mark that comes later belongs to a change we may not see.
            marks = list(IndexMark.objects.filter(page_id=page_id).values_list("pk", flat=True))
            index_page(page_id)
            IndexMark.objects.filter(pk__in=marks).delete()
    except Exception as error:  # a page type's own code, or the database: the mark stays
        logger.exception("Page %s could not be indexed; its mark stays", page_id)
        for one in IndexMark.objects.filter(page_id=page_id):
            minutes = min(2**one.attempts, 60)
            IndexMark.objects.filter(pk=one.pk).update(
                attempts=F("attempts") + 1,
                not_before=timezone.now() + timedelta(minutes=minutes),
                last_error=type(error).__name__[:80],
            )
        return False
    return True


@transaction.atomic
def index_page(page_id: int) -> int:
    """Writes what the page says of itself into every generation in use; gives the entries' number.

    A page that is gone, not live, private or silent leaves nothing behind.
    """
    pages = list(locked([page_id], waiting=True))
    generations = [_current().pk]
    generations += Generation.objects.filter(state=State.BUILDING).values_list("pk", flat=True)
    entries = _entries(pages)
    for generation in generations:
        _replace(generation, [page_id], entries)
    return len(entries)


def rebuild() -> int:
    """Builds the whole index anew beside the one in use, then takes its place in one transaction.

    Searches and publishing go on meanwhile: each page is read under its own lock, and marks worked
    off in between are written to both. A rebuild that was killed is begun anew by the next; one
    that is overtaken by another raises `RebuildOvertaken`. Gives the number of entries.
    """
    with transaction.atomic():
        Generation.objects.filter(state=State.BUILDING).delete()
        building = Generation.objects.create(state=State.BUILDING, analysis=ANALYSIS)
        mirror.begin(building)
    written = 0
    pages = list(Page.objects.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(pages), REBUILT_AT_ONCE):
        wanted = pages[first : first + REBUILT_AT_ONCE]
        done, count = _rebuild_portion(building, wanted, waiting=False)
        written += count
        # Those somebody publishes at this moment: one by one, as soon as they are free.
        for page_id in wanted:
            if page_id not in done:
                written += _rebuild_portion(building, [page_id], waiting=True)[1]
        mirror.work_off()
    mirror.complete(building)
    with transaction.atomic():
        _still_ours(building)
        mirror.retire(Generation.objects.filter(state=State.CURRENT).values_list("pk", flat=True))
        Generation.objects.filter(state=State.CURRENT).update(state=State.RETIRED)
        Generation.objects.filter(pk=building.pk).update(state=State.CURRENT)
    _remove_retired()
    return written


def is_being_built() -> bool:
    """Whether a rebuild is under way, and alive."""
    alive = timezone.now() - STANDING_STILL
    return Generation.objects.filter(state=State.BUILDING, progressed_at__gt=alive).exists()


def is_stale() -> bool:
    """Whether the index in use was built by another version of the analysis, or never."""
    current = Generation.objects.filter(state=State.CURRENT).first()
    return current is None or current.analysis != ANALYSIS


def _rebuild_portion(
    building: Generation, page_ids: Sequence[int], *, waiting: bool
) -> tuple[set[int], int]:
    """Writes some pages into the generation being built: which were free, and how many entries."""
    with transaction.atomic():
        _still_ours(building)
        free = list(locked(page_ids, waiting=waiting))
        entries = _entries(free)
        _replace(building.pk, free, entries)
        Generation.objects.filter(pk=building.pk).update(progressed_at=timezone.now())
    return set(free), len(entries)


def locked(page_ids: Sequence[int], *, waiting: bool) -> QuerySet[Page, int]:
    """The ids of the pages, held until the end of the transaction.

    Whoever publishes one holds the same row: we read what was before or after, never in between.
    Several are never waited for: two who wait for each other's would wait for ever. (On SQLite
    every transaction is alone anyway.)
    """
    lock = Page.objects.select_for_update(no_key=True, skip_locked=not waiting)
    return lock.filter(pk__in=page_ids).order_by("pk").values_list("pk", flat=True)


def _still_ours(building: Generation) -> None:
    if not Generation.objects.select_for_update(no_key=True).filter(pk=building.pk).exists():
        raise RebuildOvertaken


def _remove_retired() -> None:
    """In small steps, because on SQLite whoever writes keeps everybody else from writing."""
    while retired := list(
        SearchDocument.objects.filter(generation__state=State.RETIRED).values_list("pk", flat=True)[
            :RETIRED_AT_ONCE
        ]
    ):
        SearchDocument.objects.filter(pk__in=retired).delete()
    Generation.objects.filter(state=State.RETIRED, documents=None).delete()


def _current() -> Generation:
    made = {"analysis": ANALYSIS}
    current, is_new = Generation.objects.get_or_create(state=State.CURRENT, defaults=made)
    if is_new:
        mirror.begin(current)
    return current


Written = list[tuple[int, SearchEntry]]


def _entries(page_ids: Sequence[int]) -> Written:
    """What these pages tell the index, each entry with its page's id. A query for each type."""
    found: Written = []
    visible: Any = publicly_visible(Page.objects.filter(pk__in=page_ids)).order_by("pk")
    for page in visible.specific():
        ask = getattr(page, "search_entries", None)
        if ask is None:
            continue  # Wagtail's own root, or a page type that is not ours
        entries: list[SearchEntry] = [entry for entry in ask() if entry.url]
        keys = [entry.key for entry in entries]
        if len(set(keys)) < len(keys):
            raise ValueError(f"Page {page.pk} gives the same key to two of its search entries.")
        found += ((page.pk, entry) for entry in entries)
    return found


def _replace(generation: int, page_ids: Iterable[int], entries: Written) -> None:
    """Writes these pages' entries into a generation, in place of those it has of them."""
    before = SearchDocument.objects.filter(generation_id=generation, page_id__in=page_ids)
    gone = list(before.only(*vocabulary.READ))
    before.delete()
    vocabulary.learn(generation, _write(generation, entries), gone)


def _write(generation: int, entries: Written) -> list[SearchDocument]:
    if not entries:
        return []
    ready = _prepared(generation, entries)
    documents = SearchDocument.objects.bulk_create(document for document, _ in ready)
    cuts = (cut for _, cut in ready)
    get_engine().put({document.pk: cut for document, cut in zip(documents, cuts, strict=True)})
    return documents


Prepared = list[tuple[SearchDocument, EntryStreams]]


def prepared(generation: int, page_ids: Sequence[int]) -> Prepared:
    """The entries of these pages as they would be written, with their tokens. Writes none."""
    return _prepared(generation, _entries(page_ids))


def _prepared(generation: int, entries: Written) -> Prepared:
    facets = facets_of([entry for _, entry in entries])
    texts = [_Normal.of(entry) for _, entry in entries]
    cuts = [_streams(entry, normal) for (_, entry), normal in zip(entries, texts, strict=True)]
    return [
        (_document(generation, page_id, entry, normal, cut, facet), cut)
        for (page_id, entry), normal, cut, facet in zip(entries, texts, cuts, facets, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Normal:
    """An entry's texts, normalised once for the tokens and for the ranking."""

    extra: str
    body: str

    @classmethod
    def of(cls, entry: SearchEntry) -> _Normal:
        return cls(normalise("\n".join(_describing(entry))), normalise(entry.body[:LONGEST_BODY]))


def _document(
    generation: int,
    page_id: int,
    entry: SearchEntry,
    normal: _Normal,
    cut: EntryStreams,
    facet: int,
) -> SearchDocument:
    title = readable(entry.title)
    return SearchDocument(
        generation_id=generation,
        page_id=page_id,
        facet_id=facet,
        key=entry.key,
        type=entry.type,
        title=title,
        plain_title=plain(title),
        url=entry.url,
        body=readable(entry.body),
        number=readable(entry.number),
        breadcrumb=readable(entry.breadcrumb),
        departments=[readable(name) for name in entry.departments],
        areas=[readable(name) for name in entry.areas],
        audience=[readable(name) for name in entry.audience],
        validity=entry.validity,
        published_on=entry.published_on,
        boost=entry.boost,
        external_id=entry.external_id,
        words=_words(cut),
        normal=f"{normal.extra[:RANKED_EXTRA]}\n{normal.body[:RANKED_BODY]}",
    )


def _words(cut: EntryStreams) -> str:
    """The words and numbers as the ranking counts them: a line for each part."""
    lines = []
    for part in PARTS:
        streams_of = getattr(cut, part)
        text = f" {'  '.join((*streams_of.words, *streams_of.numbers))} "
        # Doubled spaces, so that neighbours that are the same word both count.
        lines.append(text[: RANKED_BODY * 2])
    return "\n".join(lines)


def _streams(entry: SearchEntry, normal: _Normal) -> EntryStreams:
    extra = streams_of_normal(normal.extra)
    if (day := entry.published_on) is not None:
        numbers = (*extra.numbers, date_token(day.year, day.month, day.day), f"d{day:%Y%m}")
        extra = Streams(extra.words, extra.bigrams, extra.characters, numbers)
    return EntryStreams(
        title=streams(entry.title),
        extra=extra,
        body=streams_of_normal(normal.body),
        context=streams(entry.breadcrumb),
    )


def _describing(entry: SearchEntry) -> Iterator[str]:
    yield entry.number
    yield from entry.headings
    yield from entry.keywords
    yield from entry.departments
    yield from entry.areas
    yield from entry.audience
