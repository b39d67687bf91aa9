"""Who may consent for a child, what a consent leaves to be done, and how it is taken back."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from delivery.models import OutboxMessage
from forms.activities.models import ActivityPage, Session, SignUp
from forms.activities.selectors import sign_ups_of
from forms.builder.handlers import Refused
from forms.builder.models import FormPage, Submission
from forms.builder.selectors import current_version
from forms.builder.services import FieldSpec, create_form, submit, tracking_code
from forms.vault import holds, journal, purging
from forms.vault.immutable import WrittenOnce
from forms.vault.models import Consent, ConsentDuty, ConsentWithdrawal, SealedRecord
from home.directory.models import Role, User
from tests.activities import fair
from tests.casework import house

WHO = FieldSpec(
    "您是孩子的什么人",
    "radio",
    "applicant",
    choices=[("self", "本人"), ("parent", "父母"), ("neighbour", "邻居")],
)
PHOTO = FieldSpec("拍照", "consent", "", required=False, text_key="photo-consent")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def teens(activity: ActivityPage) -> Session:
    """An activity for ages 6 to 17 whose form asks who is writing, and for photos."""
    page = fair.activity(slug="teens", age_max=17)
    FormPage.objects.child_of(page).get().delete()
    create_form(page, title="报名", slug="all", kind="sign-up", fields=[WHO, PHOTO, *fair.FIELDS])
    return fair.session(page, capacity=9)


def send(on: Session, *, photo: bool = False, **answers: Any) -> Submission:
    form = fair.form_of(on.activity)
    keys = {field.role or field.label: field.clean_name for field in form.form_fields.all()}
    values = {
        "session": str(on.pk),
        "child_name": secrets.token_hex(4),
        "child_age": "8",
        "guardian_phone": house.CANARY_PHONE,
        "consent": "sign-up-notice.1",
        "拍照": "photo-consent.1" if photo else "",
        **answers,
    }
    version = current_version(form)
    assert version is not None
    by_key = {keys[name]: value for name, value in values.items()}
    return submit(version, by_key, submission_key=secrets.token_hex(16))


def follow(client: Client, submission: Submission) -> str:
    code = tracking_code(submission)
    client.post("/track/", {"reference": submission.reference, "code": code})
    return client.get("/track/").content.decode()


def consent_of(submission: Submission, key: str = "sign-up-notice") -> Consent:
    found: Consent = Consent.objects.get(record=submission.record, text__key=key)
    return found


@pytest.mark.parametrize(
    ("who", "age", "word"),
    [("self", "13", "不满14周岁"), ("neighbour", "8", "别人不能代为同意")],
)
def test_who_may_not_consent_is_told_who_may_and_nothing_is_stored(
    teens: Session, who: str, age: str, word: str
) -> None:
    before = SealedRecord.objects.count()
    with pytest.raises(Refused) as refused:
        send(teens, applicant=who, child_age=age)
    assert refused.value.result == "guardian"
    assert word in refused.value.message
    assert SealedRecord.objects.count() == before


@pytest.mark.parametrize(
    ("who", "age", "given_by", "duty"),
    [
        ("parent", "13", "guardian", ""),
        ("self", "14", "child", "tell_guardian"),
        ("parent", "15", "guardian", "ask_child"),
    ],
)
def test_a_consent_says_who_gave_it_and_what_is_still_to_be_done(
    teens: Session, who: str, age: str, given_by: str, duty: str
) -> None:
    consent = consent_of(send(teens, applicant=who, child_age=age))
    assert consent.given_by == given_by
    assert (consent.duty.kind if hasattr(consent, "duty") else "") == duty
    assert [one.kind for one in sign_ups_of(teens)[0].duties] == ([duty] if duty else [])


def test_an_organiser_notes_that_a_guardian_was_told(teens: Session, client: Client) -> None:
    send(teens, applicant="self", child_age="15")
    organiser = house.person(Role.ORGANISER, house.HEPING, "youth-league")
    client.force_login(organiser)
    address = f"/admin/sign-ups/{teens.pk}/"
    assert "须告知监护人" in client.get(address).content.decode()
    duty = ConsentDuty.objects.get()
    assert client.post(f"{address}duties/{duty.pk}/").status_code == 302
    duty.refresh_from_db()
    assert duty.done_by == organiser
    assert "须告知监护人" not in client.get(address).content.decode()
    client.force_login(house.person(Role.ORGANISER, house.SHENHE, "youth-league"))
    assert client.post(f"{address}duties/{duty.pk}/").status_code == 404


def test_photos_are_asked_apart_and_never_a_condition(teens: Session, client: Client) -> None:
    without = send(teens, applicant="parent")
    assert not Consent.objects.filter(record=without.record, text__key="photo-consent").exists()
    having = send(teens, applicant="parent", photo=True)
    assert [list(line.notes) for line in sign_ups_of(teens)] == [[], ["同意拍照"]]
    consent = consent_of(having, "photo-consent")
    page = follow(client, having)
    assert f"/track/consent/{consent.pk}/" in page
    assert "孩子的名额不受影响" in client.get(f"/track/consent/{consent.pk}/").content.decode()
    assert client.post(f"/track/consent/{consent.pk}/").status_code == 303
    assert fair.place_of(having).state == SignUp.State.CONFIRMED
    assert SealedRecord.objects.get(pk=having.record_id).wrapped_key is not None
    assert list(sign_ups_of(teens)[1].notes) == ["已撤回拍照同意"]
    assert OutboxMessage.objects.filter(event_key__endswith=":consent").count() == 1
    assert "已于" in client.get("/track/").content.decode()


def test_taking_the_consent_back_ends_the_sign_up_and_erases_what_was_sent(
    session: Session, client: Client
) -> None:
    submission = fair.sign_up(session)
    consent = consent_of(submission)
    page = follow(client, submission)
    address = f"/track/consent/{consent.pk}/"
    assert address in page
    told = client.get(address).content.decode()
    assert "报名随即取消" in told
    assert "立即删除" in told
    assert not ConsentWithdrawal.objects.exists(), "looking is not withdrawing"
    assert client.post(address).status_code == 303
    session.refresh_from_db()
    assert session.taken == 0
    assert fair.place_of(submission).state == SignUp.State.CANCELLED
    assert SealedRecord.objects.get(pk=submission.record_id).wrapped_key is None
    assert fair.place_of(submission).child_digest.startswith("erased")
    assert journal.verify() > 0
    page = client.get("/track/").content.decode()
    assert "撤回同意" in page
    assert address not in page
    assert client.post(address).status_code == 303
    assert ConsentWithdrawal.objects.count() == 1
    with pytest.raises(WrittenOnce):
        ConsentWithdrawal.objects.get().delete()


def test_on_hold_the_withdrawal_counts_and_the_content_waits(
    session: Session, client: Client
) -> None:
    submission = fair.sign_up(session)
    user = User.objects.create_user("holder")
    holds.place(submission.uuid, reference=submission.reference, user=user, reason="调查")
    follow(client, submission)
    assert client.post(f"/track/consent/{consent_of(submission).pk}/").status_code == 303
    record = SealedRecord.objects.get(pk=submission.record_id)
    assert record.wrapped_key is not None
    assert record.purge_at is not None, "the first purge after the hold takes it"
    assert fair.place_of(submission).state == SignUp.State.CANCELLED


def test_nobody_takes_back_another_familys_consent(session: Session, client: Client) -> None:
    mine, theirs = fair.sign_up(session), fair.sign_up(session, child_name="另一个")
    address = f"/track/consent/{consent_of(theirs).pk}/"
    assert client.post(address).status_code == 303
    follow(client, mine)
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404
    assert not ConsentWithdrawal.objects.exists()


def test_a_full_disk_keeps_no_family_from_withdrawing(
    teens: Session, client: Client, tmp_path: Path, settings: Any
) -> None:
    """The journal can't be written: what is to go is due, and goes with the next purge."""
    submission = send(teens)
    follow(client, submission)
    consent = consent_of(submission)
    settings.DATA_DIR = tmp_path / "no folder, but a file"
    settings.DATA_DIR.write_text("")
    assert client.post(f"/track/consent/{consent.pk}/", {}).status_code == 303
    assert ConsentWithdrawal.objects.filter(consent=consent).exists()
    record = SealedRecord.objects.get(pk=submission.record.pk)
    assert record.wrapped_key is not None
    settings.DATA_DIR = tmp_path
    assert purging.purge().owners == 1
    record.refresh_from_db()
    assert record.wrapped_key is None
