"""The demo's activity: one session with twenty places, about three weeks away, and its form.

It says of itself that it is an example: no unit has announced it, and nobody waits there.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Site

from forms.activities.models import ActivityIndexPage, ActivityPage, Session
from forms.builder.models import FormPage
from forms.builder.services import FieldSpec, create_form
from home.directory.models import Unit
from ops.demo.people import HEPING_LEAGUE

SLUG = "weekend-reading"
FORM_SLUG = "sign-up"
PLACES = 20
SATURDAY = 5
BODY = (
    "<p>这是一项<b>示例活动</b>，用来演示报名、查进度和取消报名，没有真实的活动，请勿前往。</p>"
    "<ul><li>和孩子一起读绘本，分小组讲故事。</li>"
    "<li>请由监护人陪同，不收取费用。</li></ul>"
)
FIELDS = (
    FieldSpec("参加哪一场", "radio", "session"),
    FieldSpec("孩子的姓名", "singleline", "child_name"),
    FieldSpec("孩子的年龄（周岁）", "number", "child_age", help_text="填整数，例如 8。"),
    FieldSpec(
        "监护人的电话",
        "phone",
        "guardian_phone",
        why="活动有变化时，主办单位用它联系您。",
    ),
    FieldSpec("电子邮箱", "email", "email", required=False, help_text="填写后会收到一封确认邮件。"),
    FieldSpec("告知与同意", "consent", "consent", text_key="sign-up-notice"),
    FieldSpec("拍照、录像", "consent", required=False, text_key="photo-consent"),
)


def load() -> str:
    """Makes the activity, its form and a session that is still to come, where they are missing."""
    index = _index()
    activity = ActivityPage.objects.child_of(index).filter(slug=SLUG).first()
    made = activity is None
    with transaction.atomic():
        if activity is None:
            activity = _activity(index)
        if not FormPage.objects.child_of(activity).exists():
            create_form(
                activity,
                title="活动报名表（示例）",
                slug=FORM_SLUG,
                kind="sign-up",
                fields=FIELDS,
                intro="请由父母或其他监护人填写。一次给一个孩子报名。",
            )
        if not activity.sessions.filter(closes__gt=timezone.now()).exists():
            _session(activity)
    return "activity made" if made else "activity there already"


def _index() -> ActivityIndexPage:
    index = ActivityIndexPage.objects.first()
    if index is None:
        home = Site.objects.get(is_default_site=True).root_page
        index = ActivityIndexPage(title="活动报名", slug="activities", live=False)
        _publish(home, index)
    return index


def _activity(index: ActivityIndexPage) -> ActivityPage:
    department, area = HEPING_LEAGUE
    activity = ActivityPage(
        title="示例：周末亲子阅读",
        slug=SLUG,
        is_example=True,
        organiser=Unit.objects.get(department__code=department, area__code=area),
        place="示例地点：和平区某社区活动室",
        age_min=6,
        age_max=12,
        summary="和孩子一起读书、讲故事的一个上午。",
        body=BODY,
        live=False,
    )
    _publish(index, activity)
    return activity


def _session(activity: ActivityPage) -> None:
    today = timezone.localdate()
    day = today + timedelta(days=21)
    day += timedelta(days=(SATURDAY - day.weekday()) % 7)

    def at(date_offset: int, hour: int, minute: int = 0) -> datetime:
        moment = datetime.combine(day + timedelta(days=date_offset), time(hour, minute))
        return timezone.make_aware(moment)

    Session.objects.create(
        activity=activity,
        starts=at(0, 9, 30),
        ends=at(0, 11, 30),
        capacity=PLACES,
        opens=timezone.make_aware(datetime.combine(today, time.min)),
        closes=at(-2, 18),
    )


def _publish(parent: Page, page: Page) -> None:
    parent.add_child(instance=page)
    page.full_clean()
    page.save_revision().publish()
