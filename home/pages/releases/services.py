"""Deeds on releases. Each is one transaction, asks who may do it and from which state, and is told
in the release's history.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision

from delivery.services import enqueue
from home.directory.models import User
from home.pages import authority
from home.pages.authority import digest_of
from home.pages.releases import going_live, selectors
from home.pages.releases.going_live import Found, Step, minute
from home.pages.releases.models import (
    APPROVED_STATES,
    OPEN_STATES,
    PINNED_STATES,
    Release,
    ReleaseEvent,
    ReleaseItem,
    State,
)
from home.pages.review import drafts
from home.pages.titles import inside_marks

logger = logging.getLogger(__name__)

Kind = ReleaseEvent.Kind
OUTCOME_MAIL = "release-outcome"
# Beat comes by several times a minute: later than this, the minute was missed and is told so.
ON_TIME = timedelta(minutes=2)

CHANGE, APPROVE, PUBLISH = "pages.change_release", "pages.approve_release", "pages.publish_release"
# deed: (the permission it takes, the states it begins from)
DEEDS: dict[str, tuple[str, tuple[State, ...]]] = {
    "change": (CHANGE, OPEN_STATES),
    "rehearse": (CHANGE, OPEN_STATES),
    "submit": (CHANGE, (State.DRAFT, State.RETURNED)),
    "approve": (APPROVE, (State.IN_REVIEW,)),
    "send_back": (APPROVE, (State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.FAILED)),
    "publish": (PUBLISH, (State.APPROVED, State.SCHEDULED, State.FAILED)),
    "schedule": (PUBLISH, (State.APPROVED, State.SCHEDULED, State.FAILED)),
    # Stopping is safe: who may put a release together may also stop it.
    "unschedule": (CHANGE, (State.SCHEDULED,)),
    "cancel": (CHANGE, OPEN_STATES),
    "copy": (CHANGE, (State.FAILED, State.LIVE, State.CANCELLED)),
}


class Refused(Exception):
    """Why a deed was not done, in whole sentences for whoever asked."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


def may(user: User, deed: str, release: Release) -> bool:
    """Whether this person could do the deed now, as far as role and state say."""
    permission, states = DEEDS[deed]
    return release.state in states and user.has_perm(permission)


# ── putting together ────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create(user: User, *, title: str, note: str = "", pages: Sequence[Page] = ()) -> Release:
    """A new release, with these pages if there are any."""
    if not user.has_perm("pages.add_release"):
        raise Refused(_("您没有建立发布包的权限。"))
    release = Release.objects.create(title=title, note=note, created_by=user)
    _tell(release, Kind.CREATED, user)
    if pages:
        add_pages(release.pk, user, pages)
    return Release.objects.get(pk=release.pk)


def describe(pk: int, user: User, *, title: str, note: str) -> Release:
    """Changes what the release is called and what the reviewer is told; no page changes by it."""
    with _deed(pk, "change", user) as release:
        release.title, release.note = title, note
        _tell(release, Kind.CHANGED, user)
        return release


def add_pages(pk: int, user: User, pages: Sequence[Page]) -> Release:
    """Puts pages at the end. What was submitted or approved falls by it."""
    with _deed(pk, "change", user) as release:
        last = release.items.aggregate(last=Max("position"))["last"]
        position = -1 if last is None else last
        for page in pages:
            if not (drafts.may_see(user, page) and page.permissions_for_user(user).can_edit()):
                raise Refused(_("您不能编辑“%s”，也就不能把它加入发布包。") % page.title)
            holder = selectors.release_of(page)
            if holder is not None:
                raise Refused(_already_in(page, holder, release))
            position += 1
            title = page.get_latest_revision_as_object().title
            try:
                with transaction.atomic():
                    release.items.create(page=page, title=title, position=position)
            except IntegrityError:  # somebody else was faster by a moment
                raise Refused(_("“%s”刚刚被加入了另一个发布包。") % page.title) from None
            _tell(release, Kind.ADDED, user, text=title)
        _fall(release, user, _("加入了页面"))
        return release


def remove_item(pk: int, user: User, item_pk: int) -> Release:
    """Takes a page out. What was submitted or approved falls by it."""
    with _deed(pk, "change", user) as release:
        item = release.items.filter(pk=item_pk).first()
        if item is None:
            raise Refused(_("这一页已经不在发布包里。"))
        item.delete()
        _tell(release, Kind.REMOVED, user, text=item.title)
        _fall(release, user, _("移除了“%s”") % item.title)
        return release


