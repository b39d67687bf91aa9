"""What the desk and the case page show."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms.builder.kinds import FieldType
from forms.builder.kinds import Role as FieldRole
from forms.builder.selectors import LabelledAnswer, answers_of, labelled_answers
from forms.casework import clocks
from forms.casework.attachments import ShownFile, shown_files
from forms.casework.corrections import clause_of
from forms.casework.masking import is_masked, mask_phone, masked
from forms.casework.models import Case, CaseEvent, Outcome, RoutingDecision, State, Visibility
from forms.casework.transitions import (
    BY_FAMILY,
    Transition,
    Who,
    deeds_for,
    label_of,
    may_act,
    sender_of,
)
from forms.vault.services import Erased, Unreadable, open_record
from home.directory.models import Role
from home.directory.selectors import units_of
from home.pages.whole_numbers import whole_number
from home.policies.feedback import CitedClause

if TYPE_CHECKING:
    from forms.casework.models.cases import CaseQuerySet
    from home.directory.models import User

logger = logging.getLogger(__name__)

ROLES = (Role.CLERK, Role.HEAD, Role.AUDITOR)
PAGE_SIZE = 50
COUNTED_UP_TO = 1000


@dataclass(frozen=True, slots=True)
class Tab:
    """One queue of the desk: which state, in which order."""

    name: str
    label: Any
    state: State | None
    order: str
    descending: bool = False


TABS = (
    Tab("pending", gettext_lazy("待受理"), State.PENDING_ACCEPTANCE, "next_due_at"),
    Tab("working", gettext_lazy("办理中"), State.IN_PROGRESS, "next_due_at"),
    # The clock stands still there, so whoever has waited longest comes first.
    Tab("asked", gettext_lazy("待补充"), State.AWAITING_APPLICANT, "received_at"),
    Tab("replied", gettext_lazy("已答复"), State.REPLIED, "next_due_at"),
    Tab("all", gettext_lazy("全部"), None, "received_at", descending=True),
)
TAB_BY_NAME = {tab.name: tab for tab in TABS}


class BadCursor(ValueError):
    """The place to continue from was not made by this list."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the desk."""

    case: Case
    contact: str
    light: str
    clause: str


@dataclass(frozen=True, slots=True)
class Listing:
    rows: list[Row]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """An answer on the case page; `can_be_revealed` where only a part of it is shown."""

    key: str
    label: str
    text: str
    can_be_revealed: bool


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """A line of the history; `text` is empty for who may not read it."""

    at: datetime
    label: str
    who: str
    text: str
    internal: bool
    outcome: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything on a case page."""

    case: Case
    readable: bool
    answers: list[ShownAnswer]
    answers_note: str
    files: list[ShownFile]
    events: list[ShownEvent]
    decision: RoutingDecision | None
    deeds: list[Transition]
    light: str
    clause: CitedClause | None
    clause_has_changed: bool


def counts(cases: CaseQuerySet) -> dict[str, str]:
    """How many cases each tab holds, as shown; two queries, the second never counts far."""
    by_state = {
        row["state"]: row["number"]
        for row in cases.open().order_by().values("state").annotate(number=Count("pk"))
    }
    shown = {tab.name: str(by_state.get(tab.state, 0)) for tab in TABS if tab.state}
    everything = cases.order_by().values("pk")[: COUNTED_UP_TO + 1].count()
    shown["all"] = f"{COUNTED_UP_TO}+" if everything > COUNTED_UP_TO else str(everything)
    return shown


def listing(cases: CaseQuerySet, tab: Tab, user: User, *, after: str = "") -> Listing:
    """One page of a tab. Raises `BadCursor`."""
    chosen = cases.filter(state=tab.state) if tab.state else cases
    if after:
        chosen = chosen.filter(_beyond(tab, after))
    sign = "-" if tab.descending else ""
    page = list(
        chosen.select_related(
            "area",
            "owner_unit",
            "assignee",
            "submission__record",
            "submission__form_version",
            "corrected_clause__clause_key__policy",
        ).order_by(f"{sign}{tab.order}", f"{sign}id")[: PAGE_SIZE + 1]
    )
    more, page = page[PAGE_SIZE:], page[:PAGE_SIZE]
    readable = set(
        Case.objects.readable_by(user)
        .filter(pk__in=[case.pk for case in page])
        .values_list("pk", flat=True)
    )
    lights = Lights()
    rows = [
        Row(
            case,
            _contact(case) if case.pk in readable else "",
            lights.of(case),
            str(case.corrected_clause.clause_key) if hasattr(case, "corrected_clause") else "",
        )
        for case in page
    ]
    return Listing(rows, _cursor(tab, page[-1]) if more else "")


class Lights:
    """Late and soon, by one look at the calendar for a whole list."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or timezone.now()
        today = timezone.localdate(self.now)
        self.soon = clocks.soon_until(today)
        # A limit of one working day would be amber from its first moment: there, the last day is.
        self.soon_to_accept = clocks.start_of(today + timedelta(days=1))

    def of(self, case: Case) -> str:
        """Which light a case shows: "late", "soon" or none."""
        if case.next_due_at is None:
            return ""
        if case.next_due_at <= self.now:
            return "late"
        pending = case.state == State.PENDING_ACCEPTANCE
        soon = self.soon_to_accept if pending else self.soon
        return "soon" if case.next_due_at <= soon else ""


