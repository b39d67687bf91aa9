"""Who may consent for a child, and what a consent leaves to be done.

Only texts whose ground is consent are meant; of a notice (a statutory duty) anybody may take note.
Under 14 a parent or other guardian must consent (PIPL 31); from 14 on it is the child's own consent
that counts, and the guardian is told (困境儿童个人信息保护工作办法).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from forms.builder.handlers import Answers, Refused
from forms.builder.kinds import Role
from forms.vault.models import Basis, Consent, ConsentDuty, ConsentText

# PIPL 28: the personal data of a child under 14 is sensitive.
CONSENTS_ITSELF_FROM = 14
_GIVERS = {
    "self": Consent.GivenBy.CHILD,
    "child": Consent.GivenBy.CHILD,
    "parent": Consent.GivenBy.GUARDIAN,
    "guardian": Consent.GivenBy.GUARDIAN,
}


def child_age(answers: Answers, today: date) -> int | None:
    """The child's age in whole years, from its birth date or as it was told; None if unknown."""
    answer = answers.text(Role.CHILD_AGE)
    try:
        born = parse_date(answer)
    except ValueError:
        return None
    if born is not None:
        return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    try:
        told = Decimal(answer)
    except InvalidOperation:
        return None
    return int(told) if told.is_finite() else None


def giver_of(text: ConsentText, answers: Answers) -> Consent.GivenBy:
    """Who ticked a text, by what the form asked."""
    if Role.APPLICANT in answers.by_role:
        return _GIVERS.get(answers.text(Role.APPLICANT), Consent.GivenBy.AGENT)
    # A consent's own words say who ticks it ("我是孩子的父母或其他监护人"); a notice's don't.
    if text.basis == Basis.CONSENT:
        return Consent.GivenBy.GUARDIAN
    return Consent.GivenBy.UNSTATED


def wrong_giver(text: ConsentText, given_by: str, age: int | None) -> str:
    """What to say where somebody ticked who may not consent for this child; else nothing."""
    if text.basis != Basis.CONSENT:
        return ""
    said = ""
    if given_by == Consent.GivenBy.AGENT:
        said = _("“%s”要由孩子的父母或者其他监护人来同意，别人不能代为同意。请让监护人来填写。")
    elif given_by == Consent.GivenBy.CHILD and age is None:
        said = _("由孩子自己同意“%s”，须已满14周岁。请填写年龄，或者让监护人来填写。")
    elif given_by == Consent.GivenBy.CHILD and (age or 0) < CONSENTS_ITSELF_FROM:
        said = _("孩子不满14周岁，“%s”要由父母或者其他监护人来同意。请让监护人来填写。")
    return said % text.title if said else ""


def refuse_wrong_giver(text: ConsentText, given_by: str, age: int | None) -> None:
    """Raises Refused where somebody ticked who may not consent for this child."""
    if sentence := wrong_giver(text, given_by, age):
        raise Refused("guardian", sentence)


def mistake_of_giver(text: ConsentText, answers: Answers, today: date) -> str:
    """The same while the form is being filled in, to be said at the box."""
    return wrong_giver(text, giver_of(text, answers), child_age(answers, today))


def duty_after(text: ConsentText, given_by: str, age: int | None) -> str:
    """What is still to be done once this consent was given; nothing in most cases."""
    if text.basis != Basis.CONSENT:
        return ""
    if given_by == Consent.GivenBy.CHILD:
        return ConsentDuty.Kind.TELL_GUARDIAN
    if given_by == Consent.GivenBy.GUARDIAN and age is not None and age >= CONSENTS_ITSELF_FROM:
        return ConsentDuty.Kind.ASK_CHILD
    return ""
