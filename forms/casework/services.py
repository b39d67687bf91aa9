"""Taking a case in: its owner, why it went where it went, and the first line of its history."""

from __future__ import annotations

from django.db import transaction

from forms.builder.handlers import Answers
from forms.builder.models import Submission
from forms.casework import clocks, messages
from forms.casework.models import (
    REQUEST_MATTERS,
    Case,
    CaseEvent,
    Matter,
    RoutingDecision,
    Stage,
    State,
    Visibility,
)
from forms.casework.routing import Decision, route
from home.directory.models import Area
from home.directory.selectors import area_by_code

DANGER_LEVEL = 2


def receive(submission: Submission, answers: Answers) -> Case:
    """Opens the case of a family's request, with an owner, a clock and the mails.

    An unknown matter or area is not the family's fault: the ladder takes it to somebody who asks.
    """
    matter = answers.text("matter")
    if matter not in REQUEST_MATTERS:
        matter = Matter.GENERAL
    residence = area_by_code(answers.text("residence"))
    # Whatever was answered but a plain "no" counts: a form with odd choices must not hide a danger.
    urgent = answers.text("danger").strip() not in ("", "no")
    return open_case(
        submission,
        matter,
        route(matter, residence, urgent=urgent),
        residence=residence,
        urgent=urgent,
        sender_has_mail=bool(answers.text("email")),
    )


def open_case(
    submission: Submission,
    matter: str,
    decision: Decision,
    *,
    residence: Area | None = None,
    urgent: bool = False,
    sender_has_mail: bool = False,
) -> Case:
    """The case of a submission for whoever was found to answer for it, in one transaction."""
    received_at = submission.submitted_at
    accept = clocks.due(Stage.URGENT if urgent else Stage.ACCEPT, matter, received_at)
    reply = clocks.due(Stage.URGENT if urgent else Stage.REPLY, matter, received_at)
    with transaction.atomic():
        case = Case(
            submission=submission,
            reference=submission.reference,
            matter=matter,
            area=residence,
            danger_level=DANGER_LEVEL if urgent else 0,
            received_at=received_at,
            accept_due_on=accept.on,
            accept_due_is_estimated=accept.estimated,
            reply_due_on=reply.on,
            reply_due_is_estimated=reply.estimated,
            next_due_at=accept.at,
        )
        case.give_to(decision.unit)
        case.save(force_insert=True)
        RoutingDecision.objects.create(
            case=case,
            ruleset_id=decision.ruleset_id,
            rule_id=decision.rule_id,
            unit=decision.unit,
            step=decision.step,
            explanation=decision.explanation,
            unstaffed=decision.unstaffed,
        )
        event = CaseEvent.objects.create(
            case=case,
            seq=1,
            kind=messages.RECEIVED,
            state=State.PENDING_ACCEPTANCE,
            unit=decision.unit,
            visibility=Visibility.PUBLIC,
            at=received_at,
        )
        messages.announce(event, family_has_mail=sender_has_mail)
    return case
