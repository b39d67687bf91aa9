"""The note that goes out with an edition: what changed, and why (本次修改说明).

The note belongs to the revision that is published and is spent with it: the next edition needs one
of its own, and an old one is never published again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from wagtail.models import Page

from home.pages.prechecks import Finding, Severity
from home.policies.snapshots import snapshot

if TYPE_CHECKING:
    from home.policies.models import Edition, PolicyPage


def last_edition(policy: PolicyPage) -> Edition | None:
    """The newest edition of a policy that may not be saved yet; a working copy's original's."""
    return policy.published_as.editions.order_by("-number").first() if policy.pk else None


def is_spent(policy: PolicyPage, last: Edition | None) -> bool:
    """Whether the note in hand has gone out already, with an edition or without one."""
    note = policy.change_note.strip()
    if not note:
        return False
    live = policy.published_as.live_revision
    said = {
        last.change_note.strip() if last else "",
        live.content.get("change_note") if live else "",
    }
    return note in said


def what_is_missing(policy: PolicyPage, content: Mapping[str, Any] | None = None) -> str:
    """What keeps the policy from being published for want of a note, as a sentence; else empty.

    `content` is the snapshot that would be published, where that is not the policy's own.
    """
    last = last_edition(policy)
    if last is None or last.content == (content or snapshot(policy)):
        return ""
    if not policy.change_note.strip():
        return _(
            "这份文件已经公布过第%(number)d版，这次的改动读者看得见：请写明改了什么、为什么改，再公布。"
        ) % {"number": last.number}
    if is_spent(policy, last):
        return _("这段话是上一次公布时写的：请写这一次改了什么、为什么改。")
    return ""


def check(page: Page) -> Iterator[Finding]:
    """The pre-publication check (home.pages.prechecks)."""
    from home.policies.models import PolicyPage

    if isinstance(page, PolicyPage) and (sentence := what_is_missing(page)):
        yield Finding(
            code="change-note-missing",
            severity=Severity.BLOCK,
            message=sentence,
            place=_("本次修改说明"),
            field="change_note",
        )
