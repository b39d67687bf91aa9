"""What readers said of clauses: a plain count, and where they may report a mistake."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting


class ClauseUsefulness(models.Model):
    """How often a clause, as one edition has it, was called useful or not (是否有用).

    Two numbers and nothing about who said so. They go up by one UPDATE (home.policies.feedback).
    """

    clause_key = models.ForeignKey(
        "policies.ClauseKey",
        models.PROTECT,
        related_name="usefulness",
        verbose_name=_("条款"),
    )
    edition = models.ForeignKey(
        "policies.Edition", models.PROTECT, related_name="usefulness", verbose_name=_("版本")
    )
    useful = models.PositiveIntegerField(_("有用"), default=0)
    not_useful = models.PositiveIntegerField(_("没有用"), default=0)

    class Meta:
        verbose_name = _("条款反馈")
        verbose_name_plural = _("条款反馈")
        constraints = [
            models.UniqueConstraint(
                fields=["clause_key", "edition"],
                name="usefulness_is_counted_once_per_clause_and_edition",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clause_key_id}@{self.edition_id}: +{self.useful} -{self.not_useful}"


@register_setting(icon="edit")
class FeedbackSettings(BaseGenericSetting):
    """Where a reader's 我要纠错 leads (条款纠错). The form is a page of a room above this one."""

    correction_form = models.ForeignKey(
        "wagtailcore.Page",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("纠错表单"),
        help_text=_(
            "请选用途为“纠错”的表单页，每一条旁边的“我要纠错”都通向它。"
            "没有选，或者表单没有发布时，读者会看到主办单位的联系方式。"
        ),
    )

    panels = [FieldPanel("correction_form")]

    class Meta:
        verbose_name = _("条款纠错")
