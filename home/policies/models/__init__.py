"""Policy documents and what explains them, one concept a file."""

from home.policies.models.clause import Clause, ClauseKey
from home.policies.models.edition import Edition
from home.policies.models.feedback import ClauseUsefulness, FeedbackSettings
from home.policies.models.imports import PolicyImport
from home.policies.models.interpretation import (
    InterpretationClause,
    InterpretationIndexPage,
    InterpretationPage,
)
from home.policies.models.policy import (
    PolicyAttachment,
    PolicyIndexPage,
    PolicyIssuer,
    PolicyPage,
    PolicyStage,
)
from home.policies.models.validity import Validity
from home.policies.models.working_copy import WorkingCopy

__all__ = [
    "Clause",
    "ClauseKey",
    "ClauseUsefulness",
    "Edition",
    "FeedbackSettings",
    "InterpretationClause",
    "InterpretationIndexPage",
    "InterpretationPage",
    "PolicyAttachment",
    "PolicyImport",
    "PolicyIndexPage",
    "PolicyIssuer",
    "PolicyPage",
    "PolicyStage",
    "Validity",
    "WorkingCopy",
]
