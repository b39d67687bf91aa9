"""What may be done to a case: one table, and one function that is the only door.

Read the table as sentences: *from* this state, *this deed* by *these people* leads *there*, and
needs *these things*. Whatever is not in it can't happen. Of what may be done in a state, the usual
next deed stands first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms.builder.text import LONG_LIMIT, Damaged, clean_text
from forms.casework import clocks, messages
from forms.casework.models import Case, CaseEvent, Outcome, Stage, State, Visibility
from forms.vault import retention
from forms.vault import services as vault
from home.directory.models import Role
from home.directory.selectors import units_of

if TYPE_CHECKING:
    from home.directory.models import User

MAX_TEXT = LONG_LIMIT
# Whoever holds a code may write again, but not without end.
MAX_SUPPLEMENTS = 20
# As long as the family's page stays open.
PRESSED_TWICE_WITHIN = timedelta(minutes=30)


class Deed(models.TextChoices):
    """Something that is done to a case (办理动作); also the kind of the event it leaves."""

    ACCEPT = "accept", gettext_lazy("受理")
    REJECT = "reject", gettext_lazy("不予受理")
    ASK = "ask", gettext_lazy("请家庭补充")
    ANSWER = "answer", gettext_lazy("家庭回答")
    RESUME = "resume", gettext_lazy("恢复办理")
    REPLY = "reply", gettext_lazy("答复")
    CLOSE = "close", gettext_lazy("办结")
    NOTE = "note", gettext_lazy("内部备注")
    SUPPLEMENT = "supplement", gettext_lazy("家庭补充说明")
    WITHDRAW = "withdraw", gettext_lazy("家庭撤回")


class Who(Enum):
    UNIT = "clerk or head of the owning unit"
    FAMILY = "whoever holds reference and code"


class Need(Enum):
    TEXT = "text"
    ELSEWHERE = "elsewhere"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the table."""

    source: State
    deed: Deed
    target: State
    who: Who
    needs: frozenset[Need] = field(default_factory=frozenset)
    visibility: Visibility = Visibility.PUBLIC
    not_when_urgent: bool = False


def _row(
    source: State,
    deed: Deed,
    target: State,
    who: Who,
    *needs: Need,
    visibility: Visibility = Visibility.PUBLIC,
    not_when_urgent: bool = False,
) -> Transition:
    return Transition(source, deed, target, who, frozenset(needs), visibility, not_when_urgent)


def _note(state: State) -> Transition:
    return _row(state, Deed.NOTE, state, Who.UNIT, Need.TEXT, visibility=Visibility.UNIT)


def _supplement(state: State) -> Transition:
    return _row(state, Deed.SUPPLEMENT, state, Who.FAMILY, Need.TEXT)


def _withdraw(state: State) -> Transition:
    # Whoever holds the phone may be the one the child is in danger from.
    return _row(state, Deed.WITHDRAW, State.WITHDRAWN, Who.FAMILY, not_when_urgent=True)


PENDING, WORKING, ASKED, REPLIED = (
    State.PENDING_ACCEPTANCE,
    State.IN_PROGRESS,
    State.AWAITING_APPLICANT,
    State.REPLIED,
)
TRANSITIONS: tuple[Transition, ...] = (
    _row(PENDING, Deed.ACCEPT, WORKING, Who.UNIT),
    _row(
        PENDING,
        Deed.REJECT,
        State.REJECTED,
        Who.UNIT,
        Need.TEXT,
        Need.ELSEWHERE,
        not_when_urgent=True,
    ),
    _row(WORKING, Deed.REPLY, REPLIED, Who.UNIT, Need.TEXT),
    _row(WORKING, Deed.ASK, ASKED, Who.UNIT, Need.TEXT),
    _row(ASKED, Deed.ANSWER, WORKING, Who.FAMILY, Need.TEXT),
    _row(ASKED, Deed.RESUME, WORKING, Who.UNIT, Need.TEXT, visibility=Visibility.UNIT),
    _row(WORKING, Deed.CLOSE, State.CLOSED, Who.UNIT, Need.OUTCOME, Need.TEXT),
    _row(REPLIED, Deed.CLOSE, State.CLOSED, Who.UNIT, Need.OUTCOME),
    *(_note(state) for state in (PENDING, WORKING, ASKED, REPLIED)),
    # While the family is asked, what it writes is the answer.
    *(_supplement(state) for state in (PENDING, WORKING, REPLIED)),
    *(_withdraw(state) for state in (PENDING, WORKING, ASKED, REPLIED)),
)
# No deed of the table: it changes no state. An event all the same.
CONSENT_WITHDRAWN = "consent_withdrawn"
BY_FAMILY = frozenset(
    {CONSENT_WITHDRAWN} | {row.deed.value for row in TRANSITIONS if row.who is Who.FAMILY}
)
_TABLE = {(row.source, row.deed): row for row in TRANSITIONS}


