"""People and places: who works here, for which unit, and for which area."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in (用户). What they may do follows from their memberships alone."""

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")

    def get_full_name(self) -> str:
        """Family name first and no space between, as Chinese names are written."""
        return f"{self.last_name}{self.first_name}".strip()

    def get_short_name(self) -> str:
        return self.get_full_name() or self.username


class AreaLevel(models.TextChoices):
    PROVINCE = "province", _("省级")
    CITY = "city", _("市级")
    COUNTY = "county", _("县级")
    # 沈抚示范区 has no GB/T 2260 code of its own; it answers for itself like a city.
    FUNCTIONAL = "functional", _("功能区")


# Rows of GB/T 2260 that stand for no place: people say 北京市东城区, not 北京市市辖区东城区.
PLACEHOLDER_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


class Area(models.Model):
    """An administrative area by its GB/T 2260 code (行政区划), of the whole country.

    Families come from other provinces, so every province is here; units exist for Liaoning only.
    """

    code = models.CharField(_("代码"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=50)
    full_name = models.CharField(_("全称"), max_length=120, help_text=_("如：辽宁省沈阳市和平区"))
    level = models.CharField(_("级别"), max_length=12, choices=AreaLevel.choices)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("上级"),
    )

    class Meta:
        verbose_name = _("行政区划")
        verbose_name_plural = _("行政区划")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.full_name

    @property
    def is_placeholder(self) -> bool:
        """Whether this row only holds others together and is never shown as a place."""
        return self.name in PLACEHOLDER_NAMES


class Department(models.Model):
    """A kind of public body, the same at every level (部门): 民政, 教育, 团委 …

    `name` is its full name at provincial level, `local_name` what stands behind an area's name
    ("民政局", "委政法委"), `aliases` every other way people write it.
    """

    code = models.SlugField(_("代码"), unique=True)
    name = models.CharField(_("省级全称"), max_length=50, unique=True)
    short_name = models.CharField(_("简称"), max_length=20, unique=True)
    local_name = models.CharField(_("市县名称"), max_length=30)
    aliases = models.JSONField(_("别名"), default=list, blank=True)
    sort_order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    class Meta:
        verbose_name = _("部门")
        verbose_name_plural = _("部门")
        ordering = ["sort_order", "code"]

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A department in one area (单位): the body that answers for a case.

    Its name is derived when it is first loaded (data/README.md) and belongs to the administrators
    from then on. An inactive unit is given no new case; its people keep their rights to old ones.
    """

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="units", verbose_name=_("部门")
    )
    area = models.ForeignKey(Area, models.PROTECT, related_name="units", verbose_name=_("区划"))
    name = models.CharField(_("名称"), max_length=80)
    email = models.EmailField(_("工作邮箱"), blank=True)
    phone = models.CharField(_("公开电话"), max_length=40, blank=True)
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        ordering = ["area__code", "department__sort_order"]
        constraints = [
            models.UniqueConstraint(
                fields=["department", "area"], name="one_unit_per_department_and_area"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    CLERK = "clerk", _("经办人")
    HEAD = "head", _("负责人")
    ORGANISER = "organiser", _("活动组织者")
    EDITOR = "editor", _("编辑")
    REVIEWER = "reviewer", _("审核人")
    AUDITOR = "auditor", _("审计员")
    ADMINISTRATOR = "administrator", _("系统管理员")


class Membership(models.Model):
    """What a person may do for a unit (任职). The only source of rights.

    Both dates are days on which it holds. `services.apply_memberships` derives Wagtail's groups
    from it. It never moves to another person, unit or role: it is ended and another one made.
    """

    user = models.ForeignKey(
        User, models.CASCADE, related_name="memberships", verbose_name=_("用户")
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="memberships", verbose_name=_("单位")
    )
    role = models.CharField(_("角色"), max_length=16, choices=Role.choices)
    valid_from = models.DateField(
        _("起始日"), null=True, blank=True, help_text=_("当日起有效；不填为即日起")
    )
    valid_to = models.DateField(
        _("终止日"), null=True, blank=True, help_text=_("当日仍有效；不填为长期")
    )

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "unit", "role"],
                name="a_role_is_held_once_per_unit",
                violation_error_code="already_held",
                violation_error_message=_("此人在该单位已有这一角色，请修改原有任职的起止日。"),
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_from__lte=models.F("valid_to")),
                name="a_membership_ends_after_it_begins",
                violation_error_message=_("终止日不能早于起始日。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} · {self.get_role_display()}"


class WorkdayException(models.Model):
    """A day on which the weekday rule does not hold (节假日与调休)."""

    class Kind(models.TextChoices):
        OFF = "off", _("放假")
        WORK = "work", _("调休上班")

    date = models.DateField(_("日期"), unique=True)
    kind = models.CharField(_("类别"), max_length=4, choices=Kind.choices)
    note = models.CharField(_("说明"), max_length=100, blank=True)
    source = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("工作日例外")
        verbose_name_plural = _("工作日例外")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.get_kind_display()}"
