"""Deeds on working copies: made, brought up to date, released into the original, given up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision

from home.pages import authority
from home.pages.authority import NOT_THE_TEXT, NotAuthorised
from home.pages.prechecks import Finding, Severity
from home.policies import citing
from home.policies.merging import CLAUSES, Merge, Side, merge
from home.policies.models import ClauseKey, PolicyPage, WorkingCopy

if TYPE_CHECKING:
    from wagtail.actions.publish_revision import PublishRevisionAction

    from home.directory.models import User

# What belongs to a page and not to the text of an edition.
OF_THE_PAGE = NOT_THE_TEXT | {
    "slug",
    "external_id",
    "page_ptr",
    "go_live_at",
    "expire_at",
    "change_note",
}
State = WorkingCopy.State


class Refused(Exception):
    """The deed is not possible now. The message is a whole Chinese sentence."""


# ── questions ───────────────────────────────────────────────────────────────────────────────────


def working_copy_of(page: Page) -> WorkingCopy | None:
    """The working copy that this page is; None for any other page, of whatever type."""
    policy = page.specific
    return policy.as_working_copy if isinstance(policy, PolicyPage) else None


def text_of(revision: Revision) -> dict[str, Any]:
    """What a revision says of the text of an edition, as plain data."""
    content = json.loads(json.dumps(revision.content, cls=DjangoJSONEncoder))
    return {name: value for name, value in content.items() if name not in OF_THE_PAGE}


def pending_merge(copy: WorkingCopy, decisions: Mapping[str, Side] | None = None) -> Merge:
    """What the published text's corrections since the copy was made do to it."""
    return merge(
        text_of(copy.base),
        text_of(copy.page.get_latest_revision()),
        text_of(copy.original.live_revision or copy.base),
        decisions,
    )


def is_behind(copy: WorkingCopy) -> bool:
    """Whether the published text was corrected since the copy last took it in."""
    live = copy.original.live_revision or copy.base
    return live.pk != copy.base_id and text_of(live) != text_of(copy.base)


def places_in_words(copy: WorkingCopy) -> dict[str, str]:
    """Where each clause is printed, by its key: in the copy, else in the text that readers see."""
    places: dict[str, str] = {}
    texts = (copy.base, copy.original.live_revision, copy.page.get_latest_revision())
    for revision in filter(None, texts):
        rows = text_of(revision)[CLAUSES]
        paths = citing.places(rows)
        places |= {row["key"]: citing.in_words(paths[row["key"]], row["number"]) for row in rows}
    return places


def reasons_not_to_release(page: Page) -> list[str]:
    """What must be settled before a working copy is reviewed or released; whole sentences."""
    copy = working_copy_of(page)
    if copy is None:
        return []
    if copy.state != State.OPEN:
        return [_("这份工作副本已经结束，不能再送审或发布。")]
    original = copy.original
    reasons = []
    if not original.live:
        reasons.append(_original_is_gone())
    elif is_behind(copy):
        reasons.append(_("原文在此期间有更正，请先在工作副本上点“并入更正”。"))
    if original.has_unpublished_changes:
        reasons.append(_("原文还有没发布的修改，请先发布或退回，以免丢失。"))
    return reasons + _reused_keys(page, copy)


def _original_is_gone() -> str:
    return _("原文已经取消发布，请先恢复原文。")


def _reused_keys(page: Page, copy: WorkingCopy) -> list[str]:
    """A key that once named a clause of the original never names another one."""
    before = {row["key"] for row in text_of(copy.base)[CLAUSES]}
    # What was given since then was given by this copy, or comes in with the corrections.
    keys = ClauseKey.objects.filter(policy=copy.original, created_at__lt=copy.created_at)
    given = set(keys.values_list("key", flat=True))
    mine = {row["key"] for row in text_of(page.get_latest_revision())[CLAUSES]}
    return [
        _("条款键 %(key)s 属于以前的条款，不能再用，请换一个。") % {"key": key}
        for key in sorted((mine & given) - before)
    ]


def findings(page: Page) -> list[Finding]:
    """The same reasons for the check before publishing."""
    return [
        Finding("working-copy", Severity.BLOCK, reason) for reason in reasons_not_to_release(page)
    ]


