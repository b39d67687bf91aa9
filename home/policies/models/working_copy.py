"""The next edition of a policy, prepared while the published one can still be corrected."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.locks import BaseLock


class EndedCopyLock(BaseLock):
    """Nobody changes what was approved, or given up."""

    def for_user(self, user: Any) -> bool:
        return True

    def get_message(self, user: Any) -> str:
        return _now("这是已经结束的工作副本，只供查阅。")

    def get_locked_by(self, user: Any) -> str:
        return _now("已经结束")

    def get_description(self, user: Any) -> str:
        return _now("工作副本结束后不能再修改")


class WorkingCopy(models.Model):
    """A draft of the next edition (工作副本): a page of its own that never goes live.

    It is edited and reviewed like any page. Publishing it makes its text the original's next
    edition (home.policies.working_copies).
    """

    class State(models.TextChoices):
        OPEN = "open", _("编写中")
        RELEASED = "released", _("已并入")
        ABANDONED = "abandoned", _("已放弃")

    page = models.OneToOneField(
        "policies.PolicyPage",
        models.PROTECT,
        related_name="working_copy",
        verbose_name=_("副本"),
    )
    original = models.ForeignKey(
        "policies.PolicyPage",
        models.PROTECT,
        related_name="working_copies",
        verbose_name=_("原文"),
    )
    # The published text it was made from, or has taken in last; purging keeps protected revisions.
    base = models.ForeignKey(
        "wagtailcore.Revision", models.PROTECT, related_name="+", verbose_name=_("依据的修订")
    )
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("建立时间"), auto_now_add=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("工作副本")
        verbose_name_plural = _("工作副本")
        constraints = [
            models.UniqueConstraint(
                fields=["original"],
                condition=models.Q(state="open"),
                name="a_policy_has_one_open_working_copy",
            ),
            models.CheckConstraint(
                condition=~models.Q(page=models.F("original")),
                name="a_working_copy_is_not_its_own_original",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", ended_at__isnull=True)
                | (~models.Q(state="open") & models.Q(ended_at__isnull=False)),
                name="a_working_copy_has_an_end_only_when_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.original} · {self.get_state_display()}"

    @property
    def ended(self) -> bool:
        return self.state != self.State.OPEN
