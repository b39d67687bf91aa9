"""Sessions and sign-ups: plain rows, because they are counted."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from forms.activities.models.pages import ActivityPage
from forms.builder.models import Submission


class Session(models.Model):
    """One date of an activity with a number of places (场次).

    A row of its own and not an inline child of the page: Wagtail writes a page's children anew each
    time a revision is published, and would put back the `taken` of the day the draft was made. The
    organiser keeps sessions at /admin/sign-ups/; what is changed there is public at once.
    """

    activity = models.ForeignKey(
        ActivityPage, models.PROTECT, related_name="sessions", verbose_name=_("活动")
    )
    starts = models.DateTimeField(_("开始"))
    ends = models.DateTimeField(_("结束"))
    place = models.CharField(
        _("地点"), max_length=120, blank=True, help_text=_("留空则为活动页面上的地点")
    )
    capacity = models.PositiveIntegerField(_("名额"), validators=[MinValueValidator(1)])
    taken = models.PositiveIntegerField(_("已报名"), default=0, editable=False)
    opens = models.DateTimeField(_("报名开始"))
    closes = models.DateTimeField(_("报名截止"))

    class Meta:
        verbose_name = _("场次")
        verbose_name_plural = _("场次")
        ordering = ["starts", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken__gte=0) & Q(taken__lte=F("capacity")),
                name="a_session_never_takes_more_than_it_holds",
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1), name="a_session_holds_at_least_one"
            ),
            models.CheckConstraint(
                condition=Q(starts__lt=F("ends")), name="a_session_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(opens__lt=F("closes")), name="sign_up_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=Q(closes__lte=F("ends")), name="sign_up_closes_before_the_session_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.activity} · {self.starts:%Y-%m-%d %H:%M}"

    @property
    def where(self) -> str:
        """Where it takes place: its own place, else the activity's."""
        return self.place or self.activity.place

    @property
    def free(self) -> int:
        """Places left, as of when this row was read."""
        return self.capacity - self.taken

    def phase(self, now: datetime) -> str:
        """Whether one may sign up: "early", "open", "full" or "closed"."""
        if now < self.opens:
            return "early"
        if now >= self.closes:
            return "closed"
        return "open" if self.free > 0 else "full"


class SignUp(models.Model):
    """A child's place in a session (报名).

    `child_digest` tells two sign-ups of one child for one session apart from two children, without
    keeping a name: it is keyed, and differs from session to session.
    """

    class State(models.TextChoices):
        CONFIRMED = "confirmed", _("已报名")
        CANCELLED = "cancelled", _("已取消")

    session = models.ForeignKey(
        Session, models.PROTECT, related_name="sign_ups", verbose_name=_("场次")
    )
    submission = models.OneToOneField(
        Submission, models.PROTECT, related_name="sign_up", verbose_name=_("来件")
    )
    child_digest = models.CharField(_("儿童摘要"), max_length=64, editable=False)
    state = models.CharField(
        _("状态"), max_length=10, choices=State.choices, default=State.CONFIRMED
    )
    created_at = models.DateTimeField(_("报名时间"))
    cancelled_at = models.DateTimeField(_("取消时间"), null=True)

    class Meta:
        verbose_name = _("报名")
        verbose_name_plural = _("报名")
        ordering = ["session", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "child_digest"],
                condition=Q(state="confirmed"),
                name="a_child_has_one_place_per_session",
            ),
            models.CheckConstraint(
                condition=Q(state="confirmed", cancelled_at__isnull=True)
                | Q(state="cancelled", cancelled_at__isnull=False),
                name="a_sign_up_has_an_end_exactly_when_cancelled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.state}"
