"""Days by which pages are looked at again (复核); drafts for named people (仅限指定人员)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ReviewDue(models.Model):
    """The day by which somebody looks at a page again (复核日期). A table of its own: a page's
    draft must not change it, and most pages have none.
    """

    page = models.OneToOneField(
        "wagtailcore.Page", models.CASCADE, related_name="review_due", verbose_name=_("页面")
    )
    due_on = models.DateField(_("复核日期"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="pages_to_look_at",
        verbose_name=_("负责人"),
    )
    reviewed_on = models.DateField(_("上次复核"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("复核")
        verbose_name_plural = _("复核")
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["due_on"], name="review_due_by_day")]

    def __str__(self) -> str:
        return f"{self.page} {self.due_on}"


class DraftAccess(models.Model):
    """That a page's draft is for named people alone (仅限指定人员). The live text stays public."""

    page = models.OneToOneField(
        "wagtailcore.Page", models.CASCADE, related_name="draft_access", verbose_name=_("页面")
    )
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", verbose_name=_("指定人员")
    )
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("设定人")
    )
    set_at = models.DateTimeField(_("设定时间"), auto_now=True)

    class Meta:
        verbose_name = _("草稿限定")
        verbose_name_plural = _("草稿限定")

    def __str__(self) -> str:
        return f"{self.page} · {self.set_by}"
