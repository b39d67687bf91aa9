"""What was published, kept for ever."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from home.policies import snapshots
from home.policies.models.written_once import WriteOnceQuerySet


class Edition(models.Model):
    """A published state of a policy (版本), with everything it said.

    The snapshot stands on its own: later changes of the model can't touch it.
    Its shape is `snapshots.snapshot`'s of the day; `content` reads it whatever its age.
    """

    policy = models.ForeignKey(
        "policies.PolicyPage", models.PROTECT, related_name="editions", verbose_name=_("文件")
    )
    number = models.PositiveIntegerField(_("版本号"))
    revision = models.ForeignKey(
        "wagtailcore.Revision", models.PROTECT, related_name="+", verbose_name=_("修订")
    )
    snapshot = models.JSONField(_("内容"))
    digest = models.CharField(_("摘要"), max_length=64)
    change_note = models.TextField(_("修改说明"), blank=True)
    published_at = models.DateTimeField(_("发布时间"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = models.Manager.from_queryset(WriteOnceQuerySet)()

    class Meta:
        verbose_name = _("版本")
        verbose_name_plural = _("版本")
        ordering = ["policy", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "number"], name="an_edition_number_is_given_once_per_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy.document_number} 第{self.number}版"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("An edition is never changed.")
        super().save(*args, **kwargs)

    @cached_property
    def content(self) -> dict[str, Any]:
        """The snapshot in today's format."""
        return snapshots.read(self.snapshot)
