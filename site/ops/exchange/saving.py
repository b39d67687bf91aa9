"""A page saved and published as an editor would, without doing anything twice.

Three things make a page of thousands dear, and none is needed for what publishing promises (one
transaction, the edition, the keys, the marks): Wagtail reads the page back from the revision it has
just written; each saved row asks for the page's references to be written anew; and each asks the
admin's search for the same page. Here the page in hand is published, and both indexes are written
once a page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from django.utils import timezone
from modelsearch.backends import get_search_backends_with_name
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.models import Page, PageLogEntry, ReferenceIndex, Revision
from wagtail.signal_handlers import disable_reference_index_auto_update

from delivery.background import tasks_left_out
from search.engine import indexing

ADMIN_SEARCH_TASK = "modelsearch.tasks.insert_or_update_object_task"


class PublishInHand(PublishPageRevisionAction):
    """Publishes a revision that was made of the page in hand a moment ago."""

    def __init__(self, revision: Revision, page: Page, **kwargs: Any) -> None:
        revision.as_object = lambda: page
        super().__init__(revision, **kwargs)


def know_that_it_is_new(page: Page) -> None:
    """Tells a page what Wagtail would ask the database for, at every step of saving it."""
    page._is_site_root = False
    page.wagtail_admin_comments.set([])


@contextmanager
def indexed_at_the_end(pages: Sequence[Page]) -> Iterator[None]:
    """Around the transaction that saves and collects `pages`: writes all indexes once, at its end.

    The references are part of the transaction (`note_references`); the two searches follow it.
    """
    left_out = tasks_left_out(ADMIN_SEARCH_TASK)
    with indexing.together(), disable_reference_index_auto_update(), left_out:
        yield
    _write_admin_search(pages)


def note_references(page: Page) -> None:
    """Writes down what the page refers to, in the transaction that saves it."""
    ReferenceIndex.create_or_update_for_object(page)


def history_entry(
    page: Page, action: str, revision: Revision, data: dict[str, Any] | None = None
) -> PageLogEntry:
    """An entry of the page's history, to be saved with others: `log` asks the database thrice."""
    return PageLogEntry(
        page=page,
        content_type=page.cached_content_type,
        label=page.get_admin_display_title(),
        action=action,
        timestamp=timezone.now(),
        revision=revision,
        content_changed=True,
        data=data or {},
    )


def _write_admin_search(pages: Iterable[Page]) -> None:
    by_model = sorted(pages, key=lambda page: page._meta.label)
    for model, group in groupby(by_model, key=type):
        of_model = list(group)
        for _name, backend in get_search_backends_with_name(with_auto_update=True):
            backend.add_bulk(model, of_model)
