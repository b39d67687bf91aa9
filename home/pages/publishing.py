"""Makes Wagtail's publishing, unpublishing, moving and deleting one transaction each.

Wagtail saves the page, then sends signals: a crash in between leaves a page live with the edition,
the links and the index marks of yesterday. Every way of publishing (editor, bulk action, scheduler,
command) ends in one of the actions below, so the transaction is put around those.
Decision record: docs/decisions/0005-publishing-is-one-transaction.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from wagtail.actions.delete_page import DeletePageAction
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.publish_revision import PublishRevisionAction
from wagtail.actions.unpublish import UnpublishAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.admin.views.pages.create import CreateView

from home.pages import prechecks

ACTIONS: tuple[type, ...] = (
    PublishRevisionAction,
    UnpublishAction,
    UnpublishPageAction,
    MovePageAction,
    DeletePageAction,
)


def install() -> None:
    """Puts the transaction around each action's `execute`; a second call changes nothing."""
    for action in ACTIONS:
        execute = action.__dict__.get("execute")
        if execute is not None and not getattr(execute, "one_transaction", False):
            action.execute = _in_one_transaction(execute)  # type: ignore[attr-defined]
    # Wagtail's view for new pages adds them as live before it publishes: one step, or none.
    if not getattr(CreateView.publish_action, "one_transaction", False):
        CreateView.publish_action = _in_one_transaction(CreateView.publish_action)


def _in_one_transaction(execute: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(execute)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            if isinstance(self, PublishRevisionAction):
                prechecks.refuse_unready(self)
            return execute(self, *args, **kwargs)

    wrapped.one_transaction = True  # type: ignore[attr-defined]
    return wrapped