def move_item(pk: int, user: User, item_pk: int, by: int) -> Release:
    """Moves a page up (-1) or down (1) in the list. The order is for people: nothing falls."""
    with _deed(pk, "change", user) as release:
        items = list(release.items.all())
        here = next((place for place, item in enumerate(items) if item.pk == item_pk), None)
        if here is None:
            raise Refused(_("这一页已经不在发布包里。"))
        there = max(0, min(len(items) - 1, here + by))
        items.insert(there, items.pop(here))
        for position, item in enumerate(items):
            item.position = position
        ReleaseItem.objects.bulk_update(items, ["position"])
        return release


# ── review ──────────────────────────────────────────────────────────────────────────────────────


def rehearse(pk: int, user: User) -> Release:
    """Does everything that going live does, undoes it, and keeps what was found at each page."""
    with _deed(pk, "rehearse", user) as release:
        _rehearse(release, user)
        return release


def submit(pk: int, user: User) -> Release:
    """Pins each page's latest revision and asks for review.

    Raises Refused where a page could not go live anyway; what was found stays on the release.
    """
    # What was found is kept where the submission is refused: no exception leaves this block.
    with _deed(pk, "submit", user) as release:
        refusal = _unfit(release)
        if not refusal:
            found = going_live.blocking(_rehearse(release, user))
            refusal = _sentences(release, found)
        if not refusal:
            for item, revision in _latest(release):
                if revision is None:  # a rehearsal that found nothing saw one at each
                    continue
                item.revision, item.digest = revision, digest_of(revision)
                item.title = revision.content["title"]
                item.save()
            release.state = State.IN_REVIEW
            release.submitted_by = user
            _tell(release, Kind.SUBMITTED, user)
    if refusal:
        raise Refused(*refusal)
    return release


def approve(pk: int, user: User, *, seen: str, comment: str = "") -> Release:
    """A reviewer says yes to exactly what they saw (`seen` is `selectors.fingerprint`)."""
    with _deed(pk, "approve", user) as release:
        if seen != selectors.fingerprint(release):
            raise Refused(_("您打开之后发布包又变了，请重新查看各页再决定。"))
        own = selectors.reasons_not_to_approve(release, user)
        if own:
            raise Refused(*own)
        release.state = State.APPROVED
        release.approved_by = user
        _tell(release, Kind.APPROVED, user, text=comment)
        return release


def send_back(pk: int, user: User, *, comment: str) -> Release:
    """A reviewer says no, and why."""
    if not comment.strip():
        raise Refused(_("请写明退回的理由，编辑才知道要改什么。"))
    with _deed(pk, "send_back", user) as release:
        _unpin(release, State.RETURNED)
        event = _tell(release, Kind.RETURNED, user, text=comment)
        _mail(event)
        return release


def approval_falls(page_pk: int, revision: Revision) -> None:
    """A page was saved: where its release stood on another text, what was decided no longer holds.

    Called for every saved revision of a page, so it asks one indexed question first.
    """
    waiting = ReleaseItem.objects.filter(
        page_id=page_pk, holds=True, revision__isnull=False, release__state__in=PINNED_STATES
    )
    for item in waiting:
        if item.digest == digest_of(revision):
            continue
        with transaction.atomic():
            release = Release.objects.select_for_update().get(pk=item.release_id)
            if release.state in PINNED_STATES:
                title = revision.content.get("title", item.title)
                _fall(release, revision.user, _("“%s”又改过") % title)
                release.save()


# ── going live ──────────────────────────────────────────────────────────────────────────────────


def publish(pk: int, user: User) -> Release:
    """现在发布. Raises Refused with what stands against it; then no page has changed."""
    with transaction.atomic(), _deed(pk, "publish", user) as release:
        refusal = _go_live(release, user, planned=None)
    if refusal:
        raise Refused(*refusal)
    return release


def schedule(pk: int, user: User, at: datetime) -> Release:
    """Sets the minute at which beat puts the release on line; again sets another one."""
    at = at.replace(second=0, microsecond=0)
    if at <= timezone.now():
        raise Refused(_("定时发布的时间要晚于现在；要马上发布，请用“现在发布”。"))
    with _deed(pk, "schedule", user) as release:
        before = release.go_live_at if release.state == State.SCHEDULED else None
        release.state = State.SCHEDULED
        release.go_live_at = at
        release.scheduled_by = user
        text = minute(at)
        if before is not None:
            text = _("%(before)s 改为 %(after)s") % {"before": minute(before), "after": text}
        _tell(release, Kind.SCHEDULED, user, text=text)
        return release


def unschedule(pk: int, user: User) -> Release:
    """Takes the minute away; the approval stays."""
    with _deed(pk, "unschedule", user) as release:
        was = minute(release.go_live_at) if release.go_live_at else ""
        _tell(release, Kind.UNSCHEDULED, user, text=was)
        release.state = State.APPROVED
        _clear_minute(release)
        return release


