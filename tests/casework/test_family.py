"""What a family sees of its case, and what it can do, without a name or an answer being shown."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from delivery.models import OutboxMessage
from forms.builder.handlers import Refused, Tracking, handler_for
from forms.builder.models import RequestIndexPage
from forms.builder.services import FieldSpec, create_form, tracking_code
from forms.casework.models import Case, State
from forms.casework.transitions import MAX_SUPPLEMENTS
from forms.vault.models import Consent, SealedRecord
from forms.vault.services import erase
from home.directory.models import User
from tests.casework import house

handler = handler_for("request")


def tracking(case: Case) -> Tracking:
    return handler.tracking(case.submission)


def test_a_family_sees_where_things_stand_and_what_comes_next(clerk: User) -> None:
    case = house.ask()
    shown = tracking(case)
    assert (shown.state, shown.state_label) == ("pending_acceptance", "待受理")
    assert shown.unit == case.owner_unit.name
    assert shown.next_step
    assert shown.due_on == case.accept_due_on
    assert [step.label for step in shown.steps] == ["收到您的求助"]
    assert [deed.name for deed in shown.deeds] == ["supplement", "withdraw"]


def test_it_is_asked_answers_and_is_answered(clerk: User) -> None:
    case = house.do(house.ask(), "accept", clerk)
    house.do(case, "ask", clerk, text="孩子几年级？")
    shown = tracking(case)
    assert shown.question == "孩子几年级？"
    assert shown.due_on is None
    assert [deed.name for deed in shown.deeds] == ["answer", "withdraw"]

    handler.act(case.submission, "answer", "三年级")
    case.refresh_from_db()
    assert case.state == State.IN_PROGRESS
    assert tracking(case).question == ""

    house.do(case, "reply", clerk, text="请带户口簿到窗口。")
    shown = tracking(case)
    assert [(reply.label, reply.text) for reply in shown.replies] == [
        ("答复", "请带户口簿到窗口。")
    ]
    assert [step.from_family for step in shown.steps] == [False, False, False, True, False]


def test_a_refusal_says_where_to_go_instead(clerk: User) -> None:
    case = house.do(house.ask(), "reject", clerk, text="不属于本单位", elsewhere="和平区教育局")
    (reply,) = tracking(case).replies
    assert "不属于本单位" in reply.text
    assert "您可以向这里求助：和平区教育局" in reply.text


def test_it_may_add_something_at_any_time_and_the_unit_hears_of_it(
    clerk: User, desk: Client
) -> None:
    case = house.ask()
    handler.act(case.submission, "supplement", "孩子今天发烧了")
    case.refresh_from_db()
    assert (case.state, case.version) == (State.PENDING_ACCEPTANCE, 2)
    assert OutboxMessage.objects.filter(event_key=f"case:{case.pk}:2", kind="case-unit").exists()
    assert "孩子今天发烧了" in desk.get(f"/admin/cases/{case.reference}/").content.decode()
    assert "孩子今天发烧了" not in repr(tracking(case))
    # Whoever had the page open reads it before they decide.
    stale = desk.post(f"/admin/cases/{case.reference}/accept/", {"version": 1})
    assert stale.status_code == 409


def test_a_button_pressed_twice_leaves_one_event(clerk: User) -> None:
    case = house.ask()
    for _ in range(2):
        handler.act(case.submission, "supplement", "孩子今天发烧了")
    house.do(case, "accept", clerk)
    handler.act(case.submission, "supplement", "孩子今天发烧了")
    handler.act(case.submission, "supplement", "烧退了")
    house.do(case, "ask", clerk, text="几年级？")
    assert not handler.just_done(case.submission, "answer", "三年级")
    for _ in range(2):
        handler.act(case.submission, "answer", "三年级")
    assert handler.just_done(case.submission, "answer", "三年级")
    for _ in range(2):
        handler.act(case.submission, "withdraw", "")
    assert [event.kind for event in case.events.order_by("seq")] == [
        "received",
        "supplement",
        "accept",
        "supplement",
        "ask",
        "answer",
        "withdraw",
    ]
    assert OutboxMessage.objects.filter(kind="case-unit").count() == 5


def test_the_same_words_count_again_once_the_unit_has_written_or_time_has_passed(
    clerk: User, time_machine: Any
) -> None:
    case = house.do(house.ask(), "accept", clerk)
    for question in ("有户口簿吗？", "有身份证吗？"):
        house.do(case, "ask", clerk, text=question)
        assert not handler.just_done(case.submission, "answer", "有")
        handler.act(case.submission, "answer", "有")
    handler.act(case.submission, "supplement", "请快一些")
    time_machine.move_to(timezone.now() + timedelta(minutes=31))
    handler.act(case.submission, "supplement", "请快一些")
    assert case.events.filter(kind="answer").count() == 2
    assert case.events.filter(kind="supplement").count() == 2


def test_a_reply_that_does_not_open_leaves_the_course_readable(clerk: User) -> None:
    case = house.do(house.ask(), "accept", clerk)
    house.do(case, "reply", clerk, text="请来窗口")
    event = case.events.get(seq=3)
    assert event.record is not None
    SealedRecord.objects.filter(pk=event.record.pk).update(ciphertext=b"damaged")
    (reply,) = tracking(Case.objects.get(pk=case.pk)).replies
    assert reply.text == "内容暂时无法读取，请联系承办单位。"


def test_it_can_not_write_without_end(clerk: User) -> None:
    case = house.ask()
    for number in range(MAX_SUPPLEMENTS):
        handler.act(case.submission, "supplement", f"补充{number}")
    with pytest.raises(Refused) as refusal:
        handler.act(case.submission, "supplement", "还有")
    assert "20次" in refusal.value.message


def test_internal_notes_stay_internal(clerk: User) -> None:
    case = house.do(house.ask(), "note", clerk, text="内部研判意见")
    assert "内部研判意见" not in repr(tracking(case))
    assert len(tracking(case).steps) == 1


def test_neither_answers_nor_the_persons_who_work_there_are_shown(clerk: User) -> None:
    case = house.ask(email=house.CANARY_MAIL)
    for deed, said in (
        ("accept", {}),
        ("ask", {"text": "几年级？"}),
        ("resume", {"text": "已打电话"}),
        ("reply", {"text": "答复"}),
    ):
        house.do(case, deed, clerk, **said)
        shown = repr(tracking(case))
        for secret in (
            house.CANARY_PHONE,
            house.CANARY_STORY,
            house.CANARY_MAIL,
            clerk.get_full_name(),
            clerk.username,
        ):
            assert secret not in shown


def test_it_may_withdraw_what_is_open(clerk: User) -> None:
    case = house.ask()
    handler.act(case.submission, "withdraw", "")
    case.refresh_from_db()
    assert case.state == State.WITHDRAWN
    assert tracking(case).deeds == []
    with pytest.raises(Refused) as refusal:
        handler.act(case.submission, "supplement", "还有")
    assert "已撤回" in refusal.value.message


@pytest.mark.parametrize("deed", ["accept", "reply", "close", "note", "nonsense", ""])
def test_it_can_do_nothing_that_is_the_units(clerk: User, deed: str) -> None:
    case = house.ask()
    with pytest.raises(Refused):
        handler.act(case.submission, deed, "文字")
    case.refresh_from_db()
    assert case.version == 1


def test_a_case_of_danger_can_not_be_withdrawn_from_the_phone(clerk: User) -> None:
    case = house.ask(danger="yes")
    assert [deed.name for deed in tracking(case).deeds] == ["supplement"]
    with pytest.raises(Refused):
        handler.act(case.submission, "withdraw", "")


def test_the_tracking_page_of_a_case_of_danger_says_nothing_of_danger(clerk: User) -> None:
    # Without the times and the reference, in whose digits anything may stand.
    shown = re.sub(r"datetime\.\w+\([^)]*\)", "", repr(tracking(house.ask(danger="yes"))))
    for word in ("紧急", "危险", "安全"):
        assert word not in shown
    assert not re.search(r"\b110\b", shown)


def test_an_answer_of_nothing_is_refused_with_a_sentence(clerk: User) -> None:
    case = house.do(house.ask(), "accept", clerk)
    house.do(case, "ask", clerk, text="几年级？")
    with pytest.raises(Refused, match="not-possible") as refusal:
        handler.act(case.submission, "answer", "  ")
    assert refusal.value.message == "请写下您的回答。"


def test_after_the_answers_are_erased_the_course_can_still_be_followed(clerk: User) -> None:
    case = house.do(house.ask(), "accept", clerk)
    house.do(case, "reply", clerk, text="请来窗口")
    erase(case.submission.record)
    event = case.events.get(seq=3)
    assert event.record is not None
    erase(event.record)
    (reply,) = tracking(Case.objects.get(pk=case.pk)).replies
    assert reply.text == "内容已按保存期限删除。"


@pytest.mark.parametrize("danger", ["是", "有", "YES", "true"])
def test_an_odd_danger_answer_counts_as_danger(clerk: User, danger: str) -> None:
    assert house.ask(danger=danger).is_urgent


@pytest.mark.parametrize("danger", ["no", ""])
def test_a_plain_no_is_no_danger(clerk: User, danger: str) -> None:
    assert not house.ask(danger=danger).is_urgent


def test_a_consent_taken_back_stands_in_the_history_and_reaches_the_unit(
    liaoning: None, client: Client, clerk: User
) -> None:
    photos = FieldSpec("拍照", "consent", "", required=False, text_key="photo-consent")
    index = RequestIndexPage.objects.get()
    form = create_form(
        index, title="示例", slug="photos", kind="request", fields=[*house.FIELDS, photos]
    )
    answers = {
        "applicant": "parent",
        "matter": "living",
        "residence": house.HEPING,
        "story": house.CANARY_STORY,
        "phone": house.CANARY_PHONE,
        "email": "",
        "danger": "no",
        "consent": "request-notice.1",
        "": "photo-consent.1",
    }
    submission = house.send(form, **answers)
    case = Case.objects.get(submission=submission)
    consent = Consent.objects.get(record=submission.record, text__key="photo-consent")
    notice = Consent.objects.get(record=submission.record, text__key="request-notice")
    code = tracking_code(submission)
    client.post("/track/", {"reference": submission.reference, "code": code})
    address = f"/track/consent/{consent.pk}/"
    assert address in client.get("/track/").content.decode()
    # A statutory duty is not taken back.
    assert client.post(f"/track/consent/{notice.pk}/").status_code == 404

    announced = OutboxMessage.objects.count()
    assert "停止凭这份同意书" in client.get(address).content.decode()
    for _press in range(2):
        assert client.post(address)["Location"] == "/track/"
    assert OutboxMessage.objects.count() == announced + 1
    html = client.get("/track/").content.decode()
    assert "撤回同意" in html
    assert address not in html
    assert [step.from_family for step in tracking(case).steps] == [False, True]
    before = case.version
    case.refresh_from_db()
    assert (case.state, case.version) == (State.PENDING_ACCEPTANCE, before + 1)
    assert SealedRecord.objects.get(pk=submission.record_id).wrapped_key is not None
    client.force_login(clerk)
    assert "撤回" in client.get(f"/admin/cases/{submission.reference}/").content.decode()
