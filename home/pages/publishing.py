"""Makes Wagtail's publishing, unpublishing, moving and deleting one transaction each.

No page that needs review goes out around it: publishing, and the two other ways by which a page
becomes live (a copy that stays live, an alias), ask home.pages.authority first.

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
from django.utils.translation import gettext as _
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.create_alias import CreatePageAliasAction
from wagtail.actions.delete_page import DeletePageAction
from wagtail.actions.move_page import MovePageAction
from wagtail.actions.publish_revision import PublishRevisionAction
from wagtail.actions.unpublish import UnpublishAction
from wagtail.actions.unpublish_page import UnpublishPageAction
from wagtail.admin.views.pages.create import CreateView
from wagtail.models import Page

from home.pages import authority, prechecks


def _ask_to_publish(action: PublishRevisionAction) -> None:
    authority.require(action.revision)
    prechecks.refuse_unready(action)


def _ask_to_copy(action: CopyPageAction) -> None:
    from home.pages.review import drafts

    drafts.require_may_copy(action.user, _with_those_below(action.page, recursive=action.recursive))
    if action.keep_live:
        authority.require_no_copy_live(
            _with_those_below(action.page, recursive=action.recursive),
            _("没有复制：这类页面要经过审核才能公开，副本请存为草稿。"),
        )


def _ask_to_alias(action: CreatePageAliasAction) -> None:
    authority.require_no_copy_live(
        _with_those_below(action.page, recursive=action.recursive),
        _("没有建立别名：这类页面要经过审核才能公开，请改用链接。"),
    )


def _with_those_below(page: Page, *, recursive: bool) -> list[Page]:
    return list(page.get_descendants(inclusive=True)) if recursive else [page]


# What each action must ask before it does anything.
GUARDS: dict[type, Callable[[Any], None]] = {
    PublishRevisionAction: _ask_to_publish,
    CopyPageAction: _ask_to_copy,
    CreatePageAliasAction: _ask_to_alias,
}
ACTIONS: tuple[type, ...] = (
    *GUARDS,
    UnpublishAction,
    UnpublishPageAction,
    MovePageAction,
    DeletePageAction,
)


# What a page type does in place of going live: from the action to whether it was done.
Instead = Callable[[PublishRevisionAction], bool]
_instead: list[Instead] = []


def register_instead(deed: Instead) -> None:
    """Adds a deed that may take the place of publishing (a working copy goes into its original).

    It is asked once the page may go out, and runs in the publishing transaction.
    """
    if deed not in _instead:
        _instead.append(deed)


def install() -> None:
    """Puts the transaction around each action's `execute`; a second call changes nothing."""
    for action in ACTIONS:
        execute = action.__dict__.get("execute")
        if execute is not None and not getattr(execute, "one_transaction", False):
            action.execute = _in_one_transaction(execute, GUARDS.get(action))  # type: ignore[attr-defined]
    # Wagtail's view for new pages adds them as live before it publishes: one step, or none.
    if not getattr(CreateView.publish_action, "one_transaction", False):
        CreateView.publish_action = _in_one_transaction(CreateView.publish_action)


def _in_one_transaction(
    execute: Callable[..., Any], guard: Callable[[Any], None] | None = None
) -> Callable[..., Any]:
    @wraps(execute)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            if guard is not None:
                guard(self)
            if isinstance(self, PublishRevisionAction) and any(deed(self) for deed in _instead):
                return None
            return execute(self, *args, **kwargs)

    wrapped.one_transaction = True  # type: ignore[attr-defined]
    return wrapped