def go_live_by_the_clock(pk: int) -> bool:
    """Puts one release on line whose minute has come; False where there is nothing (left) to do.

    Two workers may both call it: the second waits for the first and finds it done.
    """
    with transaction.atomic():
        release = _locked(pk)
        now = timezone.now()
        if release is None or release.state != State.SCHEDULED:
            return False
        if release.go_live_at is None or release.go_live_at > now or release.scheduled_by is None:
            return False
        refusal = _go_live(release, release.scheduled_by, planned=release.go_live_at)
        release.changed_at = now
        release.save()
    return not refusal


def go_live_due() -> int:
    """Puts on line every release whose minute has come or was missed; how many went.

    One that fails keeps no other from its minute. Raises an ExceptionGroup of what was no
    finding but an error; such a release stays scheduled and is tried again.
    """
    went, errors = 0, []
    for pk in selectors.due_releases():
        try:
            went += go_live_by_the_clock(pk)
        except Exception as error:
            logger.exception("Release %s could not go live", pk)
            errors.append(error)
    if errors:
        raise ExceptionGroup("releases could not go live", errors)
    return went


# ── ending and beginning again ──────────────────────────────────────────────────────────────────


def cancel(pk: int, user: User) -> Release:
    """Gives the release up and lets go of its pages; their drafts stay as they are."""
    with _deed(pk, "cancel", user) as release:
        _unpin(release, State.CANCELLED)
        release.items.update(holds=False)
        _tell(release, Kind.CANCELLED, user)
        return release


def copy(pk: int, user: User) -> Release:
    """A new release of the same pages. A failed one hands them over and is closed by it."""
    with _deed(pk, "copy", user) as old:
        pages = [item.page for item in old.items.select_related("page") if item.page is not None]
        if old.is_open:
            _unpin(old, State.CANCELLED)
            old.items.update(holds=False)
        new = create(user, title=old.title, note=old.note)
        taken = []
        for page in pages:
            holder = selectors.release_of(page)
            if holder is None:
                add_pages(new.pk, user, [page.specific])
            else:
                taken.append(_already_in(page, holder, new))
        _tell(old, Kind.COPIED, user, text=_("复制为第%d号发布包") % new.pk)
        _tell(new, Kind.COPIED, user, text="".join([_("由第%d号发布包复制。") % old.pk, *taken]))
        return Release.objects.get(pk=new.pk)


# ── inside ──────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _deed(pk: int, deed: str, user: User) -> Iterator[Release]:
    """The release, locked, for a deed that is allowed; saved at the end. Raises Refused."""
    permission, states = DEEDS[deed]
    with transaction.atomic():
        release = _locked(pk)
        if release is None:
            raise Refused(_("这个发布包已不存在。"))
        if not user.has_perm(permission):
            raise Refused(_("您没有这样做的权限。"))
        if release.state not in states:
            sentence = _("这个发布包现在是“%s”，不能这样做；可能别人刚刚办理过。")
            raise Refused(sentence % release.get_state_display())
        yield release
        release.changed_at = timezone.now()
        release.save()


def _locked(pk: int) -> Release | None:
    return Release.objects.select_for_update().filter(pk=pk).first()


def _latest(release: Release) -> list[tuple[ReleaseItem, Revision | None]]:
    items = release.items.select_related("page__latest_revision")
    return [(item, item.page.latest_revision if item.page else None) for item in items]


def _rehearse(release: Release, user: User) -> Found:
    steps = [Step(item, revision) for item, revision in _latest(release)]
    with _undone(), _authorised(release, steps):
        found = going_live.perform(steps, user, only_content=True)
        logger.info("Release %s was rehearsed: what was published just now is undone", release.pk)
    _keep_findings(release, steps, found)
    return found


def _authorised(release: Release, steps: Sequence[Step]) -> AbstractContextManager[None]:
    """The approval of the release stands in for the review of each page, for exactly this text."""
    approved = {
        step.revision.pk: digest_of(step.revision) for step in steps if step.revision is not None
    }
    return authority.authorised_by(authority.release(f"release {release.pk}", approved))


