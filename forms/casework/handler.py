"""What a form of the kind "request" sets off, and what its receipt and tracking page say."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms.builder.handlers import Answers, FamilyDeed, Receipt, Refused, Step, Tracking
from forms.builder.models import FormPage, Submission
from forms.casework import services
from forms.casework.messages import RECEIVED
from forms.casework.models import REQUEST_MATTERS, Case, CaseEvent, State, Visibility
from forms.casework.transitions import (
    BY_FAMILY,
    MAX_TEXT,
    Conflict,
    Deed,
    Incomplete,
    NotAllowed,
    Who,
    apply,
    deeds_for,
    done_before,
    label_of,
    note_withdrawn_consent,
)
from forms.vault.models import Consent
from forms.vault.services import Erased, Unreadable, open_record

logger = logging.getLogger(__name__)
KIND = "request"
_ANSWERS_TO_FAMILY = (Deed.REPLY, Deed.REJECT, Deed.CLOSE)


class RequestHandler:
    """Turns a request into a case (see `forms.builder.handlers.Handler`)."""

    required_roles: tuple[str, ...] = ("matter", "residence", "danger", "phone", "consent")
    received_label: Any = gettext_lazy("收到您的求助")

    def choices(self, page: FormPage, role: str) -> list[tuple[str, str]] | None:
        """Matters and the danger question are fixed: routing and the hour clock hang on them."""
        if role == "matter":
            return [(matter.value, str(matter.label)) for matter in REQUEST_MATTERS]
        if role == "danger":
            return [("no", _("没有")), ("yes", _("有，孩子现在或随时可能受到伤害"))]
        return None

    def receive(self, submission: Submission, answers: Answers) -> None:
        services.receive(submission, answers)

    def receipt(self, submission: Submission) -> Receipt:
        case = case_of(submission)
        unit = case.owner_unit.name
        if case.is_urgent:
            return Receipt(
                result="received",
                heading=_("已收到，已按紧急事项送达%s") % unit,
                sentences=(
                    _("请不要等待本网站的回复：孩子正处于危险中时，请立即拨打110。"),
                    _("承办单位会尽快联系您，最迟%s。") % _day(case.accept_due_on),
                ),
                in_danger=True,
            )
        return Receipt(
            result="received", heading=_("已收到您的求助"), sentences=who_and_by_when(case)
        )

    def tracking(self, submission: Submission) -> Tracking:
        case = case_of(submission)
        events = list(
            case.events.filter(visibility=Visibility.PUBLIC)
            .select_related("record")
            .order_by("seq")
        )
        replies = [
            Step(at=event.at, label=label_of(event.kind), text=_public_text(event))
            for event in reversed(events)
            if event.kind in _ANSWERS_TO_FAMILY and event.record_id is not None
        ]
        return Tracking(
            state=case.state,
            state_label=case.get_state_display(),
            unit=case.owner_unit.name,
            next_step=_next_step(case),
            due_on=case.due_on,
            due_is_estimated=case.due_on is not None and case.due_is_estimated,
            replies=replies,
            steps=[self._step(event) for event in events],
            question=_open_question(case, events),
            deeds=[_family_deed(row.deed) for row in deeds_for(case, Who.FAMILY)],
        )

    def _step(self, event: CaseEvent) -> Step:
        if event.kind == RECEIVED:
            label = str(self.received_label)
        else:
            label = str(_FAMILY_LABELS.get(event.kind) or label_of(event.kind))
        return Step(at=event.at, label=label, from_family=event.kind in BY_FAMILY)

    def consent_withdrawn(self, submission: Submission, consent: Consent) -> bool:
        """Writes it into the history and tells the unit; the case itself rests on a duty."""
        note_withdrawn_consent(case_of(submission))
        return False

    def just_done(self, submission: Submission, deed: str, text: str) -> bool:
        return done_before(case_of(submission), deed, text) is not None

    def act(self, submission: Submission, deed: str, text: str) -> None:
        case = case_of(submission)
        try:
            apply(case.pk, deed, None, expected_version=None, text=text)
        except (NotAllowed, Incomplete) as refusal:
            raise Refused("not-possible", refusal.message) from refusal
        except Conflict as conflict:
            message = _("这件事项刚刚有了变化，请刷新页面后再试。您写的内容没有提交。")
            raise Refused("changed", message) from conflict


def who_and_by_when(case: Case) -> tuple[str, ...]:
    """What a receipt says of a case on the clock of days."""
    return (
        _("承办单位：%s。") % case.owner_unit.name,
        _("最迟%(accept)s受理，%(reply)s答复。")
        % {"accept": _day(case.accept_due_on), "reply": _day(case.reply_due_on)}
        + _estimated(case.accept_due_is_estimated or case.reply_due_is_estimated),
    )


def case_of(submission: Submission) -> Case:
    case: Case = Case.objects.select_related("owner_unit", "submission").get(submission=submission)
    return case


def _day(day: date) -> str:
    return date_format(day, "Y年n月j日")


def _estimated(estimated: bool) -> str:
    return _("（次年放假安排尚未公布，日期暂按周末推算。）") if estimated else ""


def _next_step(case: Case) -> str:
    return {
        State.PENDING_ACCEPTANCE: _("承办单位受理"),
        State.IN_PROGRESS: _("承办单位答复"),
        State.AWAITING_APPLICANT: _("请您补充说明，收到后继续办理"),
        State.REPLIED: _("承办单位办结"),
    }.get(State(case.state), "")


_FAMILY_LABELS = {
    Deed.ASK.value: gettext_lazy("请您补充说明"),
    Deed.ANSWER.value: gettext_lazy("您作了回答"),
    Deed.SUPPLEMENT.value: gettext_lazy("您补充了说明"),
    Deed.WITHDRAW.value: gettext_lazy("您撤回了事项"),
}


def _open_question(case: Case, events: list[CaseEvent]) -> str:
    if case.state != State.AWAITING_APPLICANT:
        return ""
    asked = [event for event in events if event.kind == Deed.ASK]
    return _public_text(asked[-1]) if asked else ""


def _public_text(event: CaseEvent) -> str:
    """What the unit wrote to the family, whose code opened this page."""
    if event.record is None:
        return ""
    try:
        document = open_record(event.record)
    except Erased:
        return _("内容已按保存期限删除。")
    except Unreadable:
        logger.exception("The record of case event %s does not open.", event.pk)
        return _("内容暂时无法读取，请联系承办单位。")
    parts = [document.get("text", "")]
    if document.get("elsewhere"):
        parts.append(_("您可以向这里求助：%s") % document["elsewhere"])
    return "\n".join(part for part in parts if part)


def _family_deed(deed: Deed) -> FamilyDeed:
    if deed in (Deed.ANSWER, Deed.SUPPLEMENT):
        return FamilyDeed(
            name=deed.value,
            label=_("提交回答") if deed is Deed.ANSWER else _("补充说明"),
            help_text=_("最多%d个字。请不要写银行卡号和密码。") % MAX_TEXT,
            asks_text=True,
        )
    return FamilyDeed(
        name=deed.value,
        label=_("撤回这件事项"),
        help_text=_("撤回后承办单位不再办理；需要时可以重新提交。"),
        confirm=True,
    )
