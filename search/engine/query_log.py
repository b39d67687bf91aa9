"""What is asked, counted by day: words only, and never whose.

Kept is the query as the search reads it and how often it came. Left out altogether is what may tell
of a person: long texts, addresses of mail, and what holds a person's name by the dictionary; long
numbers are cut out of what is kept. What was asked fewer than `OFTEN` times is forgotten after
`KEPT_DAYS`.

In how many of these times a result was opened, and at which place, is counted in the same row.
Which one it was, and by whom, is not: the page's script says only the query and the place.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import rjieba
from django.db import OperationalError, connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from search.analysis.normalise import normalise
from search.analysis.streams import plain
from search.analysis.words import domain_words
from search.engine.editing import LONGEST_COUNTED, QueryCount
from search.engine.services import MOST_RANKED

logger = logging.getLogger(__name__)

OFTEN = 3
KEPT_DAYS = 30
# Numbers of telephones, papers, cases; also where spaces or hyphens divide them.
LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}[a-z]?|\d{5,}[a-z]?")
# Words that a dictionary takes for a person's name.
NAMES = ("nr", "nrfg", "nrt")
# Of more than these a day only the counts of known ones go on: nobody types so many.
MOST_A_DAY = 20_000
# A search never waits for its own count.
PATIENCE = 100


def countable(query: str) -> str:
    """The query as it is counted, or nothing."""
    if len(query) > LONGEST_COUNTED * 2 or "@" in query:
        return ""
    text = " ".join(LONG_NUMBER.sub(" ", normalise(query)).split())
    if not plain(text) or len(text) > LONGEST_COUNTED:
        return ""
    tagged = rjieba.tag(text)
    if any(tag in NAMES and len(word) > 1 and word not in domain_words() for word, tag in tagged):
        return ""
    return text


def count(query: str, found: int) -> None:
    """Counts a query. Where the database is busy it is not counted: the answer goes first."""
    text = countable(query)
    if not text:
        return
    try:
        with _short_patience(), transaction.atomic():
            _count(text, found)
    except OperationalError as error:
        logger.warning("A query was not counted: %s", type(error).__name__)


def count_opened(query: str, place: int) -> None:
    """Counts that a result of the query was opened, at this place from 1 on.

    Only what was asked today, and no more often than it was asked: whoever sends such messages
    without having searched changes nothing.
    """
    text = countable(query)
    if not text or not 1 <= place <= MOST_RANKED:
        return
    asked = QueryCount.objects.filter(day=timezone.localdate(), query=text, opened__lt=F("times"))
    try:
        with _short_patience(), transaction.atomic():
            asked.update(opened=F("opened") + 1, places=F("places") + place)
    except OperationalError as error:
        logger.warning("An opened result was not counted: %s", type(error).__name__)


def _count(text: str, found: int) -> None:
    today = QueryCount.objects.filter(day=timezone.localdate())
    if today.filter(query=text).update(times=F("times") + 1, found=found):
        return
    if today.count() < MOST_A_DAY:
        QueryCount.objects.bulk_create(
            [QueryCount(day=timezone.localdate(), query=text, found=found)], ignore_conflicts=True
        )


@contextmanager
def _short_patience() -> Iterator[None]:
    """SQLite waits for another writer for ten seconds; here it does for a tenth of one."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        before = int(1000 * connection.settings_dict["OPTIONS"].get("timeout", 5))
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {before}")


def forget_rare() -> int:
    """Forgets what is older than `KEPT_DAYS` and was asked fewer than `OFTEN` times in all."""
    before = timezone.localdate() - timedelta(days=KEPT_DAYS)
    old = QueryCount.objects.filter(day__lt=before)
    often = QueryCount.objects.values("query").annotate(all=Sum("times")).filter(all__gte=OFTEN)
    return old.exclude(query__in=often.values("query")).delete()[0]
