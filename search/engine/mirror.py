"""Keeping Elasticsearch a true mirror of the entries, whatever happens to it.

The database notes each entry of a mirrored generation that comes or goes, in the same transaction
(`MirrorMark`, `search.engine.duties`). After the commit these duties are worked off in bulk, by the
process that made them or by the worker every 20 seconds. A duty ends only when Elasticsearch has
acknowledged it and a search would see it; until then its entry is left out of every answer.

Each generation has an index of its own behind an alias of its own, and `Mirror` says when it is
whole. Which generation is searched the database decides, so that a rebuild takes over here in the
same transaction as there. An index that is lost is filled again from the tokens in the database.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError

from search.engine.engines import database_engine, is_mirrored
from search.engine.engines import elasticsearch as engine
from search.engine.models import Generation, Mirror, MirrorMark, SearchDocument

logger = logging.getLogger(__name__)

State = Generation.State
PORTION = 500
# Filling an index takes longer than a search may.
BULK_SECONDS = 20.0
RUN_SECONDS = 50.0
BEHIND = "-index"
# Done, or overtaken by what came later; or gone already.
DONE = {200, 201, 409}


def begin(generation: Generation) -> None:
    """Promises an index to a generation that has no entries yet."""
    if is_mirrored():
        Mirror.objects.create(generation=generation, name=_new_name(generation.pk))


def work_off_new() -> None:
    """The first portion of what is due, after a commit; nothing while Elasticsearch is down."""
    if is_mirrored() and not engine.breaker.is_open:
        _try(_work_off_new)


def work_off() -> None:
    """The same, all that is due."""
    if is_mirrored() and not engine.breaker.is_open:
        _try(_work_off_all)


def complete(generation: Generation) -> None:
    """Makes a generation's index whole, if Elasticsearch lets us; otherwise the sweep will."""
    if is_mirrored() and not engine.breaker.is_open:
        _try(lambda elastic: _complete(elastic, generation))


def look_after() -> None:
    """Every 20 seconds: what is due; indexes that were lost, begun or are no longer needed."""
    if not is_mirrored():
        _forget()
        return
    current = Generation.objects.filter(state=State.CURRENT).first()
    if current is not None and not Mirror.objects.filter(generation=current).exists():
        _refill(current.pk)
    _try(_look_after)


def _work_off_new(elastic: Elasticsearch) -> None:
    _portion(elastic, 0)
    _complete_current(elastic)


def _work_off_all(elastic: Elasticsearch) -> None:
    _work_off(elastic)
    _complete_current(elastic)


def _complete_current(elastic: Elasticsearch) -> None:
    current = Generation.objects.filter(state=State.CURRENT, mirror__whole=False).first()
    if current is not None:
        _complete(elastic, current)


def _look_after(elastic: Elasticsearch) -> None:
    _work_off(elastic)
    for mirror in Mirror.objects.all():
        # Twice, because entries may have come between the two counts.
        if mirror.whole and not (_is_true(elastic, mirror) or _is_true(elastic, mirror)):
            logger.warning("The index %s is not what it should be: filled again", mirror.name)
            _refill(mirror.generation_id)
    current = Generation.objects.filter(state=State.CURRENT).first()
    if current is not None:
        _complete(elastic, current)
    _tidy(elastic)


def _try(deed: Callable[[Elasticsearch], object]) -> None:
    """Does it with the client. What Elasticsearch refuses or misses stays due."""
    try:
        deed(engine.client())
        engine.breaker.works()
    except TransportError as error:
        engine.breaker.fails()
        logger.warning("Elasticsearch can't be reached: %s", type(error).__name__)
    except ApiError as error:
        logger.warning("Elasticsearch refuses: %s %s", error.status_code, error.error)


def _work_off(elastic: Elasticsearch) -> None:
    until = time.monotonic() + RUN_SECONDS
    last: int | None = 0
    while last is not None and time.monotonic() < until:
        last = _portion(elastic, last)


def _portion(elastic: Elasticsearch, after: int) -> int | None:
    """Works off some duties with ids above `after`: the last one's id, None where nothing is left.

    Stops (None) where all of them fail.
    """
    marks = list(MirrorMark.objects.filter(pk__gt=after).order_by("pk")[:PORTION])
    if not marks:
        return None
    mirrors = Mirror.objects.in_bulk({mark.generation_id for mark in marks})
    for mirror in mirrors.values():
        if not mirror.whole:
            _ensure(elastic, mirror)
    wanted = {
        mark.document_id: (mirrors[mark.generation_id].name, mark.pk)
        for mark in marks
        if mark.generation_id in mirrors
    }
    in_use = any(mirror.whole for mirror in mirrors.values())
    failed = _bring(elastic, wanted, visible=in_use)
    done = [mark.pk for mark in marks if mark.document_id not in failed]
    MirrorMark.objects.filter(pk__in=done).delete()
    return marks[-1].pk if done else None


