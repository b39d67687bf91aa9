"""A release, its pages and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forms.vault.immutable import WrittenOnceModel

if TYPE_CHECKING:
    from django.utils.functional import Promise


class State(models.TextChoices):
    """Where a release stands."""

    DRAFT = "draft", _("编辑中")
    IN_REVIEW = "in-review", _("待审核")
    RETURNED = "returned", _("已退回")
    APPROVED = "approved", _("已批准")
    SCHEDULED = "scheduled", _("已定时")
    FAILED = "failed", _("未能发布")
    LIVE = "live", _("已发布")
    CANCELLED = "cancelled", _("已作废")


# What was submitted or approved stands as it is; a change takes the release back to DRAFT.
PINNED_STATES = (State.IN_REVIEW, State.APPROVED, State.SCHEDULED, State.FAILED)
OPEN_STATES = (State.DRAFT, State.RETURNED, *PINNED_STATES)
# A reviewer said yes, and nothing was changed since.
APPROVED_STATES = (State.APPROVED, State.SCHEDULED, State.FAILED, State.LIVE)


class Release(models.Model):
    """Pages that go live together or not at all (发布包)."""

    title = models.CharField(
        _("名称"), max_length=80, help_text=_("只在后台显示，如：行动方案修订与解读")
    )
    note = models.TextField(_("给审核人的说明"), blank=True, max_length=1000)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("发起人")
    )
    created_at = models.DateTimeField(_("建立时间"), default=timezone.now, editable=False)
    changed_at = models.DateTimeField(_("更新时间"), default=timezone.now, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    scheduled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    go_live_at = models.DateTimeField(_("定时发布"), null=True, blank=True)
    live_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    # When the pages were last put through everything that going live does, in earnest or not.
    rehearsed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("发布包")
        verbose_name_plural = _("发布包")
        ordering: ClassVar = ["-changed_at", "-pk"]
        permissions: ClassVar = [
            ("approve_release", "Can approve a release"),
            ("publish_release", "Can publish a release"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "go_live_at"], name="releases_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(state__in=State.values), name="a_release_has_a_known_state"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.SCHEDULED)
                | models.Q(go_live_at__isnull=False, scheduled_by__isnull=False),
                name="a_scheduled_release_has_its_minute_and_who_set_it",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=APPROVED_STATES)
                | models.Q(approved_by__isnull=False),
                name="nothing_goes_live_that_nobody_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.LIVE, live_at__isnull=False)
                | (~models.Q(state=State.LIVE) & models.Q(live_at__isnull=True)),
                name="a_live_release_and_no_other_says_since_when",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        """Whether its pages still wait to go out with it."""
        return self.state in OPEN_STATES


class ReleaseItem(models.Model):
    """One page of a release, with the revision that was submitted and approved (条目)."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="items")
    # A page whose draft is thrown away leaves its name here; PROTECT on the revision keeps one
    # that was submitted, and home.pages.keeping says so in words.
    page = models.ForeignKey(
        "wagtailcore.Page", models.SET_NULL, null=True, related_name="release_items"
    )
    title = models.CharField(_("标题"), max_length=255)
    position = models.PositiveIntegerField(_("顺序"), default=0)
    revision = models.ForeignKey(
        "wagtailcore.Revision", models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Of the revision's text (home.pages.authority): autosave writes over a revision in its place.
    digest = models.CharField(max_length=64, blank=True)
    # As the last rehearsal or the last attempt found them (prechecks.Finding.as_data).
    findings = models.JSONField(default=list, blank=True)
    # Whether the release is open: a column, because a constraint sees one table.
    holds = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("发布包条目")
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["page"],
                condition=models.Q(holds=True),
                name="a_page_waits_in_one_open_release",
            ),
            models.UniqueConstraint(fields=["release", "page"], name="a_page_is_in_a_release_once"),
            models.CheckConstraint(
                condition=models.Q(revision__isnull=True) | ~models.Q(digest=""),
                name="a_pinned_revision_has_its_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReleaseEvent(WrittenOnceModel):
    """What happened to a release; never changed afterwards (经过)."""

    class Kind(models.TextChoices):
        CREATED = "created", _("建立")
        CHANGED = "changed", _("修改说明")
        ADDED = "added", _("加入页面")
        REMOVED = "removed", _("移除页面")
        SUBMITTED = "submitted", _("送审")
        APPROVED = "approved", _("批准")
        RETURNED = "returned", _("退回修改")
        FELL = "fell", _("批准失效")
        SCHEDULED = "scheduled", _("定时")
        UNSCHEDULED = "unscheduled", _("取消定时")
        FAILED = "failed", _("未能发布")
        LIVE = "live", _("发布")
        CANCELLED = "cancelled", _("作废")
        COPIED = "copied", _("复制")

    release = models.ForeignKey(Release, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField(default=timezone.now)
    # Nobody: the clock did it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    text = models.TextField(blank=True)
    # Of a failure: [{"title": …, "reasons": [...]}, …].
    reasons = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("发布包经过")
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

    @property
    def label(self) -> str | Promise:
        return self.get_kind_display()
