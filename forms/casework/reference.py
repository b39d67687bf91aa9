"""Reference data of casework: always loaded, safe to repeat, never over what somebody changed."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.utils import timezone

from forms.casework.clocks import SUGGESTED_LIMITS
from forms.casework.models import Matter, RoutingRule, RoutingRuleSet, RuleLevel, TimeLimit
from forms.casework.routing import NoGuaranteedOwner, guaranteed_owner
from home.directory.models import Department

# The plan's own division of work; 二(三)2 names no lead for 心理关爱, so civil affairs coordinates.
DEPARTMENT_OF = {
    Matter.LIVING: "civil-affairs",
    Matter.EDUCATION: "education",
    Matter.MEDICAL: "medical-insurance",
    Matter.HOUSING: "housing",
    Matter.REHABILITATION: "disabled-federation",
    Matter.MENTAL: "civil-affairs",
    Matter.GUARDIANSHIP: "civil-affairs",
    Matter.EMPLOYMENT: "human-resources",
    Matter.GENERAL: "civil-affairs",
}

TIME_LIMITS_BEGIN = date(2025, 1, 1)


def load() -> None:
    """Loads the fallback rules and the default limits. Needs the directory's reference data.

    Raises `NoGuaranteedOwner` where the province's civil-affairs unit is missing.
    """
    with transaction.atomic():
        if guaranteed_owner() is None:
            raise NoGuaranteedOwner
        _load_rules()
        _load_limits()


def _load_rules() -> None:
    if RoutingRuleSet.objects.filter(published_at__isnull=False).exists():
        return
    ruleset, _made = RoutingRuleSet.objects.get_or_create(
        number=1, defaults={"note": "按行动计划的责任分工设定的基础规则"}
    )
    departments = {d.code: d for d in Department.objects.filter(code__in=DEPARTMENT_OF.values())}
    for matter, code in DEPARTMENT_OF.items():
        RoutingRule.objects.get_or_create(
            ruleset=ruleset,
            matter=matter,
            area=None,
            defaults={"department": departments[code], "level": RuleLevel.SAME_COUNTY},
        )
    ruleset.published_at = timezone.now()
    ruleset.save(update_fields=["published_at"])


def _load_limits() -> None:
    for stage, matter, amount, unit, source in SUGGESTED_LIMITS:
        TimeLimit.objects.get_or_create(
            stage=stage,
            matter=matter,
            valid_from=TIME_LIMITS_BEGIN,
            defaults={"amount": amount, "unit": unit, "source": source},
        )