def _bring(
    elastic: Elasticsearch, wanted: dict[int, tuple[str, int]], *, visible: bool
) -> set[int]:
    """Brings entries to (index, version) as the database has them now; the ids of those refused.

    Read after their duties: who changes one of them later has a duty, and a version, of his own.
    """
    if not wanted:
        return set()
    rows = SearchDocument.objects.filter(pk__in=wanted).values_list("pk", "page_id", "facet_id")
    entries = {pk: (page, facet) for pk, page, facet in rows}
    lexemes = database_engine().kept(entries) if entries else {}
    operations: list[dict[str, Any]] = []
    for document, (name, version) in wanted.items():
        place = {
            "_index": name,
            "_id": str(document),
            "version": version,
            "version_type": "external_gte",
        }
        if document in lexemes:
            page, facet = entries[document]
            operations += (
                {"index": place},
                engine.entry(document, page, facet, lexemes[document]),
            )
        else:
            operations.append({"delete": place})
    # Through the alias only: an index that was lost must not be made by accident, without mapping.
    answer = elastic.options(request_timeout=BULK_SECONDS).bulk(
        operations=operations, require_alias=True, refresh=visible
    )
    failed: dict[int, str] = {}
    for item in answer["items"]:
        [(deed, result)] = item.items()
        gone = deed == "delete" and result.get("result") == "not_found"
        if result["status"] not in DONE and not gone:
            failed[int(result["_id"])] = f"{result['status']} {result['error']['type']}"
    if failed:
        reasons = ", ".join(sorted(set(failed.values())))
        logger.warning("%s entries could not be mirrored: %s", len(failed), reasons)
    return set(failed)


def _complete(elastic: Elasticsearch, generation: Generation) -> None:
    mirror = Mirror.objects.filter(generation=generation, whole=False).first()
    if mirror is None:
        return
    _ensure(elastic, mirror)
    _work_off(elastic)
    if MirrorMark.objects.filter(generation_id=generation.pk).exists():
        return
    elastic.options(request_timeout=BULK_SECONDS).indices.refresh(index=mirror.name)
    # By its name: somebody may have begun it anew meanwhile.
    Mirror.objects.filter(name=mirror.name).update(whole=True)


def _ensure(elastic: Elasticsearch, mirror: Mirror) -> None:
    """The mirror's index, made where it is not there."""
    if elastic.indices.exists_alias(name=mirror.name):
        return
    try:
        elastic.options(request_timeout=BULK_SECONDS).indices.create(
            index=mirror.name + BEHIND,
            aliases={mirror.name: {}},
            settings=engine.SETTINGS,
            mappings=engine.MAPPINGS,
        )
    except ApiError as error:
        # Somebody else made it at the same moment.
        if error.error != "resource_already_exists_exception":
            raise


def _is_true(elastic: Elasticsearch, mirror: Mirror) -> bool:
    """Whether a whole index is there, and as many entries as in the database but for duties."""
    try:
        there = elastic.count(index=mirror.name)["count"]
    except NotFoundError:
        return False
    if MirrorMark.objects.filter(generation_id=mirror.generation_id).exists():
        return True
    return there == SearchDocument.objects.filter(generation_id=mirror.generation_id).count()


def _refill(generation: int) -> None:
    """Begins a generation's index anew, under a new name: all its entries are due."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Whoever is writing an entry now has not seen that it is due.
            cursor.execute("LOCK TABLE search_searchdocument IN SHARE ROW EXCLUSIVE MODE")
        Mirror.objects.filter(generation_id=generation).delete()
        MirrorMark.objects.filter(generation_id=generation).delete()
        Mirror.objects.create(generation_id=generation, name=_new_name(generation))
        cursor.execute(
            "INSERT INTO search_mirrormark (document_id, generation_id, deed)"
            " SELECT id, generation_id, 'put' FROM search_searchdocument WHERE generation_id = %s",
            [generation],
        )


def _tidy(elastic: Elasticsearch) -> None:
    """Removes the indexes, made under our prefix, of generations that are gone."""
    there = elastic.indices.get(index=f"{settings.SEARCH_INDEX}-*", features="aliases")
    needed = {name + BEHIND for name in Mirror.objects.values_list("name", flat=True)}
    # Another installation's prefix may begin like ours.
    ours = re.compile(rf"{re.escape(settings.SEARCH_INDEX)}-\d+-[0-9a-f]{{8}}{BEHIND}")
    unneeded = [name for name in there if name not in needed and ours.fullmatch(name)]
    if unneeded:
        elastic.options(request_timeout=BULK_SECONDS).indices.delete(index=unneeded)


def retire(generations: Iterable[int]) -> None:
    """Gives up the indexes of these generations: what becomes of their entries is no duty."""
    wanted = list(generations)
    Mirror.objects.filter(generation_id__in=wanted).delete()
    MirrorMark.objects.filter(generation_id__in=wanted).delete()


def _forget() -> None:
    """There is no Elasticsearch any more: there are no duties to it either."""
    if Mirror.objects.exists():
        Mirror.objects.all().delete()
        MirrorMark.objects.all().delete()


def _new_name(generation: int) -> str:
    """Never one that was used: a database brought back from a backup gives numbers anew."""
    return f"{settings.SEARCH_INDEX}-{generation}-{secrets.token_hex(4)}"
