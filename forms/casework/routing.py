"""Finds the unit that answers for a request, and says why.

The most specific published rule names a department and a level; from there the ladder goes up:
county, city, province, then civil affairs of the county, the city and the province. A unit that is
out of use, or that nobody works for, is passed over and named in the explanation. The last rung,
the province's civil affairs, always takes the request, so no request is ever without an owner.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from forms.casework.models.matters import Matter
from forms.casework.models.routing import LadderStep, RoutingRule, RoutingRuleSet, RuleLevel
from home.directory.models import Area, AreaLevel, Department, Membership, Role, Unit

logger = logging.getLogger(__name__)

PROVINCE_CODE = "210000"
GUARDIAN_DEPARTMENT = "civil-affairs"

_COUNTY_CITY_PROVINCE = (RuleLevel.SAME_COUNTY, RuleLevel.CITY, RuleLevel.PROVINCE)
_STEPS = {
    RuleLevel.SAME_COUNTY: LadderStep.COUNTY,
    RuleLevel.CITY: LadderStep.CITY,
    RuleLevel.PROVINCE: LadderStep.PROVINCE,
}
_CIVIL_AFFAIRS_STEPS = {
    RuleLevel.SAME_COUNTY: LadderStep.CIVIL_AFFAIRS_COUNTY,
    RuleLevel.CITY: LadderStep.CIVIL_AFFAIRS_CITY,
    RuleLevel.PROVINCE: LadderStep.CIVIL_AFFAIRS_PROVINCE,
}


class NoGuaranteedOwner(Exception):
    """The province's civil-affairs unit is missing: `load_reference` has never run."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One place to look: a department in the area that stands for a level."""

    step: LadderStep
    department: str
    area: str


@dataclass(frozen=True, slots=True)
class UnitFact:
    """What the ladder must know of a unit."""

    pk: int
    name: str
    active: bool
    staffed: bool


@dataclass(frozen=True, slots=True)
class RuleFact:
    """What choosing among rules must know of one."""

    pk: int
    ruleset: int
    matter: str
    area: str
    department: str
    level: RuleLevel


@dataclass(frozen=True, slots=True)
class Decision:
    """Who answers, by which rule, at which step, and the sentences that say why."""

    unit: Unit
    step: LadderStep
    explanation: list[str]
    ruleset_id: int | None = None
    rule_id: int | None = None
    unstaffed: bool = False


def places(chain: Sequence[tuple[str, str]]) -> dict[RuleLevel, str]:
    """The area that stands for each level, from a residence and its parents as (code, level).

    沈抚示范区 answers for itself at both the county's and the city's level. A residence outside the
    province leaves the province alone.
    """
    if not any(code == PROVINCE_CODE for code, _level in chain):
        return {RuleLevel.PROVINCE: PROVINCE_CODE}
    found = {RuleLevel.PROVINCE: PROVINCE_CODE}
    for code, level in chain:
        if level in (AreaLevel.COUNTY, AreaLevel.FUNCTIONAL):
            found[RuleLevel.SAME_COUNTY] = code
        if level in (AreaLevel.CITY, AreaLevel.FUNCTIONAL):
            found[RuleLevel.CITY] = code
    return found


def most_specific(
    rules: Iterable[RuleFact], matter: str, area_codes: Sequence[str]
) -> RuleFact | None:
    """The rule that fits best; `area_codes` goes from the residence up to the province."""
    nearness = {code: len(area_codes) - place for place, code in enumerate(area_codes)}
    fitting = [
        rule
        for rule in rules
        if rule.matter in ("", matter) and (not rule.area or rule.area in nearness)
    ]
    return max(
        fitting,
        key=lambda rule: (nearness.get(rule.area, 0), bool(rule.matter), -rule.pk),
        default=None,
    )


def ladder(department: str, begin: RuleLevel, areas: Mapping[RuleLevel, str]) -> list[Rung]:
    """Every place to look, in order, each once."""
    rungs: list[Rung] = []
    seen: set[tuple[str, str]] = set()

    def climb(code: str, begin: RuleLevel, steps: Mapping[RuleLevel, LadderStep]) -> None:
        for level in _COUNTY_CITY_PROVINCE[_COUNTY_CITY_PROVINCE.index(begin) :]:
            area = areas.get(level)
            if area and (code, area) not in seen:
                seen.add((code, area))
                rungs.append(Rung(steps[level], code, area))

    if department == GUARDIAN_DEPARTMENT:
        # A rule that begins higher up still ends at the province, never lower down again.
        climb(department, begin, _CIVIL_AFFAIRS_STEPS)
        return rungs
    climb(department, begin, _STEPS)
    climb(GUARDIAN_DEPARTMENT, RuleLevel.SAME_COUNTY, _CIVIL_AFFAIRS_STEPS)
    return rungs


def choose(
    rungs: Sequence[Rung], units: Mapping[tuple[str, str], UnitFact]
) -> tuple[Rung, UnitFact, list[str]]:
    """The first rung with somebody on it, and a sentence for each that was passed over.

    Raises `NoGuaranteedOwner` where even the last rung has no unit.
    """
    passed: list[str] = []
    last = rungs[-1]
    for rung in rungs:
        unit = units.get((rung.department, rung.area))
        if unit is None:
            passed.append(_("%(step)s：没有设立这个单位，上移一级。") % {"step": rung.step.label})
        elif unit.active and unit.staffed:
            passed.append(_("由%(unit)s承办（%(step)s）。") % _names(unit, rung))
            return rung, unit, passed
        elif rung is not last:
            why = _("目前没有在岗的经办人或负责人") if unit.active else _("已停用")
            passed.append(_("%(unit)s%(why)s，上移一级。") % {"unit": unit.name, "why": why})
    unit = units.get((last.department, last.area))
    if unit is None:
        raise NoGuaranteedOwner
    passed.append(
        _("各级都没有可以承办的单位，由%(unit)s兜底承办；该单位目前也没有在岗人员，需要尽快指派。")
        % {"unit": unit.name}
    )
    return last, unit, passed


