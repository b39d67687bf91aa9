"""The case: a narrow row without a single answer in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forms.builder.models import Submission
from forms.casework.models.matters import Matter
from home.directory.models import Area, AreaLevel, Department, Role, Unit
from home.directory.selectors import active_memberships

if TYPE_CHECKING:
    from datetime import date

    from django.contrib.auth.models import AnonymousUser

    from home.directory.models import User


class State(models.TextChoices):
    PENDING_ACCEPTANCE = "pending_acceptance", _("待受理")
    IN_PROGRESS = "in_progress", _("办理中")
    AWAITING_APPLICANT = "awaiting_applicant", _("待补充")
    REPLIED = "replied", _("已答复")
    CLOSED = "closed", _("已办结")
    REJECTED = "rejected", _("不予受理")
    WITHDRAWN = "withdrawn", _("已撤回")
    MERGED = "merged", _("已并案")


OPEN_STATES = (
    State.PENDING_ACCEPTANCE,
    State.IN_PROGRESS,
    State.AWAITING_APPLICANT,
    State.REPLIED,
)
FINAL_STATES = tuple(state for state in State if state not in OPEN_STATES)


class Outcome(models.TextChoices):
    """How a closed case ended (办理结果)."""

    SOLVED = "solved", _("已解决")
    PARTLY_SOLVED = "partly_solved", _("部分解决")
    EXPLAINED = "explained", _("已解释说明")
    REFERRED = "referred", _("已引导至其他渠道")
    UNREACHABLE = "unreachable", _("无法联系")


def area_and_city(unit: Unit) -> tuple[Area, Area | None]:
    """The unit's area, and the city it lies in; a unit of the province has no city."""
    area = unit.area
    if area.level == AreaLevel.COUNTY:
        return area, area.parent
    return area, area if area.level in (AreaLevel.CITY, AreaLevel.FUNCTIONAL) else None


def _reach(user: User | AnonymousUser) -> tuple[bool, Q]:
    """Whether this person audits every case, and the cases whose content is theirs to read."""
    audits, readable = False, Q(pk__in=[])
    for membership in active_memberships(user):
        audits = audits or membership.role == Role.AUDITOR
        if membership.role not in (Role.CLERK, Role.HEAD):
            continue
        readable |= Q(owner_unit=membership.unit_id)
        unit = membership.unit
        if membership.role == Role.HEAD and unit.area.level == AreaLevel.PROVINCE:
            readable |= Q(department=unit.department_id)
        elif membership.role == Role.HEAD and unit.area.level == AreaLevel.CITY:
            readable |= Q(department=unit.department_id, city=unit.area_id)
    return audits, readable


class CaseQuerySet(models.QuerySet["Case"]):
    """Who may see which cases is decided here and nowhere else."""

    def visible_to(self, user: User | AnonymousUser) -> CaseQuerySet:
        """Cases this person may know of; everything that shows a case to staff starts here.

        A clerk and a head see what their units own. The head of a city's or the province's unit
        also reads the cases of the same department below. An auditor sees that each case exists.
        """
        audits, readable = _reach(user)
        return self.all() if audits else self.filter(readable)

    def readable_by(self, user: User | AnonymousUser) -> CaseQuerySet:
        """Those of the visible cases whose answers and texts this person may read."""
        return self.filter(_reach(user)[1])

    def open(self) -> CaseQuerySet:
        """Cases that still need somebody."""
        return self.filter(is_open=True)