class Conflict(Exception):
    """Somebody else was first: the page that was acted on is out of date."""

    def __init__(self, who: str, what: str, version: int) -> None:
        super().__init__(what)
        self.who = who
        self.what = what
        self.version = version


class NotAllowed(Exception):
    """The deed can't be done now, or not by this person; `message` says so in Chinese."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Incomplete(Exception):
    """Something the deed needs is missing; `need` names the field, `message` says what."""

    def __init__(self, need: Need, message: str) -> None:
        super().__init__(message)
        self.need = need
        self.message = message


def deeds_for(case: Case, who: Who) -> list[Transition]:
    """What may be done now, in the table's order."""
    return [
        row
        for row in TRANSITIONS
        if row.source == case.state
        and row.who == who
        and not (row.not_when_urgent and case.is_urgent)
    ]


def may_act(user: User, case: Case) -> bool:
    """Whether this person handles the cases of the owning unit."""
    return units_of(user, Role.CLERK, Role.HEAD).filter(pk=case.owner_unit_id).exists()


def done_before(case: Case, deed: str, text: str) -> CaseEvent | None:
    """The family's deed that this one repeats: its button pressed twice, its page sent again.

    The same words after the unit wrote to the family, or after half an hour, are meant anew.
    """
    if deed not in BY_FAMILY:
        return None
    last = (
        case.events.exclude(kind__in=(Deed.ACCEPT, Deed.NOTE))
        .select_related("record")
        .order_by("-seq")
        .first()
    )
    if last is None or last.kind != deed or timezone.now() - last.at > PRESSED_TWICE_WITHIN:
        return None
    return last if _text_of(last) == text.strip() else None


def _text_of(event: CaseEvent) -> str | None:
    if event.record is None:
        return ""
    try:
        return str(vault.open_record(event.record).get("text", ""))
    except (vault.Erased, vault.Unreadable):
        return None


def apply(
    case_id: int,
    deed: str,
    actor: User | None,
    *,
    expected_version: int | None,
    text: str = "",
    elsewhere: str = "",
    outcome: str = "",
) -> CaseEvent:
    """Does a deed in one transaction: case, event, sealed text and mails, all or nothing.

    `actor` None is the family, whose page carries no version (`expected_version` None). Raises
    `Case.DoesNotExist` where the actor may not even know of the case, `Conflict`, `NotAllowed` or
    `Incomplete`.
    """
    now = timezone.now()
    with transaction.atomic():
        visible = Case.objects.all() if actor is None else Case.objects.visible_to(actor)
        case = visible.select_for_update(of=("self",)).get(pk=case_id)
        if actor is None and (first := done_before(case, deed, text)) is not None:
            return first
        if expected_version is not None and case.version != expected_version:
            raise _conflict(case)
        row = _allowed(case, deed, actor)
        document = _document(row, text, elsewhere, outcome)
        changes = _changes(case, row, actor, outcome, now)
        # PostgreSQL's row lock and SQLite's immediate transaction already keep others out; the
        # comparison is what holds if either is ever taken away.
        if not Case.objects.filter(pk=case.pk, version=case.version).update(
            **changes, version=case.version + 1
        ):
            case.refresh_from_db()
            raise _conflict(case)
        event = CaseEvent.objects.create(
            case=case,
            seq=case.version + 1,
            kind=row.deed,
            state=row.target,
            actor=actor,
            unit=None if actor is None else case.owner_unit,
            visibility=row.visibility,
            data={"outcome": outcome} if Need.OUTCOME in row.needs else {},
            record=_sealed(case, document),
            at=now,
        )
        if row.target not in _OPEN:
            retention.count_from(case.submission.uuid, now)
        messages.announce(event)
        return event


def note_withdrawn_consent(case: Case) -> CaseEvent:
    """Writes into the history that the family took a consent back, and tells the unit."""
    with transaction.atomic():
        case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
        Case.objects.filter(pk=case.pk).update(version=case.version + 1)
        event = CaseEvent.objects.create(
            case=case,
            seq=case.version + 1,
            kind=CONSENT_WITHDRAWN,
            state=case.state,
            visibility=Visibility.PUBLIC,
            at=timezone.now(),
        )
        messages.announce(event)
        return event


def _allowed(case: Case, deed: str, actor: User | None) -> Transition:
    if deed not in Deed.values:
        raise NotAllowed(_("没有这个操作。"))
    row = _TABLE.get((State(case.state), Deed(deed)))
    who = Who.FAMILY if actor is None else Who.UNIT
    if row is None or row.who is not who:
        raise NotAllowed(
            _("这件事项现在是“%(state)s”，不能进行“%(deed)s”。")
            % {"state": case.get_state_display(), "deed": Deed(deed).label}
        )
    if actor is not None and not may_act(actor, case):
        raise NotAllowed(_("您可以查看这件事项，但它由%s承办。") % case.owner_unit.name)
    if row.not_when_urgent and case.is_urgent:
        raise NotAllowed(_("这件事项涉及安全，不能这样结束。如有变化，请直接告诉承办单位。"))
    if row.deed is Deed.SUPPLEMENT:
        written = case.events.filter(kind=Deed.SUPPLEMENT).count()
        if written >= MAX_SUPPLEMENTS:
            raise NotAllowed(_("您已经补充了%d次，请等承办单位联系您。") % written)
    return row