def _names(unit: UnitFact, rung: Rung) -> dict[str, str]:
    return {"unit": unit.name, "step": str(rung.step.label)}


def route(
    matter: str, residence: Area | None, *, urgent: bool = False, today: date | None = None
) -> Decision:
    """Who answers for a matter of a family living there; four queries, whatever the rules.

    An urgent request skips the rules and goes to civil affairs, who protect minors, beginning in
    the county. Raises `NoGuaranteedOwner`.
    """
    chain = _chain(residence)
    areas = places([(area.code, area.level) for area in chain])
    codes = [area.code for area in chain]
    sentences: list[str] = []
    rule: RuleFact | None = None
    if not chain:
        sentences.append(_("没有填写居住地，由省级单位办理。"))
    elif PROVINCE_CODE not in codes:
        sentences.append(_("居住地不在本省，由省级单位办理。"))
    if urgent:
        sentences.append(_("紧急事项：不按事项分派，直接交民政部门（未成年人保护）。"))
    else:
        rule = most_specific(_rules_for(matter, codes), matter, codes)
        sentences.append(_say_rule(rule, matter))
        if rule is None:
            # A rule that can't resolve must be heard of: the text names no family.
            logger.error("No routing rule for matter %s; civil affairs takes it.", matter)
    rungs = ladder(
        rule.department if rule else GUARDIAN_DEPARTMENT,
        rule.level if rule else RuleLevel.SAME_COUNTY,
        areas,
    )
    return _decide(rungs, sentences, rule, today)


def _decide(
    rungs: Sequence[Rung], sentences: Sequence[str], rule: RuleFact | None, today: date | None
) -> Decision:
    rung, fact, passed = choose(rungs, _units_on(rungs, today or timezone.localdate()))
    unstaffed = not (fact.active and fact.staffed)
    if unstaffed:
        logger.error("Routing ended at unit %s, which nobody works for.", fact.pk)
    return Decision(
        unit=Unit.objects.select_related("area__parent", "department").get(pk=fact.pk),
        step=rung.step,
        explanation=[*sentences, *passed],
        ruleset_id=rule.ruleset if rule else None,
        rule_id=rule.pk if rule else None,
        unstaffed=unstaffed,
    )


def route_to_department(
    department: str, because: Sequence[str], *, today: date | None = None
) -> Decision:
    """Who answers for what is one department's of the province, whatever the rules of matters say.

    `because` are the sentences that say why this department. Raises `NoGuaranteedOwner`.
    """
    rungs = ladder(department, RuleLevel.PROVINCE, {RuleLevel.PROVINCE: PROVINCE_CODE})
    return _decide(rungs, because, None, today)


def guaranteed_owner() -> Unit | None:
    """The unit at the top of every ladder."""
    return Unit.objects.filter(
        department__code=GUARDIAN_DEPARTMENT, area__code=PROVINCE_CODE
    ).first()


def _chain(residence: Area | None) -> list[Area]:
    chain: list[Area] = []
    area = residence
    while area is not None:
        chain.append(area)
        area = area.parent
    return chain


def _say_rule(rule: RuleFact | None, matter: str) -> str:
    label = Matter(matter).label if matter in Matter.values else matter
    if rule is None:
        return _("没有适用于“%(matter)s”的分派规则，交民政部门。") % {"matter": label}
    department = Department.objects.get(code=rule.department)
    return _("按分派规则，“%(matter)s”由%(department)s办理，从%(level)s开始。") % {
        "matter": label,
        "department": department.short_name,
        "level": rule.level.label,
    }


def _rules_for(matter: str, codes: Sequence[str]) -> list[RuleFact]:
    current = (
        RoutingRuleSet.objects.filter(published_at__isnull=False)
        .order_by("-number")
        .values("pk")[:1]
    )
    rows = (
        RoutingRule.objects.filter(ruleset__in=current, matter__in=("", matter))
        .filter(Q(area__isnull=True) | Q(area__code__in=codes))
        .values_list("pk", "ruleset_id", "matter", "area__code", "department__code", "level")
    )
    return [
        RuleFact(pk, ruleset, of_matter, area or "", department, RuleLevel(level))
        for pk, ruleset, of_matter, area, department, level in rows
    ]


def _units_on(rungs: Sequence[Rung], today: date) -> dict[tuple[str, str], UnitFact]:
    at_work = Membership.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=today),
        Q(valid_to__isnull=True) | Q(valid_to__gte=today),
        unit=OuterRef("pk"),
        role__in=(Role.CLERK, Role.HEAD),
        user__is_active=True,
    )
    rows = (
        Unit.objects.filter(
            department__code__in={rung.department for rung in rungs},
            area__code__in={rung.area for rung in rungs},
        )
        .annotate(staffed=Exists(at_work))
        .values_list("pk", "name", "active", "staffed", "department__code", "area__code")
    )
    return {
        (department, area): UnitFact(pk, name, active, staffed)
        for pk, name, active, staffed, department, area in rows
    }