def sheet(case: Case, user: User, *, reveal: str = "") -> Sheet:
    """A case page for who may see the case; `reveal` names the one answer to show in full.

    The caller has written the look into the access log if the answers are readable.
    """
    readable = Case.objects.readable_by(user).filter(pk=case.pk).exists()
    answers, note = _answers(case, reveal) if readable else ([], _("审计人员不查看填报内容。"))
    clause, changed = clause_of(case) if case.is_correction else (None, False)
    events = case.events.select_related("actor", "unit", "record").order_by("seq")
    return Sheet(
        case=case,
        readable=readable,
        answers=answers,
        answers_note=note,
        files=shown_files(case, readable=readable),
        events=[_event(case, event, readable=readable) for event in events],
        decision=case.routing_decisions.select_related("ruleset").order_by("-pk").first(),
        deeds=deeds_for(case, Who.UNIT) if may_act(user, case) else [],
        light=Lights().of(case),
        clause=clause,
        clause_has_changed=changed,
    )


def _answers(case: Case, reveal: str) -> tuple[list[ShownAnswer], str]:
    try:
        answers = labelled_answers(case.submission)
    except Erased:
        return [], _("填报内容已按保存期限删除。")
    except Unreadable:
        logger.exception("The record of case %s does not open.", case.pk)
        return [], _("填报内容暂时无法读取，请联系系统管理员。")
    return [_shown(answer, reveal) for answer in answers if _tells(answer)], ""


def _tells(answer: LabelledAnswer) -> bool:
    """Whether an answer is worth a line: a ticked notice is kept in the consent records, and a
    clause stands above the answers with its text."""
    return bool(answer.text) and answer.type not in (FieldType.CONSENT, FieldType.CLAUSE)


def _shown(answer: LabelledAnswer, reveal: str) -> ShownAnswer:
    masked_type = is_masked(answer.type, answer.role, answer.sensitivity)
    hidden = masked_type and not answer.is_forgotten and answer.key != reveal
    text = masked(answer.type, answer.role, answer.text) if hidden else answer.text
    return ShownAnswer(answer.key, answer.label, text, can_be_revealed=hidden)


def _event(case: Case, event: CaseEvent, *, readable: bool) -> ShownEvent:
    if event.kind in BY_FAMILY:
        who = sender_of(case)
    elif event.actor is not None:
        who = event.actor.get_short_name()
    else:
        who = _("系统")
    if event.actor is not None and event.unit is not None:
        who = f"{event.unit.name} {who}"
    outcome = event.data.get("outcome", "")
    return ShownEvent(
        at=event.at,
        label=label_of(event.kind, correction=case.is_correction),
        who=who,
        text=_text(event) if readable else "",
        internal=event.visibility == Visibility.UNIT,
        outcome=str(Outcome(outcome).label) if outcome else "",
    )


def _text(event: CaseEvent) -> str:
    if event.record is None:
        return ""
    try:
        document = open_record(event.record)
    except Erased:
        return _("内容已按保存期限删除。")
    except Unreadable:
        logger.exception("The text of case event %s does not open.", event.pk)
        return _("内容暂时无法读取，请联系系统管理员。")
    parts = [document.get("text", "")]
    if document.get("elsewhere"):
        parts.append(_("引导至：%s") % document["elsewhere"])
    return "\n".join(parts)


def _contact(case: Case) -> str:
    """The masked number on a line of the list; what can't be opened is left out there."""
    try:
        answers = answers_of(case.submission)
    except Erased:
        return ""
    except Unreadable:
        logger.exception("The record of case %s does not open.", case.pk)
        return ""
    phone = answers.text(FieldRole.PHONE) or answers.text(FieldRole.GUARDIAN_PHONE)
    return mask_phone(phone) if phone else ""


def _cursor(tab: Tab, case: Case) -> str:
    return f"{getattr(case, tab.order).isoformat()}_{case.pk}"


def _beyond(tab: Tab, cursor: str) -> Q:
    text, _separator, number = cursor.rpartition("_")
    try:
        moment = parse_datetime(text)
    except ValueError as error:
        raise BadCursor from error
    if moment is None or timezone.is_naive(moment) or not 2000 <= moment.year <= 9000:
        raise BadCursor  # near the calendar's ends no time zone can be applied
    pk = whole_number(number)
    if pk is None:
        raise BadCursor
    way = "lt" if tab.descending else "gt"
    return Q(**{f"{tab.order}__{way}": moment}) | Q(**{tab.order: moment, f"pk__{way}": pk})


def units_to_choose(user: User) -> Sequence[tuple[int, str]]:
    """The person's own units, for those who work for several."""
    return list(units_of(user, Role.CLERK, Role.HEAD).values_list("pk", "name"))
