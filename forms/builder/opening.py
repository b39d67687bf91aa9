"""Whether a form takes anything just now, and what is said where it doesn't."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms.builder.models import FormPage, Submission


class Opening(models.TextChoices):
    """The state of a form towards families; also the names of its previews."""

    OPEN = "open", gettext_lazy("正在受理")
    NOT_OPEN = "not-open", gettext_lazy("还没有开始")
    CLOSED = "closed", gettext_lazy("已经截止")
    FULL = "full", gettext_lazy("已经收满")
    TEST = "test", gettext_lazy("试填")


@dataclass(frozen=True, slots=True)
class Said:
    """What a family reads where the form takes nothing."""

    heading: str
    text: str


def submission_count(page: FormPage) -> int:
    """How many were sent with any version of the form; withdrawn ones took a place too."""
    return Submission.objects.filter(form_version__page=page).count()


def is_full(page: FormPage) -> bool:
    """To be asked again inside the transaction that stores, with the page's row locked: fifty at
    once must not take the last place together."""
    return page.most_submissions is not None and submission_count(page) >= page.most_submissions


def state_of(page: FormPage, now: datetime) -> Opening:
    """The form's state at this moment. What is only being tried out is not open to anybody."""
    if page.is_test:
        return Opening.TEST
    if page.opens_at is not None and now < page.opens_at:
        return Opening.NOT_OPEN
    if page.closes_at is not None and now >= page.closes_at:
        return Opening.CLOSED
    return Opening.FULL if is_full(page) else Opening.OPEN


def said_of(page: FormPage, state: Opening) -> Said | None:
    """The sentences for a state in which nothing is taken; None for an open form."""
    elsewhere = _("事情着急，请拨打政务服务热线12345；孩子正处于危险中，请立即拨打110。")
    match state:
        case Opening.NOT_OPEN:
            opens = _("%s开始受理，请到时再来。") % _moment(page.opens_at)
            return Said(_("还没有开始受理"), opens + elsewhere)
        case Opening.CLOSED:
            closed = _("已于%s截止，现在不再受理。") % _moment(page.closes_at)
            return Said(_("已经截止"), closed + elsewhere)
        case Opening.FULL:
            full = _("这张表受理的份数已满，现在不再受理。您刚才填写的内容没有提交。")
            return Said(_("已经收满"), full + elsewhere)
        case Opening.TEST:
            return Said(_("这张表正在试填"), _("还没有对外受理。") + elsewhere)
    return None


def _moment(moment: datetime | None) -> str:
    # A preview may show a state whose time nobody has set yet.
    return date_format(timezone.localtime(moment or timezone.now()), "Y年n月j日 H:i")
