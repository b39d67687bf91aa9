"""A place is taken once, by one child, while there is one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone

from delivery.models import OutboxMessage
from delivery.services import drain
from forms.activities.models import ActivityPage, Session, SignUp
from forms.activities.services import NotPossible, give_back
from forms.builder.handlers import Refused, handler_for
from forms.builder.models import Submission
from forms.vault.models import Consent, SealedRecord
from home.directory.models import Unit
from tests.activities import fair
from tests.casework import house

handler = handler_for("sign-up")


def refused(on: Session, /, **answers: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        fair.sign_up(on, **answers)
    return refusal.value


class TestTakingAPlace:
    def test_it_is_confirmed_counted_and_told(self, session: Session) -> None:
        submission = fair.sign_up(session)
        assert handler.receipt(submission).result == "confirmed"
        session.refresh_from_db()
        assert (session.taken, session.free) == (1, 1)
        (row,) = OutboxMessage.objects.all()
        assert (row.kind, row.destination) == (
            "sign-up-unit",
            f"unit:{session.activity.organiser_id}",
        )

    def test_a_family_with_an_address_is_told_too(self, session: Session) -> None:
        fair.sign_up(session, email=house.CANARY_MAIL)
        assert OutboxMessage.objects.filter(destination="family").count() == 1

    def test_a_full_session_takes_nobody_and_keeps_nothing(self, session: Session) -> None:
        for name in ("甲", "乙"):
            fair.sign_up(session, child_name=name)
        before = (Submission.objects.count(), SealedRecord.objects.count(), Consent.objects.count())
        refusal = refused(session, child_name="丙")
        assert refusal.result == "full"
        assert "已满" in refusal.message
        assert before == (
            Submission.objects.count(),
            SealedRecord.objects.count(),
            Consent.objects.count(),
        )
        session.refresh_from_db()
        assert session.taken == 2

    @pytest.mark.parametrize(
        "name", ["金小雀", " 金小 雀", "金　小雀", "金小雀\u3000", "金\u200b小雀\ufeff"]
    )
    def test_the_same_child_is_known_however_it_is_typed(self, session: Session, name: str) -> None:
        fair.sign_up(session)
        refusal = refused(session, child_name=name)
        assert refusal.result == "duplicate"
        session.refresh_from_db()
        assert session.taken == 1

    def test_who_has_a_place_in_a_full_session_hears_that(self, session: Session) -> None:
        for name in ("甲", "乙"):
            fair.sign_up(session, child_name=name)
        assert refused(session, child_name="甲").result == "duplicate"

    def test_a_brother_and_another_familys_child_of_that_name_have_their_own(
        self, session: Session
    ) -> None:
        fair.sign_up(session)
        fair.sign_up(session, guardian_phone="13800000000")
        session.refresh_from_db()
        assert session.taken == 2

    def test_another_session_is_another_place(
        self, activity: ActivityPage, session: Session
    ) -> None:
        first = fair.place_of(fair.sign_up(session))
        second = fair.place_of(fair.sign_up(fair.session(activity)))
        # Nobody can tell from the rows that it is the same child.
        assert first.child_digest != second.child_digest

    @pytest.mark.parametrize("age", [5, 13, "5.99", -1, "1e999999", "nan", "x", None, ""])
    def test_an_age_outside_says_for_whom_it_is(self, session: Session, age: Any) -> None:
        refusal = refused(session, child_age=age)
        assert refusal.result == "age"
        assert "6至12周岁" in refusal.message or "请按周岁填写" in refusal.message

    @pytest.mark.parametrize("age", [6, 12, "12.99", "8"])
    def test_the_first_and_the_last_age_belong(self, session: Session, age: Any) -> None:
        assert fair.sign_up(session, child_age=age)

    @pytest.mark.parametrize(
        ("times", "word"),
        [
            ({"opens": timedelta(hours=1)}, "还没有开始"),
            ({"closes": timedelta(seconds=-1)}, "已经截止"),
        ],
    )
    def test_before_and_after_its_time_it_is_closed(
        self, activity: ActivityPage, times: dict[str, timedelta], word: str
    ) -> None:
        now = timezone.now()
        moments: dict[str, Any] = {name: now + distance for name, distance in times.items()}
        refusal = refused(fair.session(activity, **moments))
        assert refusal.result == "closed"
        assert word in refusal.message

    @pytest.mark.parametrize("answer", ["", "0", "x", "9" * 30, "１", "-1"])
    def test_a_session_that_is_none_is_closed_and_no_failure(
        self, session: Session, answer: str
    ) -> None:
        assert refused(session, session=answer).result == "closed"

    def test_another_activitys_session_can_not_be_taken_with_this_form(
        self, session: Session
    ) -> None:
        other = fair.session(fair.activity("other"))
        assert refused(session, session=str(other.pk)).result == "closed"
        other.refresh_from_db()
        assert other.taken == 0

    def test_the_form_offers_what_has_not_begun_even_where_it_is_full(
        self, activity: ActivityPage, session: Session
    ) -> None:
        now = timezone.now()
        full = fair.session(activity, capacity=1)
        Session.objects.filter(pk=full.pk).update(taken=1)
        fair.session(
            activity,
            starts=now - timedelta(hours=1),
            ends=now + timedelta(hours=1),
            opens=now - timedelta(days=9),
            closes=now - timedelta(days=2),
        )
        offered = handler.choices(fair.form_of(activity), "session")
        assert offered is not None
        assert {value for value, _label in offered} == {str(session.pk), str(full.pk)}
        assert "和平区某社区" in offered[0][1]


class TestGivingItBack:
    def test_the_place_is_free_again_and_can_be_taken_by_the_same_child(
        self, session: Session
    ) -> None:
        submission = fair.sign_up(session)
        handler.act(submission, "withdraw", "")
        session.refresh_from_db()
        assert session.taken == 0
        assert handler.tracking(submission).state == "cancelled"
        fair.sign_up(session)
        session.refresh_from_db()
        assert session.taken == 1

    def test_twice_is_once(self, session: Session) -> None:
        submission = fair.sign_up(session)
        fair.sign_up(session, child_name="另一个")
        place = fair.place_of(submission)
        give_back(place)
        with pytest.raises(NotPossible):
            give_back(place)
        # The family's button pressed twice: what it wished for is so.
        handler.act(submission, "withdraw", "")
        assert handler.just_done(submission, "withdraw", "")
        session.refresh_from_db()
        assert session.taken == 1

    def test_not_once_it_has_begun(self, session: Session) -> None:
        submission = fair.sign_up(session)
        begun = timezone.now() - timedelta(minutes=1)
        Session.objects.filter(pk=session.pk).update(starts=begun)
        assert handler.tracking(submission).deeds == []
        with pytest.raises(Refused):
            handler.act(submission, "withdraw", "")

    @pytest.mark.parametrize("deed", ["answer", "accept", "", "\x00"])
    def test_nothing_else_can_be_done(self, session: Session, deed: str) -> None:
        with pytest.raises(Refused):
            handler.act(fair.sign_up(session), deed, "文字")


def test_the_tracking_page_says_when_and_where_and_no_name(session: Session) -> None:
    submission = fair.sign_up(session, email=house.CANARY_MAIL)
    shown = handler.tracking(submission)
    assert shown.state == "confirmed"
    assert shown.unit == session.activity.organiser.name
    assert "和平区某社区" in shown.next_step
    assert [deed.name for deed in shown.deeds] == ["withdraw"]
    for secret in (fair.CANARY_CHILD, house.CANARY_PHONE, house.CANARY_MAIL):
        assert secret not in repr(shown)


class TestTheDatabaseItself:
    @pytest.mark.parametrize(
        "changes",
        [
            {"taken": 3},
            {"taken": -1},
            {"capacity": 0},
            {"ends": timezone.now()},
            {"closes": timezone.now() - timedelta(days=9)},
        ],
    )
    def test_it_refuses_a_session_that_contradicts_itself(
        self, session: Session, changes: dict[str, Any]
    ) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Session.objects.filter(pk=session.pk).update(**changes)

    def test_it_refuses_a_second_place_for_a_child(self, session: Session) -> None:
        first, second = fair.sign_up(session), fair.sign_up(session, child_name="另一个")
        with pytest.raises(IntegrityError), transaction.atomic():
            SignUp.objects.filter(submission=second).update(
                child_digest=fair.place_of(first).child_digest
            )

    def test_what_has_sign_ups_is_kept(self, session: Session) -> None:
        fair.sign_up(session)
        with pytest.raises(ProtectedError):
            session.delete()
        with pytest.raises(ProtectedError):
            session.activity.delete()
        assert "不能删除" in session.activity.reasons_to_keep()[0]

    def test_publishing_the_activity_again_leaves_its_sessions_alone(
        self, session: Session
    ) -> None:
        draft = session.activity.save_revision()
        fair.sign_up(session)
        draft.publish()
        assert Session.objects.get(pk=session.pk).taken == 1
        assert SignUp.objects.count() == 1


def test_mails_say_nothing_of_a_child(session: Session, mailoutbox: list[Any]) -> None:
    Unit.objects.filter(pk=session.activity.organiser_id).update(email="league@example.org")
    submission = fair.sign_up(session, email=house.CANARY_MAIL)
    drain()
    handler.act(submission, "withdraw", "")
    drain()
    assert sorted((message.to[0], message.subject) for message in mailoutbox) == [
        (house.CANARY_MAIL, "您的报名已确认"),
        ("league@example.org", "童伴：有一份报名已取消"),
        ("league@example.org", "童伴：有新的活动报名"),
    ]
    for message in mailoutbox:
        for secret in (fair.CANARY_CHILD, house.CANARY_PHONE, "亲子阅读"):
            assert secret not in f"{message.subject}{message.body}"
        assert submission.reference in message.body


def test_a_family_signs_up_on_the_form_itself(session: Session, client: Client) -> None:
    page = fair.form_of(session.activity)
    opened = client.get(page.url)
    assert opened.status_code == 200
    keys = {field.role: field.clean_name for field in page.form_fields.all()}
    values = {name: opened.context[name] for name in ("submission_key", "form_version")} | {
        keys["session"]: session.pk,
        keys["child_name"]: fair.CANARY_CHILD,
        keys["child_age"]: "8",
        keys["guardian_phone"]: house.CANARY_PHONE,
        keys["consent"]: "sign-up-notice.1",
    }
    sent = client.post(page.url, values)
    assert sent.status_code == 303
    receipt = client.get(sent["Location"]).content.decode()
    assert 'data-result="confirmed"' in receipt
    # From another browser; this one would be shown its receipt again.
    again = Client().post(page.url, values | {"submission_key": "0" * 32})
    assert again.status_code == 409
    assert 'data-result="duplicate"' in again.content.decode()
