"""Who answers for what: rules in numbered sets, and why a case came to its unit."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forms.casework.models.matters import Matter
from forms.vault.immutable import WrittenOnceModel
from home.directory.models import Area, Department, Unit


class RuleLevel(models.TextChoices):
    SAME_COUNTY = "same_county", _("居住地县级")
    CITY = "city", _("居住地市级")
    PROVINCE = "province", _("省级")


class LadderStep(models.TextChoices):
    """Where on the way up an owner was found (层级)."""

    COUNTY = "county", _("居住地县级单位")
    CITY = "city", _("居住地市级单位")
    PROVINCE = "province", _("省级单位")
    CIVIL_AFFAIRS_COUNTY = "civil_affairs_county", _("居住地县级民政部门")
    CIVIL_AFFAIRS_CITY = "civil_affairs_city", _("居住地市级民政部门")
    CIVIL_AFFAIRS_PROVINCE = "civil_affairs_province", _("省级民政部门")


class RoutingRuleSet(models.Model):
    """A published whole of rules (分派规则集): the highest published number counts."""

    number = models.PositiveIntegerField(_("编号"), unique=True)
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("分派规则集")
        verbose_name_plural = _("分派规则集")
        ordering = ["-number"]

    def __str__(self) -> str:
        return str(_("第%(number)s版") % {"number": self.number})


class RoutingRule(models.Model):
    """Sends a matter, or an area's matters, to a department at a level (分派规则).

    The most specific rule wins: its area first (county before city before province before none),
    then its matter (a named one before every one).
    """

    ruleset = models.ForeignKey(
        RoutingRuleSet, models.PROTECT, related_name="rules", verbose_name=_("规则集")
    )
    matter = models.CharField(
        _("事项"),
        max_length=20,
        choices=Matter.choices,
        blank=True,
        help_text=_("留空表示所有事项"),
    )
    area = models.ForeignKey(
        Area,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("居住地"),
        help_text=_("留空表示所有地区；填写上级地区时，其下级同样适用"),
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("部门")
    )
    level = models.CharField(
        _("起始层级"), max_length=12, choices=RuleLevel.choices, default=RuleLevel.SAME_COUNTY
    )

    class Meta:
        verbose_name = _("分派规则")
        verbose_name_plural = _("分派规则")
        constraints = [
            models.UniqueConstraint(
                fields=["ruleset", "matter", "area"], name="one_rule_per_set_matter_and_area"
            ),
            # NULLs are distinct to a unique index, so a rule for every area needs its own.
            models.UniqueConstraint(
                fields=["ruleset", "matter"],
                condition=Q(area__isnull=True),
                name="one_rule_per_set_and_matter_for_all_areas",
            ),
        ]

    def __str__(self) -> str:
        matter = self.get_matter_display() if self.matter else _("所有事项")
        area = self.area or _("所有地区")
        return f"{matter} · {area} → {self.department}（{self.get_level_display()}）"


class RoutingDecision(WrittenOnceModel):
    """Why a case came to its unit (分派说明): kept as it was understood at that moment."""

    case = models.ForeignKey(
        "casework.Case", models.PROTECT, related_name="routing_decisions", verbose_name=_("办件")
    )
    ruleset = models.ForeignKey(
        RoutingRuleSet, models.PROTECT, null=True, related_name="+", verbose_name=_("规则集")
    )
    rule = models.ForeignKey(
        RoutingRule, models.PROTECT, null=True, related_name="+", verbose_name=_("规则")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("承办单位"))
    step = models.CharField(_("层级"), max_length=24, choices=LadderStep.choices)
    explanation = models.JSONField(_("说明"), help_text=_("一句一行"))
    unstaffed = models.BooleanField(_("无人值守"), default=False)
    made_at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("分派说明")
        verbose_name_plural = _("分派说明")
        ordering = ["case", "id"]

    def __str__(self) -> str:
        return f"{self.unit} · {self.get_step_display()}"
