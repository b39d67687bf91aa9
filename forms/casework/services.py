"""Taking a request in: the case, why it went where it went, and the first line of its history."""

from __future__ import annotations

from django.db import transaction

from forms.builder.handlers import Answers
from forms.builder.models import Submission
from forms.casework import clocks, messages
from forms.casework.models import (
    Case,
    CaseEvent,
    Matter,
    RoutingDecision,
    Stage,
    State,
    Visibility,
)
from forms.casework.routing import route
from home.directory.selectors import area_by_code

DANGER_LEVEL = 2


def receive(submission: Submission, answers: Answers) -> Case:
    """Opens the case of a submission, with an owner, a clock and the mails, in one transaction.

    An unknown matter or area is not the family's fault: the ladder takes it to somebody who asks.
    """
    matter = answers.text("matter")
    if matter not in Matter.values:
        matter = Matter.GENERAL
    residence = area_by_code(answers.text("residence"))
    # Whatever was answered but a plain "no" counts: a form with odd choices must not hide a danger.
    urgent = answers.text("danger").strip() not in ("", "no")
    decision = route(matter, residence, urgent=urgent)
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
        messages.announce(event, family_has_mail=bool(answers.text("email")))
    return case
