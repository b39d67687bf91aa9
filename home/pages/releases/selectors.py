"""Questions about releases."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page, Revision
from wagtail.permissions import policy_registry

from home.directory.models import User
from home.pages.prechecks import Finding
from home.pages.releases.models import OPEN_STATES, Release, ReleaseItem, State
from home.pages.review import drafts, evidence
from home.pages.titles import inside_marks

ADDABLE_SHOWN = 30
# (name, label, states); the first is what a person sees who comes without a wish.
TABS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("open", gettext_lazy("进行中"), OPEN_STATES),
    ("review", gettext_lazy("待审核"), (State.IN_REVIEW,)),
    ("scheduled", gettext_lazy("已定时"), (State.SCHEDULED,)),
    ("failed", gettext_lazy("未能发布"), (State.FAILED,)),
    ("live", gettext_lazy("已发布"), (State.LIVE,)),
    ("all", gettext_lazy("全部"), tuple(State.values)),
)


def visible_to(user: User) -> QuerySet[Release]:
    """The releases this person may see: none that holds a draft for named people of other names."""
    if hidden := drafts.hidden_from(user):
        return Release.objects.exclude(items__page_id__in=hidden)
    return Release.objects.all()


def listing(user: User, tab: str) -> QuerySet[Release]:
    """The releases of a tab with how many pages each has, the last changed first."""
    states = next((states for name, _label, states in TABS if name == tab), OPEN_STATES)
    return (
        visible_to(user)
        .filter(state__in=states)
        .select_related("created_by")
        .annotate(pages=Count("items"))
        .order_by("-changed_at", "-pk")
    )


def counts(user: User) -> dict[str, int]:
    """How many releases each tab has. One query."""
    by_state = dict(visible_to(user).order_by().values_list("state").annotate(Count("pk")))
    return {name: sum(by_state.get(state, 0) for state in states) for name, _label, states in TABS}


def due_releases() -> list[int]:
    """The scheduled releases whose minute has come, the earliest first."""
    due = Release.objects.filter(state=State.SCHEDULED, go_live_at__lte=timezone.now())
    return list(due.order_by("go_live_at", "pk").values_list("pk", flat=True))


def release_of(page: Page) -> Release | None:
    """The open release in which the page waits."""
    return Release.objects.filter(items__page_id=page.pk, items__holds=True).first()


def fingerprint(release: Release) -> str:
    """What a reviewer has before them: which pages with which text."""
    pins = release.items.order_by("pk").values_list("page_id", "digest")
    return hashlib.sha256(repr(list(pins)).encode()).hexdigest()


def reasons_to_keep(page: Page) -> list[str]:
    """Why releases forbid to delete the page or one below it."""
    items = ReleaseItem.objects.filter(page__path__startswith=page.path).filter(
        Q(holds=True) | Q(revision__isnull=False)
    )
    return [
        _("《%(page)s》在发布包“%(release)s”里，它的审核记录必须保留。")
        % {"page": inside_marks(item.title), "release": item.release.title}
        for item in items.select_related("release")
    ]


def reasons_not_to_approve(release: Release, user: User) -> list[str]:
    """Nobody approves an edit of their own, nor a release of their own.

    Two queries, and some more for each page that this person saved.
    """
    reasons = []
    if user.pk in (release.created_by_id, release.submitted_by_id):
        reasons.append(_("这个发布包是您发起或送审的，要由另一位审核人批准。"))
    items = list(release.items.select_related("page__live_revision"))
    writers = _writers_since_live([item.page for item in items if item.page is not None])
    reasons += [
        _("《%s》里有您的修改，要由另一位审核人批准。") % inside_marks(item.title)
        for item in items
        # Whoever only saved a remark beside the text changed nothing: asked where it matters.
        if item.page is not None
        and user.pk in writers.get(item.page.pk, ())
        and user.pk in evidence.authors(item.page)
    ]
    return reasons


def _writers_since_live(pages: list[Page]) -> dict[int, set[int]]:
    """By page: who saved something that the public text does not have yet. One query."""
    since: dict[str, datetime | None] = {
        str(page.pk): page.live_revision.created_at if page.live_revision else None
        for page in pages
    }
    rows = Revision.objects.filter(
        base_content_type=ContentType.objects.get_for_model(Page),
        object_id__in=list(since),
        user__isnull=False,
    )
    writers: dict[int, set[int]] = {}
    for object_id, created_at, user_id in rows.values_list("object_id", "created_at", "user_id"):
        public = since[object_id]
        if public is None or created_at > public:
            writers.setdefault(int(object_id), set()).add(user_id)
    return writers


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A page of a release as its own row on the release's page."""

    item: ReleaseItem
    title: str
    kind: str
    change: str
    writer: str
    written_at: datetime | None
    edit_url: str
    compare_url: str
    look_url: str
    findings: list[Finding]

    @property
    def is_blocked(self) -> bool:
        return any(finding.blocks for finding in self.findings)


def rows(release: Release) -> list[ItemRow]:
    """The pages of the release with what changes in each. Queries do not grow with their number."""
    items = release.items.select_related(
        "page__content_type",
        "page__latest_revision__user",
        "revision__user",
    ).defer("page__latest_revision__content")
    return [_row(item) for item in items]


def _row(item: ReleaseItem) -> ItemRow:
    page = item.page
    found = [Finding.of_data(one) for one in item.findings]
    if page is None:
        return ItemRow(item, item.title, "", _("页面已删除"), "", None, "", "", "", found)
    revision = item.revision or page.latest_revision
    pk = revision.pk if revision else None
    is_public = page.live_revision_id is not None and page.live_revision_id == pk
    if item.release.state == State.LIVE:
        change = _("已随本包发布")
    elif is_public:
        change = _("没有未发布的修改")
    else:
        change = _("有修改") if page.live else _("新页面")
    model = page.content_type.model_class()
    compare = ""
    if page.live and pk and not is_public:
        compare = reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, "live", pk])
    look = reverse("wagtailadmin_pages:revisions_view", args=[page.pk, pk]) if pk else ""
    return ItemRow(
        item=item,
        title=page.draft_title or page.title,
        kind=str(model._meta.verbose_name) if model else "",
        change=change,
        writer=revision.user.get_short_name() if revision and revision.user else _("系统"),
        written_at=revision.created_at if revision else None,
        edit_url=reverse("wagtailadmin_pages:edit", args=[page.pk]),
        compare_url=compare,
        look_url=look,
        findings=found,
    )


def addable(user: User, query: str) -> list[Page]:
    """Pages this person may add: what is not public yet first, the last edited first.

    Without a query only pages with something to publish.
    """
    waiting = ReleaseItem.objects.filter(page_id=OuterRef("pk"), holds=True)
    pages = (
        policy_registry.get_by_type(Page)
        .instances_user_has_permission_for(user, "change")
        .filter(depth__gt=1)
        .exclude(Exists(waiting))
        .select_related("content_type", "latest_revision__user")
        .defer("latest_revision__content")
        .order_by("-has_unpublished_changes", "-latest_revision_created_at", "path")
    )
    if query:
        pages = pages.filter(Q(title__icontains=query) | Q(draft_title__icontains=query))
    else:
        pages = pages.filter(has_unpublished_changes=True)
    return list(pages[:ADDABLE_SHOWN])


def open_for(user: User) -> list[Release]:
    """Releases to which a page can be added, the last changed first."""
    if not user.has_perm("pages.change_release"):
        return []
    return list(visible_to(user).filter(state__in=OPEN_STATES).order_by("-changed_at")[:50])
