"""What a form of the kind "sign-up" sets off, and what its receipt and tracking page say."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from forms.activities.models import ActivityPage, Session, SignUp
from forms.activities.services import NotPossible, give_back, take_place, tell_organiser
from forms.builder.handlers import Answers, FamilyDeed, Receipt, Refused, Step, Tracking
from forms.builder.models import FormPage, Submission
from forms.vault import retention
from forms.vault.models import Consent
from forms.vault.reference import PHOTO_CONSENT
from home.pages.whole_numbers import whole_number

KIND = "sign-up"
WITHDRAW = "withdraw"


class SignUpHandler:
    """Gives a child a place (see `forms.builder.handlers.Handler`)."""

    required_roles = ("session", "child_name", "child_age", "guardian_phone", "consent")
    retention_class = retention.SIGN_UP

    def choices(self, page: FormPage, role: str) -> list[tuple[str, str]] | None:
        """The sessions that have not begun. A full one stays: its sentence says more than a gap."""
        if role != "session":
            return None
        activity = activity_of(page)
        if activity is None:
            return []
        coming = activity.sessions.filter(starts__gt=timezone.now())
        return [(str(session.pk), when_and_where(session)) for session in coming]

    def receive(self, submission: Submission, answers: Answers) -> None:
        session = _session(submission, answers.text("session"))
        _check_age(session.activity, answers.by_role.get("child_age"))
        try:
            take_place(
                session,
                submission,
                name=answers.text("child_name"),
                phone=answers.text("guardian_phone"),
                family_has_mail=bool(answers.text("email")),
            )
        except NotPossible as problem:
            raise _refusal(problem.why, session) from problem

    def receipt(self, submission: Submission) -> Receipt:
        sign_up = _sign_up(submission)
        session = sign_up.session
        if sign_up.state != SignUp.State.CONFIRMED:
            return Receipt(result=sign_up.state, heading=_("报名已取消"))
        return Receipt(
            result="confirmed",
            heading=_("报名成功，名额已为您保留"),
            sentences=(
                _("场次：%s。") % when_and_where(session),
                _("如不能参加，请凭编号和查询码取消报名，把名额留给其他孩子。"),
            ),
        )

    def tracking(self, submission: Submission) -> Tracking:
        sign_up = _sign_up(submission)
        session = sign_up.session
        confirmed = sign_up.state == SignUp.State.CONFIRMED
        steps = [Step(at=sign_up.created_at, label=_("报名成功"), from_family=True)]
        if sign_up.cancelled_at is not None:
            steps.append(Step(at=sign_up.cancelled_at, label=_("已取消报名"), from_family=True))
        cancel = FamilyDeed(
            name=WITHDRAW,
            label=_("取消报名"),
            help_text=_("取消后名额会让给其他孩子，不能恢复；可以重新报名。"),
            confirm=True,
        )
        coming = timezone.now() < session.starts
        return Tracking(
            state=sign_up.state,
            state_label=sign_up.get_state_display(),
            unit=session.activity.organiser.name,
            next_step=_("请按时参加：%s") % when_and_where(session) if confirmed else "",
            steps=steps,
            deeds=[cancel] if confirmed and coming else [],
        )

    def meaning_of_withdrawal(self, submission: Submission, consent: Consent) -> list[str]:
        """What a family is told before it takes a consent back."""
        if not _ends_sign_up(consent):
            return [
                _("组织单位不再给孩子拍照、录像，并删除、撤下已有的照片和录像。"),
                _("孩子的名额不受影响，照样参加活动。"),
            ]
        return [
            _("报名随即取消，名额让给其他孩子。"),
            _("您填写的内容立即删除，任何人都不能再看到；只留下编号、时间和“已取消”。"),
        ]

    def consent_withdrawn(self, submission: Submission, consent: Consent) -> bool:
        """Gives the place back and has the answers erased; for photos it tells the organiser."""
        sign_up = _sign_up(submission)
        if not _ends_sign_up(consent):
            tell_organiser(sign_up, "consent")
            return False
        if sign_up.state == SignUp.State.CONFIRMED and timezone.now() < sign_up.session.starts:
            with suppress(NotPossible):  # cancelled or begun in this very moment
                give_back(sign_up)
        return True

    def just_done(self, submission: Submission, deed: str, text: str) -> bool:
        return deed == WITHDRAW and _sign_up(submission).state == SignUp.State.CANCELLED

    def act(self, submission: Submission, deed: str, text: str) -> None:
        if deed != WITHDRAW:
            raise Refused("not-possible", _("没有这个操作。"))
        try:
            give_back(_sign_up(submission))
        except NotPossible as problem:
            if self.just_done(submission, deed, text):
                return  # pressed twice at once: the place is given back, as was wished
            message = _("活动已经开始，不能再取消报名。")
            raise Refused("not-possible", message) from problem


def _ends_sign_up(consent: Consent) -> bool:
    # Photos are asked for apart: without them a child takes part all the same.
    return consent.text.key != PHOTO_CONSENT


def activity_of(page: FormPage) -> ActivityPage | None:
    """The activity a sign-up form stands below."""
    if not page.path:
        return None
    parent = page.get_parent()
    found: ActivityPage | None = (
        ActivityPage.objects.select_related("organiser").filter(pk=parent.pk).first()
    )
    return found


def when_and_where(session: Session) -> str:
    """A session in words: 2026年12月13日 09:30，某地."""
    moment = date_format(timezone.localtime(session.starts), "Y年n月j日 H:i")
    return f"{moment}，{session.where}"


def _session(submission: Submission, answer: str) -> Session:
    """The session that was chosen, if it is one of the form's own activity."""
    activity = activity_of(submission.form_version.page)
    sessions = Session.objects.select_related("activity__organiser")
    number = whole_number(answer)
    if activity is not None and number is not None:
        session = sessions.filter(activity=activity, pk=number).first()
        if session is not None:
            return session
    raise Refused("closed", _("这个场次已经取消，请返回活动页面重新选择。"))


def _sign_up(submission: Submission) -> SignUp:
    rows = SignUp.objects.select_related("session__activity__organiser", "submission")
    sign_up: SignUp = rows.get(submission=submission)
    return sign_up


def _check_age(activity: ActivityPage, answer: Any) -> None:
    try:
        # A child of five and three quarters is five; the comparison is what a NaN fails.
        fits = activity.age_min <= Decimal(str(answer)) < activity.age_max + 1
    except InvalidOperation:
        raise Refused("age", _("请按周岁填写孩子的年龄，例如 8。")) from None
    if not fits:
        message = _("这项活动面向%s的孩子，没有报名成功。您可以看看其他活动。") % activity.ages
        raise Refused("age", message)


def _refusal(why: str, session: Session) -> Refused:
    opens = date_format(timezone.localtime(session.opens), "Y年n月j日 H:i")
    return {
        "full": Refused("full", _("这个场次的名额已满，没有报名成功。请选择其他场次或活动。")),
        "duplicate": Refused(
            "duplicate", _("这个孩子已经报过这个场次，名额仍然保留，不需要再报。")
        ),
        "early": Refused("closed", _("报名还没有开始，%s开始。") % opens),
    }.get(why, Refused("closed", _("这个场次的报名已经截止，没有报名成功。")))
