"""How long each stage may take, as rows that somebody can change and must justify."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from forms.casework.models.matters import Matter


class Stage(models.TextChoices):
    ACCEPT = "accept", _("受理")
    REPLY = "reply", _("答复")
    CLOSE = "close", _("答复后办结")
    URGENT = "urgent", _("紧急事项处置")


class LimitUnit(models.TextChoices):
    WORKING_DAY = "working_day", _("工作日")
    HOUR = "hour", _("小时")


class TimeLimit(models.Model):
    """A limit for one stage with its ground (办理时限).

    Counted from the moment of receipt, but for `close`, which counts from the reply. An empty
    `matter` means every matter that has no row of its own. The newest row that has begun counts.
    """

    stage = models.CharField(_("阶段"), max_length=8, choices=Stage.choices)
    matter = models.CharField(
        _("事项"),
        max_length=20,
        choices=Matter.choices,
        blank=True,
        help_text=_("留空表示没有单独规定的所有事项"),
    )
    amount = models.PositiveSmallIntegerField(_("时限"), validators=[MinValueValidator(1)])
    unit = models.CharField(
        _("单位"), max_length=12, choices=LimitUnit.choices, default=LimitUnit.WORKING_DAY
    )
    source = models.CharField(_("依据"), max_length=200)
    valid_from = models.DateField(_("生效日"))

    class Meta:
        verbose_name = _("办理时限")
        verbose_name_plural = _("办理时限")
        ordering = ["stage", "matter", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "matter", "valid_from"],
                name="one_limit_per_stage_matter_and_day",
                violation_error_message=_("这个阶段和事项在这一天已经有一条时限。"),
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gte=1),
                name="a_time_limit_is_at_least_one",
                violation_error_message=_("时限至少为1。"),
            ),
            models.CheckConstraint(
                condition=models.Q(stage=Stage.URGENT, unit=LimitUnit.HOUR)
                | (~models.Q(stage=Stage.URGENT) & models.Q(unit=LimitUnit.WORKING_DAY)),
                name="only_urgent_limits_count_hours",
                violation_error_message=_("紧急事项按小时计，其他阶段按工作日计。"),
            ),
        ]

    def __str__(self) -> str:
        matter = self.get_matter_display() if self.matter else _("所有事项")
        return f"{self.get_stage_display()} · {matter}：{self.amount}{self.get_unit_display()}"