@contextmanager
def _undone() -> Iterator[None]:
    """Whatever the database is told in this block is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _go_live(release: Release, user: User, *, planned: datetime | None) -> list[str]:
    """All pages, or none and the reasons. The release is changed accordingly; the caller saves."""
    latest = _latest(release)
    stale = _changed_since(latest)
    if stale:
        refusal = _fail(release, user, planned, stale)
        _fall(release, None, _("批准后内容又改过"))
        return refusal
    # A draft that was saved again with the same text is that text: none is left behind as a draft.
    steps = [Step(item, revision) for item, revision in latest]
    with transaction.atomic(), _authorised(release, steps):
        found = going_live.perform(steps, user)
        stopped = going_live.blocking(found)
        if stopped:
            transaction.set_rollback(True)
    if stopped:
        _keep_findings(release, steps, found)
        return _fail(release, user, planned, stopped)
    now = timezone.now()
    release.state = State.LIVE
    release.live_at = now
    for step in steps:
        step.item.revision, step.item.holds = step.revision, False
        step.item.save()
    text = ""
    if planned is not None:
        text = _("原定%(planned)s，实际%(actual)s。") % {
            "planned": minute(planned),
            "actual": minute(now),
        }
        if now - planned >= ON_TIME:
            text += _("当时系统没有运行，恢复后补发。")
    event = _tell(release, Kind.LIVE, None if planned else user, text=text)
    if planned is not None:
        _mail(event)
    return []


def _fail(release: Release, user: User, planned: datetime | None, found: Found) -> list[str]:
    release.state = State.FAILED
    text = _("原定%s。") % minute(planned) if planned is not None else ""
    _clear_minute(release)
    reasons = [
        {
            "title": inside_marks(item.title),
            "reasons": [finding.sentence for finding in found[item.pk]],
        }
        for item in release.items.all()
        if item.pk in found
    ]
    event = _tell(release, Kind.FAILED, None if planned else user, text=text, reasons=reasons)
    if planned is not None:
        _mail(event)
    return _sentences(release, found)


def _changed_since(latest: Sequence[tuple[ReleaseItem, Revision | None]]) -> Found:
    """Items whose page no longer says what was approved."""
    found: Found = {}
    for item, revision in latest:
        if item.page is not None and (revision is None or digest_of(revision) != item.digest):
            sentence = _("批准之后这一页又改过，请重新送审。")
            found[item.pk] = [going_live.block("changed", sentence)]
    return found


def _unfit(release: Release) -> list[str]:
    """What makes a review pointless before anything is tried."""
    latest = _latest(release)
    if not latest:
        return [_("发布包里还没有页面，请先加入页面。")]
    return [
        _("“%s”没有尚未发布的修改，请把它移出发布包。") % item.title
        for item, revision in latest
        if item.page is not None
        and item.page.live
        and revision is not None
        and item.page.live_revision_id == revision.pk
        and not item.page.has_unpublished_changes
    ]


def _fall(release: Release, user: User | None, why: str) -> None:
    """Back to the editors, where something had been submitted or approved."""
    if release.state not in PINNED_STATES:
        return
    approved = release.state in APPROVED_STATES
    _unpin(release, State.DRAFT)
    sentence = _("%s，原来的批准失效，请重新送审。") if approved else _("%s，请重新送审。")
    event = _tell(release, Kind.FELL, user, text=sentence % why)
    if approved:
        _mail(event)


def _unpin(release: Release, state: State) -> None:
    release.items.update(revision=None, digest="")
    release.state = state
    release.submitted_by = release.approved_by = None
    _clear_minute(release)


def _clear_minute(release: Release) -> None:
    release.go_live_at = release.scheduled_by = None


def _keep_findings(release: Release, steps: Sequence[Step], found: Found) -> None:
    release.rehearsed_at = timezone.now()
    items = [step.item for step in steps]
    for item in items:
        item.findings = [one.as_data() for one in found.get(item.pk, [])]
    ReleaseItem.objects.bulk_update(items, ["findings"])


def _sentences(release: Release, found: Found) -> list[str]:
    return [
        _("《%(title)s》：%(reason)s")
        % {"title": inside_marks(item.title), "reason": finding.sentence}
        for item in release.items.all()
        for finding in found.get(item.pk, [])
    ]


def _already_in(page: Page, holder: Release, wanted: Release) -> str:
    if holder.pk == wanted.pk:
        return _("“%s”已经在这个发布包里。") % page.title
    sentence = _("“%(page)s”已经在发布包“%(release)s”里，一页只能等在一个发布包里。")
    return sentence % {"page": page.title, "release": holder.title}


def _tell(release: Release, kind: str, user: User | None, **fields: Any) -> ReleaseEvent:
    return ReleaseEvent.objects.create(release=release, kind=kind, by=user, **fields)


def _mail(event: ReleaseEvent) -> None:
    enqueue(
        OUTCOME_MAIL,
        event_key=f"release:{event.release_id}:{event.pk}",
        destination="release-people",
        subject_id=event.pk,
    )
