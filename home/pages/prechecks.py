"""What stands against publishing a page as it is now (发布前检查).

A room above registers its checks in its `AppConfig.ready`; the editor's button, the workflow and a
release ask `findings` alike, so that the same sentence reaches the editor everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from wagtail.models import Page


class Severity(StrEnum):
    """Whether a finding keeps the page from going out, or is only said."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: a stable code, a whole Chinese sentence, and where.

    `place` is for people (第3条 · 正文), `field` the name of the editor's field, or empty.
    """

    code: str
    severity: Severity
    message: str
    place: str = ""
    field: str = ""


Check = Callable[[Page], Iterable[Finding]]
_checks: list[Check] = []


def register(check: Check) -> None:
    """Adds a check: from a page, as its draft would be published, to what it finds."""
    if check not in _checks:
        _checks.append(check)


def findings(page: Page) -> list[Finding]:
    """Everything found on the page's content in hand, what blocks first."""
    found = [finding for check in _checks for finding in check(page)]
    return sorted(found, key=lambda finding: finding.severity != Severity.BLOCK)


def reasons_not_to_publish(page: Page) -> list[str]:
    """The sentences that keep the page from being published; empty where nothing does."""
    return [finding.message for finding in findings(page) if finding.severity == Severity.BLOCK]
