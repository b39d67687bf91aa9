"""Puts the pages of a release on line, in the caller's transaction, or says why it can't.

Each page is looked at after the ones before it have been published: a link from an interpretation
to a clause of the same release is judged as the reader will find it. The caller rolls everything
back where anything was found, or where it only wanted to know (a rehearsal).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.locks import ScheduledForPublishLock, WorkflowLock
from wagtail.models import Page, PagePermissionTester, Revision

from home.directory.models import User
from home.pages import prechecks
from home.pages.authority import NotAuthorised
from home.pages.checking.links import going_out_together
from home.pages.prechecks import Finding, Severity
from home.pages.refusing import by_field
from home.pages.releases.models import ReleaseItem

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One page of a release and the revision of it that goes on line."""

    item: ReleaseItem
    revision: Revision | None


Found = dict[int, list[Finding]]  # by the item's number


def perform(steps: Sequence[Step], user: User, *, only_content: bool = False) -> Found:
    """Publishes what nothing stands against, in an order that makes links valid.

    With `only_content` nobody's rights and no lock is asked about: the one who submits is not the
    one who publishes. Errors of the database itself (away, locked) go through: they pass.
    """
    found: Found = {}
    together = [step.item.page_id for step in steps if step.item.page_id is not None]
    for step in in_order(steps):
        try:
            with transaction.atomic(), going_out_together(together):
                found[step.item.pk] = _perform(step, user, only_content=only_content)
        except (OperationalError, InterfaceError):
            raise
        except prechecks.NotReady as error:
            found[step.item.pk] = error.findings
        except (NotAuthorised, PermissionDenied, ValidationError) as error:
            sentences = getattr(error, "messages", None) or [str(error)]
            found[step.item.pk] = [block("refused", sentence) for sentence in sentences]
        except Exception as error:  # of a check or a listener: nothing goes live, and it is said
            logger.exception("Item %s of a release could not be published", step.item.pk)
            sentence = _("发布这一页时系统出错（%(kind)s），管理员可在日志里看到详情。")
            found[step.item.pk] = [block("error", sentence % {"kind": type(error).__name__})]
    return found


def blocking(found: Found) -> Found:
    """Only what keeps a page from going out."""
    kept = {pk: [one for one in findings if one.blocks] for pk, findings in found.items()}
    return {pk: findings for pk, findings in kept.items() if findings}


def in_order(steps: Sequence[Step]) -> list[Step]:
    """What is above goes first, then by what others rest on (`release_rank`), then as arranged."""
    pages = {step.item.page.path: step for step in steps if step.item.page is not None}

    def rank(step: Step) -> tuple[int, int, int]:
        page = step.item.page
        model = page.specific_class if page is not None else None
        return (getattr(model, "release_rank", 50), step.item.position, step.item.pk)

    ordered: list[Step] = []
    for step in sorted(steps, key=rank):
        path = step.item.page.path if step.item.page is not None else ""
        above = range(Page.steplen, len(path), Page.steplen)
        for one in [*(pages[path[:end]] for end in above if path[:end] in pages), step]:
            if one not in ordered:
                ordered.append(one)
    return ordered


def _perform(step: Step, user: User, *, only_content: bool) -> list[Finding]:
    page, revision = step.item.page, step.revision
    if page is None:
        return [block("gone", _("这一页已被删除，请把它移出发布包。"))]
    if revision is None:
        return [block("gone", _("这一页没有保存过的草稿，请打开它保存一次。"))]
    draft = revision.as_object()
    against = [] if only_content else _against_the_person(page, user)
    against += _against_the_draft(page, draft)
    if against:
        # It is not tried; what else is to be mended is told with it all the same.
        return [*against, *prechecks.findings(draft)]
    public = getattr(draft, "published_as", draft)
    with prechecks.noting() as found:
        # Whoever does this for real was asked above, in words of our own.
        revision.publish(user=user, skip_permission_checks=True)
    if not Page.objects.only("live").get(pk=public.pk).live:
        return [block("not-live", _("发布之后这一页仍不可见。")), *found]
    return _each_once(found)


def _each_once(found: Iterable[Finding]) -> list[Finding]:
    """A working copy is looked at and then its original: what is said of both is told once."""
    return list({(one.severity, one.message, one.place): one for one in found}.values())


def _against_the_person(page: Page, user: User) -> list[Finding]:
    specific = page.specific
    found = []
    # Wagtail's own answer: ours asks for a review of the page itself, in whose place we stand.
    if not PagePermissionTester(user, specific).can_publish():
        sentence = _("%(who)s没有发布这一页的权限，请由有权限的审核人发布。")
        found.append(block("permission", sentence % {"who": user.get_short_name()}))
    lock = specific.get_lock()
    if lock is None or isinstance(lock, WorkflowLock) or not lock.for_user(user):
        return found
    if isinstance(lock, ScheduledForPublishLock):
        sentence = _("这一页自己定了发布时间，请先取消它的定时。")
    else:
        who = specific.locked_by.get_short_name() if specific.locked_by else _("别人")
        sentence = _("这一页被%(who)s锁定，请先解锁。") % {"who": who}
    return [*found, block("locked", sentence)]


def _against_the_draft(page: Page, draft: Page) -> list[Finding]:
    """What the draft's own state forbids, all of it blocking; the check is asked by publishing."""
    found = []
    if draft.workflow_in_progress:
        sentence = _("这一页还在单独的审核流程里，请先在那里办完或撤回。")
        found.append(block("workflow", sentence))
    parent = page.get_parent()
    if parent is not None and not parent.live:
        sentence = _("上级页面“%(title)s”没有发布；请先发布它，或把它也加入发布包。")
        found.append(block("parent", sentence % {"title": parent.title}))
    now = timezone.now()
    if draft.go_live_at and draft.go_live_at > now:
        sentence = _("这一页自己定了上线时间（%(at)s）；请在页面里清除它。")
        found.append(block("go-live-at", sentence % {"at": minute(draft.go_live_at)}))
    if draft.expire_at and draft.expire_at <= now:
        sentence = _("这一页的下线时间（%(at)s）已经过了；请在页面里改正。")
        found.append(block("expired", sentence % {"at": minute(draft.expire_at)}))
    if not Page._slug_is_available(draft.slug, parent, draft):
        sentence = _("网址“%(slug)s”已被同级的另一页使用；请在页面的“网址和摘要”里改一个。")
        found.append(block("slug", sentence % {"slug": draft.slug}))
    else:
        found += _invalid(draft)
    return found


def _invalid(draft: Page) -> list[Finding]:
    """What the page's own fields lack; a draft may lack it, a public page may not."""
    try:
        draft.full_clean()
    except ValidationError as error:
        named = by_field(error, type(draft))
        return [block("invalid", sentence, place=name) for name, sentence in named]
    return []


def minute(at: datetime) -> str:
    """A point in time as people write it: 2026年3月1日 09:30."""
    return date_format(timezone.localtime(at), "Y年n月j日 H:i")


def block(code: str, message: str, place: str = "") -> Finding:
    return Finding(f"release.{code}", Severity.BLOCK, message, place=place)
