"""What the product notes about its own running."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class LoadedContent(models.Model):
    """Which version of reference or demo content this database holds (已装载内容).

    It stands in the database, so that a restored or deleted database never seems to be filled.
    """

    name = models.CharField(_("名称"), max_length=40)
    fingerprint = models.CharField(_("指纹"), max_length=64)
    loaded_at = models.DateTimeField(_("装载时间"), auto_now=True)

    class Meta:
        verbose_name = _("已装载内容")
        verbose_name_plural = _("已装载内容")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name"], name="content_of_a_name_is_noted_once"),
        ]

    def __str__(self) -> str:
        return self.name
