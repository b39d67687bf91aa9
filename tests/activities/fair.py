"""An activity of Heping's youth league, its form, and families that sign children up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from forms.activities.models import ActivityIndexPage, ActivityPage, Session, SignUp
from forms.builder.models import FormPage, Submission
from forms.builder.services import FieldSpec, create_form
from tests.casework import house

CANARY_CHILD = "金小雀"
FIELDS = (
    FieldSpec("场次", "radio", "session"),
    FieldSpec("孩子的姓名", "singleline", "child_name"),
    FieldSpec("孩子的年龄", "number", "child_age"),
    FieldSpec("监护人的电话", "phone", "guardian_phone"),
    FieldSpec("电子邮箱", "email", "email", required=False),
    FieldSpec("告知与同意", "consent", "consent", text_key="sign-up-notice"),
)


def activity(slug: str = "reading", area: str = house.HEPING, **fields: Any) -> ActivityPage:
    """A published activity for ages 6 to 12 with its form, and no session yet."""
    index = ActivityIndexPage.objects.first()
    if index is None:
        index = ActivityIndexPage(title="活动报名", slug="activities")
        house.home().add_child(instance=index)
        index.save_revision().publish()
    page = ActivityPage(
        title="周末亲子阅读",
        slug=slug,
        organiser=house.unit(area, "youth-league"),
        place="和平区某社区",
        body="<p>一起读书</p>",
        **{"age_min": 6, "age_max": 12, **fields},
    )
    index.add_child(instance=page)
    page.save_revision().publish()
    create_form(page, title="报名表", slug="sign-up", kind="sign-up", fields=FIELDS)
    return ActivityPage.objects.get(pk=page.pk)


def session(page: ActivityPage, capacity: int = 2, **fields: Any) -> Session:
    """A session three weeks away whose sign-up is open."""
    now = timezone.now()
    values = {
        "starts": now + timedelta(days=21),
        "ends": now + timedelta(days=21, hours=2),
        "opens": now - timedelta(days=1),
        "closes": now + timedelta(days=19),
        **fields,
    }
    return Session.objects.create(activity=page, capacity=capacity, **values)


def form_of(page: ActivityPage) -> FormPage:
    found: FormPage = FormPage.objects.child_of(page).get()
    return found


def sign_up(on: Session, /, **answers: Any) -> Submission:
    """What a guardian sends. Raises what the handler refuses with."""
    values = {
        "session": str(on.pk),
        "child_name": CANARY_CHILD,
        "child_age": 8,
        "guardian_phone": house.CANARY_PHONE,
        "email": "",
        "consent": "sign-up-notice.1",
        **answers,
    }
    return house.send(form_of(on.activity), **values)


def place_of(submission: Submission) -> SignUp:
    found: SignUp = SignUp.objects.select_related("session").get(submission=submission)
    return found
