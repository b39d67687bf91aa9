"""Official documents on their way in, kept as they came."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from home.policies.models.policy import PolicyPage


class PolicyImport(models.Model):
    """A text that somebody brought in and checks (导入), before and after a page is made of it.

    `text` is what was read, `notes` what of the file could not be. `answers` is what the editor has
    typed and decided so far, by the names of the review form's fields. Once `confirmed_at` is set
    nothing more is made of it.
    """

    text = models.TextField(_("原文"))
    file_name = models.CharField(_("文件名"), max_length=255, blank=True)
    notes = models.JSONField(_("读取说明"), default=list, blank=True)
    answers = models.JSONField(_("核对结果"), default=dict, blank=True)
    target = models.ForeignKey(
        PolicyPage,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("修改哪份文件"),
    )
    created_at = models.DateTimeField(_("导入时间"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("导入人"),
    )
    confirmed_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("确认人"),
    )
    page = models.ForeignKey(
        PolicyPage,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="imports",
        verbose_name=_("生成的页面"),
    )

    class Meta:
        verbose_name = _("公文导入")
        verbose_name_plural = _("公文导入")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(page__isnull=True) | models.Q(confirmed_at__isnull=False),
                name="an_import_makes_a_page_when_it_is_confirmed",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name or next(
            (line.strip()[:60] for line in self.text.split("\n") if line.strip()), ""
        )
