"""What stands against publishing a page as it is now (发布前检查).

A room above registers its checks in its `AppConfig.ready`; the editor's button, the workflow and a
release ask `findings` alike, so that the same sentence reaches the editor everywhere. How severe a
rule is, the house decides (设置 › 发布前检查); what it does not decide is as the rule declares it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.log_actions import log
from wagtail.models import Page

from home.pages.checking.links import going_out_together
from home.pages.checking.walk import walking_once

if TYPE_CHECKING:
    from wagtail.actions.publish_revision import PublishRevisionAction

__all__ = [
    "Check",
    "Finding",
    "NotReady",
    "Rule",
    "Severity",
    "declare",
    "findings",
    "going_out_together",
    "noting",
    "overridden",
    "reasons_not_to_publish",
    "refuse_unready",
    "register",
    "rules",
]

logger = logging.getLogger(__name__)


class Severity(models.TextChoices):
    """Whether a finding keeps the page from going out, or is only said."""

    BLOCK = "block", _("必须改")
    WARN = "warn", _("请留意")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: a stable code, a whole Chinese sentence, and where.

    `place` is for people (二(二)1 · 正文), `field` the path of the editor's field
    (`clauses.12.text`), or empty. A sentence never holds personal data in full.
    """

    code: str
    severity: Severity
    message: str
    place: str = ""
    field: str = ""

    @property
    def blocks(self) -> bool:
        return self.severity == Severity.BLOCK

    @property
    def sentence(self) -> str:
        """Where, and what is to be mended: 二(二)1 · 正文：……"""
        return f"{self.place}：{self.message}" if self.place else self.message

    def as_data(self) -> dict[str, str]:
        """To be kept in a row."""
        return asdict(self)

    @classmethod
    def of_data(cls, kept: Mapping[str, str]) -> Finding:
        """The finding that a row keeps; rows of releases once kept no code and no field."""
        place, field = kept.get("place", ""), kept.get("field", "")
        severity = Severity(kept["severity"])
        return cls(kept.get("code", ""), severity, kept["message"], place, field)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code looks for, how severe it is unless the house says otherwise, and on what ground.

    `group` and `label` stand in the settings; `source` names the law or standard, or is empty.
    """

    code: str
    severity: Severity
    group: Any
    label: Any
    source: Any = ""

    def found(self, message: str, place: str = "", field: str = "") -> Finding:
        return Finding(self.code, self.severity, message, place, field)


class NotReady(Exception):
    """A page was not published because of what the check found.

    `reasons` are whole sentences, of what blocks alone; `findings` has the warnings too.
    """

    def __init__(self, page: Page, found: list[Finding]) -> None:
        self.page = page
        self.findings = found
        self.reasons = [finding.sentence for finding in found if finding.blocks]
        super().__init__(f"Page {page.pk} is not ready to be published: {' '.join(self.reasons)}")


Check = Callable[[Page], Iterable[Finding]]
_checks: list[Check] = []
_rules: dict[str, Rule] = {}


def register(check: Check) -> None:
    """Adds a check: from a page, as its draft would be published, to what it finds."""
    if check not in _checks:
        _checks.append(check)


def declare(*declared: Rule) -> None:
    """Makes rules known to the settings; a code is declared once."""
    for rule in declared:
        if _rules.setdefault(rule.code, rule) is not rule:
            raise ValueError(f"The rule {rule.code} is declared twice.")


def rules() -> list[Rule]:
    """Every declared rule, in the order of declaration."""
    return list(_rules.values())


def findings(page: Page) -> list[Finding]:
    """Everything found on the page's content in hand, what blocks first."""
    from home.pages.precheck_settings import PrecheckSettings

    decided = PrecheckSettings.decided()
    with walking_once():
        found = [finding for check in _checks for finding in check(page)]
    kept = [
        replace(finding, severity=severity)
        for finding in found
        if (severity := decided.get(finding.code, finding.severity)) is not None
    ]
    return sorted(kept, key=lambda finding: not finding.blocks)


def reasons_not_to_publish(page: Page) -> list[str]:
    """The sentences that keep the page from being published; empty where nothing does."""
    return [finding.sentence for finding in findings(page) if finding.blocks]


@dataclass(frozen=True, slots=True)
class Override:
    """An operator's decision to publish in spite of the check.

    What is found under one of the codes in `never` holds a page back all the same. `overruled` is
    filled with the sentences for each page that went out, by its primary key.
    """

    reason: str
    never: frozenset[str] = frozenset()
    overruled: dict[int, list[str]] = field(default_factory=dict)


_override: ContextVar[Override | None] = ContextVar("precheck_override", default=None)


@contextmanager
def overridden(reason: str, *, never: Collection[str] = ()) -> Iterator[Override]:
    """Inside, pages are published whatever the check finds; each that would not be is logged.

    For operators' commands and for loading what was published elsewhere; never for the admin.
    """
    if not reason.strip():
        raise ValueError("An override of the check needs a reason.")
    override = Override(reason, frozenset(never))
    token = _override.set(override)
    try:
        yield override
    finally:
        _override.reset(token)


_noted: ContextVar[list[Finding] | None] = ContextVar("precheck_findings", default=None)


@contextmanager
def noting() -> Iterator[list[Finding]]:
    """Fills a list with all that is found on what is published inside, warnings too.

    Publishing asks the check itself: whoever tells people what was found need not ask again.
    """
    found: list[Finding] = []
    token = _noted.set(found)
    try:
        yield found
    finally:
        _noted.reset(token)


def refuse_unready(action: PublishRevisionAction) -> None:
    """Raises NotReady where something stands against what the action would publish.

    Called by the wrapped action itself (home.pages.publishing), so that no way leads around it.
    """
    page = action.object
    if not isinstance(page, Page):
        return
    everything = findings(page.specific)
    if (noted := _noted.get()) is not None:
        noted += everything
    found = [finding for finding in everything if finding.blocks]
    if not found:
        return
    override = _override.get()
    held = [one for one in found if override is None or one.code in override.never]
    if override is None or held:
        raise NotReady(page, everything if override is None else held)
    reasons = [finding.sentence for finding in found]
    override.overruled[page.pk] = reasons
    logger.warning(
        "Page %s is published against %d findings: %s", page.pk, len(reasons), override.reason
    )
    log(
        instance=page,
        action="pages.check_overridden",
        user=action.user,
        revision=action.revision,
        data={"reason": override.reason, "findings": reasons},
    )