def _document(row: Transition, text: str, elsewhere: str, outcome: str) -> dict[str, str]:
    """What is to be sealed, checked; empty where nothing was written."""
    document = {}
    for need, typed in ((Need.TEXT, text), (Need.ELSEWHERE, elsewhere)):
        try:
            value = clean_text(typed, lines=True)
        except Damaged:
            message = _("文字里有无法识别的字符，请删去后再提交。")
            raise Incomplete(need, message) from None
        if need in row.needs and not value:
            raise Incomplete(need, _MISSING[need](row))
        if len(value) > MAX_TEXT:
            raise Incomplete(need, _("最多%d个字，请缩短一些。") % MAX_TEXT)
        if value and (need in row.needs or need is Need.TEXT):
            document[need.value] = value
    if Need.OUTCOME in row.needs and outcome not in Outcome.values:
        raise Incomplete(Need.OUTCOME, _("请选择办理结果。"))
    return document


_MISSING = {
    Need.TEXT: lambda row: {
        Deed.REJECT: _("请写明不予受理的理由。"),
        Deed.ASK: _("请写明需要家庭补充什么。"),
        Deed.ANSWER: _("请写下您的回答。"),
        Deed.SUPPLEMENT: _("请写下您要补充的内容。"),
        Deed.REPLY: _("请写明答复内容。"),
        Deed.CLOSE: _("直接办结时，请写明给家庭的说明。"),
    }.get(row.deed, _("请填写内容。")),
    Need.ELSEWHERE: lambda _row: _("请写明家庭可以向哪里求助。"),
}


def _changes(
    case: Case, row: Transition, actor: User | None, outcome: str, now: datetime
) -> dict[str, Any]:
    """The columns a deed changes; the clock follows the state."""
    changes: dict[str, Any] = {"state": row.target, "is_open": row.target in _OPEN}
    if row.target not in _OPEN:
        changes |= {"closed_at": now, "next_due_at": None, "clock_paused_at": None}
        if row.deed is Deed.CLOSE:
            changes["outcome"] = outcome
    elif row.deed is Deed.ACCEPT:
        changes["assignee"] = actor
        if not case.is_urgent:
            changes["next_due_at"] = clocks.start_of(case.reply_due_on + timedelta(days=1))
    elif row.deed is Deed.ASK and not case.is_urgent:
        changes |= {"clock_paused_at": now, "next_due_at": None}
    elif row.deed in (Deed.ANSWER, Deed.RESUME) and case.clock_paused_at is not None:
        reply = clocks.postponed(case.reply_due_on, case.clock_paused_at, now)
        changes |= {
            "clock_paused_at": None,
            "next_due_at": reply.at,
            "reply_due_on": reply.on,
            "reply_due_is_estimated": reply.estimated or case.reply_due_is_estimated,
        }
    elif row.deed is Deed.REPLY:
        close = clocks.due(Stage.CLOSE, case.matter, now)
        changes |= {
            "next_due_at": close.at,
            "close_due_on": close.on,
            "close_due_is_estimated": close.estimated,
        }
    return changes


_OPEN: Sequence[State] = (PENDING, WORKING, ASKED, REPLIED)


def _sealed(case: Case, document: dict[str, str]) -> Any:
    return vault.seal_beside(case.submission.record, document) if document else None


def _conflict(case: Case) -> Conflict:
    last = case.events.select_related("actor").order_by("-seq").first()
    if last is None:
        return Conflict(_("系统"), _("更新"), case.version)
    who = last.actor.get_full_name() or last.actor.username if last.actor else sender_of(case)
    return Conflict(who, label_of(last.kind, correction=case.is_correction), case.version)


# A correction comes from a reader; no family has anything to do with it.
_OF_A_CORRECTION = {
    messages.RECEIVED: gettext_lazy("收到纠错"),
    Deed.ASK.value: gettext_lazy("请读者补充"),
    Deed.ANSWER.value: gettext_lazy("读者回答"),
    Deed.SUPPLEMENT.value: gettext_lazy("读者补充说明"),
    Deed.WITHDRAW.value: gettext_lazy("读者撤回"),
}


def label_of(kind: str, *, correction: bool = False) -> str:
    """What an event of this kind is called."""
    if correction and kind in _OF_A_CORRECTION:
        return str(_OF_A_CORRECTION[kind])
    if kind == CONSENT_WITHDRAWN:
        return _("撤回一份同意书")
    return str(Deed(kind).label) if kind in Deed.values else _("收到求助")


def sender_of(case: Case) -> str:
    """What whoever sent the case in is called."""
    return _("读者") if case.is_correction else _("家庭")