class Case(models.Model):
    """A family's request, or a reader's correction, on its way through the departments (办件).

    It always has an owner. `version` counts what has happened to it and guards every change;
    `department` and `city` are the owner's, kept here so that a list needs one index and no join.
    """

    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="case", verbose_name=_("来件")
    )
    reference = models.CharField(_("编号"), max_length=12, unique=True)
    matter = models.CharField(_("事项"), max_length=20, choices=Matter.choices)
    area = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("居住地")
    )
    owner_unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="cases", verbose_name=_("承办单位")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="+", verbose_name=_("承办部门")
    )
    city = models.ForeignKey(
        Area, models.PROTECT, null=True, related_name="+", verbose_name=_("承办单位所在市")
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("经办人"),
    )
    state = models.CharField(
        _("状态"), max_length=20, choices=State.choices, default=State.PENDING_ACCEPTANCE
    )
    is_open = models.BooleanField(_("未结"), default=True)
    danger_level = models.PositiveSmallIntegerField(_("紧急程度"), default=0)
    received_at = models.DateTimeField(_("收到时间"))
    accept_due_on = models.DateField(_("受理期限"))
    accept_due_is_estimated = models.BooleanField(_("受理期限为推算"), default=False)
    reply_due_on = models.DateField(_("答复期限"))
    reply_due_is_estimated = models.BooleanField(_("答复期限为推算"), default=False)
    close_due_on = models.DateField(_("办结期限"), null=True)
    close_due_is_estimated = models.BooleanField(_("办结期限为推算"), default=False)
    next_due_at = models.DateTimeField(
        _("下一时限"), null=True, help_text=_("此刻起即为逾期；计时暂停和办结后为空")
    )
    clock_paused_at = models.DateTimeField(_("计时暂停于"), null=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True)
    outcome = models.CharField(_("办理结果"), max_length=16, choices=Outcome.choices, blank=True)
    version = models.PositiveIntegerField(_("版本"), default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("办件")
        verbose_name_plural = _("办件")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_open=True, state__in=OPEN_STATES)
                | Q(is_open=False, state__in=FINAL_STATES),
                name="a_case_is_open_exactly_in_open_states",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, state__in=OPEN_STATES)
                | Q(closed_at__isnull=False, state__in=FINAL_STATES),
                name="a_case_has_an_end_exactly_in_final_states",
            ),
            models.CheckConstraint(
                condition=(Q(state=State.CLOSED) & ~Q(outcome=""))
                | (~Q(state=State.CLOSED) & Q(outcome="")),
                name="a_case_has_an_outcome_exactly_when_closed",
            ),
            models.CheckConstraint(
                condition=Q(is_open=False)
                | Q(next_due_at__isnull=False)
                | Q(clock_paused_at__isnull=False),
                name="an_open_case_is_due_unless_its_clock_is_paused",
            ),
            models.CheckConstraint(
                condition=Q(clock_paused_at__isnull=True)
                | Q(state=State.AWAITING_APPLICANT, next_due_at__isnull=True),
                name="a_clock_is_paused_only_while_the_family_is_asked",
            ),
            models.CheckConstraint(
                condition=Q(is_open=True) | Q(next_due_at__isnull=True),
                name="a_finished_case_is_not_due",
            ),
            models.CheckConstraint(
                condition=Q(danger_level__lte=3), name="danger_levels_end_at_three"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="versions_begin_at_one"),
        ]
        indexes = [
            models.Index(
                fields=["owner_unit", "next_due_at", "id"],
                condition=Q(is_open=True),
                name="case_open_by_unit",
            ),
            models.Index(
                fields=["department", "city", "next_due_at", "id"],
                condition=Q(is_open=True),
                name="case_open_by_city",
            ),
            models.Index(
                fields=["department", "next_due_at", "id"],
                condition=Q(is_open=True),
                name="case_open_by_department",
            ),
            models.Index(
                fields=["assignee", "next_due_at"],
                condition=Q(is_open=True),
                name="case_open_by_assignee",
            ),
            models.Index(
                fields=["next_due_at"], condition=Q(is_open=True), name="case_open_by_due_time"
            ),
            models.Index(fields=["owner_unit", "-received_at", "-id"], name="case_by_unit"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_urgent(self) -> bool:
        """Whether a danger answer put this case on the hour clock."""
        return self.danger_level > 0

    @property
    def is_correction(self) -> bool:
        """Whether a reader reports a mistake in a text; no family is concerned."""
        return self.matter == Matter.CORRECTION

    @property
    def due_on(self) -> date | None:
        """The day by which the next thing must have happened; None while nothing is due."""
        if self.next_due_at is None:
            return None
        return {
            State.PENDING_ACCEPTANCE: self.accept_due_on,
            State.REPLIED: self.close_due_on,
        }.get(State(self.state), self.reply_due_on)

    @property
    def due_is_estimated(self) -> bool:
        """Whether that day rests on the weekday rule for want of the year's notice."""
        return {
            State.PENDING_ACCEPTANCE: self.accept_due_is_estimated,
            State.REPLIED: self.close_due_is_estimated,
        }.get(State(self.state), self.reply_due_is_estimated)

    @property
    def place(self) -> str:
        """Where the family lives; the province is named only where it is another one."""
        return self.area.full_name.removeprefix("辽宁省") if self.area else ""

    def give_to(self, unit: Unit) -> None:
        """Names the owner, with what lists need to know of it. The caller saves."""
        self.owner_unit = unit
        self.department_id = unit.department_id
        self.city = area_and_city(unit)[1]
