"""Cases, where they go, how long they may take, and what has happened to them."""

from forms.casework.models.cases import FINAL_STATES, OPEN_STATES, Case, Outcome, State
from forms.casework.models.corrections import CorrectedClause
from forms.casework.models.events import CaseEvent, Visibility
from forms.casework.models.limits import LimitUnit, Stage, TimeLimit
from forms.casework.models.matters import REQUEST_MATTERS, Matter
from forms.casework.models.routing import (
    LadderStep,
    RoutingDecision,
    RoutingRule,
    RoutingRuleSet,
    RuleLevel,
)

__all__ = [
    "FINAL_STATES",
    "OPEN_STATES",
    "REQUEST_MATTERS",
    "Case",
    "CaseEvent",
    "CorrectedClause",
    "LadderStep",
    "LimitUnit",
    "Matter",
    "Outcome",
    "RoutingDecision",
    "RoutingRule",
    "RoutingRuleSet",
    "RuleLevel",
    "Stage",
    "State",
    "TimeLimit",
    "Visibility",
]