# ── deeds ───────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def make(original: PolicyPage, user: User | None) -> WorkingCopy:
    """A draft of the next edition, from the published text with the same clause keys.

    Raises `Refused` where the policy is not published or has an open copy.
    """
    original = PolicyPage.objects.select_for_update().get(pk=original.pk)
    base = original.live_revision
    if not original.live or base is None:
        raise Refused(_("文件还没有发布，直接修改草稿就可以。"))
    if working_copy_of(original) is not None:
        raise Refused(_("这已经是一份工作副本。"))
    if WorkingCopy.objects.filter(original=original, state=State.OPEN).exists():
        raise Refused(_("这份文件已有一份工作副本，请在那一份上编写。"))
    page = PolicyPage(
        slug=f"{original.slug}-next-{original.working_copies.count() + 1}",
        title=original.title,
        live=False,
        owner=user,
    )
    page = _filled(page, text_of(base))
    original.get_parent().add_child(instance=page)
    page.save_revision(user=user, log_action="wagtail.create", clean=False)
    try:
        return WorkingCopy.objects.create(page=page, original=original, base=base, created_by=user)
    except IntegrityError as error:  # two who pressed at once
        raise Refused(_("这份文件已有一份工作副本，请在那一份上编写。")) from error


@transaction.atomic
def take_in(copy: WorkingCopy, user: User | None, decisions: Mapping[str, Side]) -> Merge:
    """Brings the corrections of the published text into the copy, as a new draft of it.

    Raises `Refused` while a conflict is undecided: then nothing changes.
    """
    copy = WorkingCopy.objects.select_for_update().get(pk=copy.pk)
    if copy.state != State.OPEN:
        raise Refused(_("这份工作副本已经结束。"))
    if copy.original.live_revision is None:
        raise Refused(_original_is_gone())
    merged = pending_merge(copy, decisions)
    if merged.conflicts:
        raise Refused(_("还有%(count)d处冲突没有选定。") % {"count": len(merged.conflicts)})
    page = _filled(copy.page.get_latest_revision_as_object(), merged.text)
    page.save_revision(user=user, log_action="wagtail.edit", clean=False)
    copy.base = copy.original.live_revision
    copy.save(update_fields=["base"])
    return merged


def release_instead(action: PublishRevisionAction) -> bool:
    """In place of going live: a working copy's text becomes its original's next edition.

    A copy that is to go out later waits for its minute like any page.
    """
    copy = working_copy_of(action.object)
    if copy is None:
        return False
    later = action.object.go_live_at
    if later is not None and later > timezone.now():
        return False
    release(copy, action.revision, action.user)
    return True


@transaction.atomic
def release(copy: WorkingCopy, revision: Revision, user: User | None) -> None:
    """Publishes the approved text of the copy as the original's next edition, and ends the copy.

    Raises `NotAuthorised` with the reasons where the original moved on meanwhile.
    """
    copy = WorkingCopy.objects.select_for_update().get(pk=copy.pk)
    original = PolicyPage.objects.select_for_update().get(pk=copy.original_id)
    if reasons := reasons_not_to_release(copy.page):
        raise NotAuthorised(_("没有发布：%(reasons)s") % {"reasons": "".join(reasons)})
    original = _filled(original, text_of(revision))
    original.change_note = revision.content.get("change_note", "")
    approved = original.save_revision(user=user, log_action=True, clean=False)
    warrant = authority.release(
        f"working-copy:{copy.pk}", {approved.pk: authority.digest_of(approved)}
    )
    with authority.authorised_by(warrant):
        approved.publish(user=user, skip_permission_checks=True)
    _end(copy, State.RELEASED)


@transaction.atomic
def give_up(copy: WorkingCopy) -> None:
    """Ends the copy without a trace on the original; its drafts are kept."""
    _end(copy, State.ABANDONED)


def _end(copy: WorkingCopy, state: str) -> None:
    copy.state = state
    copy.ended_at = timezone.now()
    copy.save(update_fields=["state", "ended_at"])
    page = Page.objects.get(pk=copy.page_id)
    if page.current_workflow_state is not None:
        page.current_workflow_state.cancel()
    page.revisions.update(approved_go_live_at=None)


def _filled(page: PolicyPage, text: Mapping[str, Any]) -> PolicyPage:
    """The page with this text, in memory. Clauses keep their rows by key."""
    content = page.serializable_data()
    rows = {row["key"]: row["pk"] for row in content[CLAUSES]}
    for name, value in text.items():
        if name not in content:
            continue
        content[name] = _new_rows(value, page.pk)
        if name == CLAUSES:
            for row in content[name]:
                row["pk"] = rows.get(row["key"])
    if page.pk is None:
        return PolicyPage.from_serializable_data(content)
    filled: PolicyPage = page.with_content_json(content)
    return filled


def _new_rows(value: Any, page_pk: int | None) -> Any:
    """Rows as new ones of this page, whatever page they come from; anything else as it is."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        return value
    return [
        {
            **{name: _new_rows(one, None) for name, one in row.items()},
            "pk": None,
            **({"page": page_pk, "sort_order": order} if "key" in row or "page" in row else {}),
        }
        for order, row in enumerate(value)
    ]
