"""Saving and going on, files, another version, the states of a form, leaving at once."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from PIL import Image

from forms.builder import continuing, drafts, floods, screens
from forms.builder.attachments import attached_to
from forms.builder.models import Draft, FormPage, Submission
from forms.builder.selectors import answers_of, labelled_answers
from forms.vault.files import contents, files_of
from forms.vault.models import SealedFile, SealedRecord
from home.directory.models import User
from tests.builder.conftest import TestHandler
from tests.builder.steps import (
    CHILDREN,
    CONSENT,
    HAS_CHILDREN,
    NAME,
    PHONE,
    PHOTOS,
    STORY,
    WHO,
    Walker,
)
from tests.vault.made_files import CANARY, telling_heic


@pytest.fixture(autouse=True)
def private(tmp_path: Any, settings: Any) -> None:
    settings.PRIVATE_ROOT = tmp_path


def photo(name: str = "户口簿.jpg") -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(data, "JPEG")
    return SimpleUploadedFile(name, data.getvalue(), "image/jpeg")


def to_the_photos(walker: Walker) -> Walker:
    walker.first()
    walker.children()
    return walker


# ── save and continue ───────────────────────────────────────────────────────────────────────────


def saved_code(walker: Walker) -> str:
    walker.press("_save", **{f"{CHILDREN}-count": "1", f"{CHILDREN}-0-{NAME}": "小明"})
    found = re.search(r'data-code="([0-9 ]+)"', walker.html)
    assert found is not None
    return found[1]


def test_a_saved_form_goes_on_by_its_code_on_another_telephone(walker: Walker) -> None:
    walker.first()
    code = saved_code(walker)
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", code)
    other = Walker(walker.page, Client())
    response = other.client.post("/requests/continue/", {"code": code.replace(" ", "-")})
    assert response.status_code == 303
    assert code.replace(" ", "") not in response["Location"]
    other.open(response["Location"])
    assert "小明" in other.html
    other.children()
    other.press()
    other.last()
    other.press()
    assert Submission.objects.count() == 1


def test_the_code_is_the_same_each_time_and_stored_nowhere(walker: Walker) -> None:
    walker.first()
    url = walker.url
    first = saved_code(walker)
    walker.open(url)
    assert saved_code(walker) == first
    draft = Draft.objects.get()
    assert first.replace(" ", "") not in str(Draft.objects.values())
    assert len(draft.code_digest) == 64


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0000 0000 0000 0000", "没有找到：续填码不对"),
        ("1234", "没有找到：续填码不对"),
        ("字" * 50, "没有找到：续填码不对"),
        ("\x00", "请填写续填码。"),
    ],
)
def test_wrong_and_unknown_codes_get_the_same_answer(
    walker: Walker, typed: str, sentence: str
) -> None:
    walker.first()
    saved_code(walker)
    response = walker.client.post("/requests/continue/", {"code": typed})
    assert response.status_code == 422
    assert sentence in response.content.decode()


def test_guessing_codes_is_throttled_and_a_right_one_counts_for_nothing(walker: Walker) -> None:
    walker.first()
    code = saved_code(walker)
    for _ in range(continuing.TRIES_PER_ADDRESS + 5):
        assert walker.client.post("/requests/continue/", {"code": code}).status_code == 303
    for _ in range(continuing.TRIES_PER_ADDRESS):
        walker.client.post("/requests/continue/", {"code": "0" * 16})
    late = walker.client.post("/requests/continue/", {"code": "0" * 16})
    assert late.status_code == 429
    assert "一小时后再试" in late.content.decode()


def test_a_code_nobody_was_given_opens_nothing(walker: Walker) -> None:
    walker.first()
    code = drafts.code_of(Draft.objects.get())
    assert walker.client.post("/requests/continue/", {"code": code}).status_code == 422


def test_a_draft_of_thirty_days_is_erased_with_its_files(walker: Walker) -> None:
    to_the_photos(walker)
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    code = drafts.give_code(Draft.objects.get())
    Draft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert walker.client.post("/requests/continue/", {"code": code}).status_code == 422
    assert drafts.expire() == 1
    assert not Draft.objects.exists()
    assert not SealedRecord.objects.exists()
    assert not SealedFile.objects.filter(erased_at__isnull=True).exists()
    walker.open(walker.url)
    assert walker.response.status_code == 410
    assert "30天" in walker.html


def test_the_form_s_address_offers_what_was_begun_and_takes_it_away(walker: Walker) -> None:
    walker.first()
    walker.open()
    assert "接着填" in walker.html
    assert "房租付不起" not in walker.html
    walker.press("_give_up", Draft.objects.get().name)
    assert not Draft.objects.exists()
    assert "接着填" not in walker.html
    assert not SealedRecord.objects.exists()


# ── files ───────────────────────────────────────────────────────────────────────────────────────


def test_photos_are_kept_listed_removed_and_become_the_answer(
    walker: Walker, django_capture_on_commit_callbacks: Any
) -> None:
    to_the_photos(walker)
    walker.press("_upload", PHOTOS, **{PHOTOS: [photo("一.jpg"), photo("二.jpg")]})
    assert "一.jpg" in walker.html
    assert "二.jpg" in walker.html
    uuid = Draft.objects.get().submission_uuid
    first, second = attached_to(uuid)[PHOTOS]
    with django_capture_on_commit_callbacks(execute=True):
        walker.press("_remove", f"{PHOTOS}-{first.uuid}")
    assert "一.jpg" not in walker.html
    walker.press(**{PHOTOS: photo("三.jpg")})
    assert "screen=4" in walker.url
    walker.last()
    assert "二.jpg" in walker.html
    assert "三.jpg" in walker.html
    walker.press()
    submission = Submission.objects.get()
    kept = [str(file.uuid) for file in files_of(submission.uuid)]
    assert answers_of(submission).by_key[PHOTOS] == kept
    assert str(second.uuid) in kept
    assert len(kept) == 2
    texts = {answer.label: answer.text for answer in labelled_answers(submission)}
    assert "二.jpg（" in texts["照片"]


def test_a_photo_is_kept_when_something_else_on_its_screen_is_wrong(
    steps: FormPage, handler: TestHandler
) -> None:
    field = steps.form_fields.get(clean_name=PHONE)
    field.sort_order = steps.form_fields.get(clean_name=PHOTOS).sort_order
    field.save()
    steps.refresh_from_db()
    steps.save_revision().publish()
    walker = Walker(FormPage.objects.get(pk=steps.pk))
    walker.open()
    to_the_photos(walker)
    walker.press(**{PHOTOS: photo("证明.jpg"), PHONE: "12"})
    assert walker.response.status_code == 422
    assert "证明.jpg" in walker.html
    assert "请填写11位手机号码" in walker.html


@pytest.mark.parametrize(
    ("upload", "sentence"),
    [
        (SimpleUploadedFile("a.jpg", b"no picture at all", "image/jpeg"), "“a.jpg”"),
        (SimpleUploadedFile("run.exe", b"MZ" + bytes(100), "image/png"), "不能接收这种文件"),
        (SimpleUploadedFile("empty.pdf", b"", "application/pdf"), "空的"),
    ],
)
def test_what_is_no_photo_is_refused_at_the_question(
    walker: Walker, upload: SimpleUploadedFile, sentence: str
) -> None:
    to_the_photos(walker)
    walker.press("_upload", PHOTOS, **{PHOTOS: upload})
    assert walker.response.status_code == 422
    assert sentence in walker.html
    assert f'href="#id_{PHOTOS}"' in walker.html
    assert not SealedFile.objects.exists()


def test_the_name_of_what_is_refused_is_shown_without_what_misleads(walker: Walker) -> None:
    to_the_photos(walker)
    name = "a\u202egpj" + "长" * 150 + ".exe"
    evil = SimpleUploadedFile(name, b"no picture at all", "image/jpeg")
    walker.press("_upload", PHOTOS, **{PHOTOS: evil})
    assert walker.response.status_code == 422
    assert "\u202e" not in walker.html
    assert "“agpj长" in walker.html
    assert "长" * 101 not in walker.html


def test_a_photo_of_a_new_telephone_is_taken_and_kept_without_its_place(walker: Walker) -> None:
    to_the_photos(walker)
    upload = SimpleUploadedFile("IMG_0001.HEIC", telling_heic(), "image/heic")
    walker.press("_upload", PHOTOS, **{PHOTOS: upload})
    assert walker.response.status_code == 200
    assert "IMG_0001.jpg" in walker.html
    kept = Image.open(BytesIO(b"".join(contents(SealedFile.objects.get()))))
    assert kept.format == "JPEG"
    assert CANARY.encode() not in b"".join(contents(SealedFile.objects.get()))
    assert not kept.getexif()


def test_one_photo_too_many_is_refused_and_the_others_stay(walker: Walker) -> None:
    to_the_photos(walker)
    walker.press("_upload", PHOTOS, **{PHOTOS: [photo(f"{n}.jpg") for n in range(4)]})
    assert walker.response.status_code == 422
    assert "最多上传3个" in walker.html
    assert "2.jpg" in walker.html
    assert SealedFile.objects.count() == 3


def test_nobody_removes_or_sees_a_photo_of_another_draft(walker: Walker) -> None:
    to_the_photos(walker)
    walker.press("_upload", PHOTOS, **{PHOTOS: photo("别人.jpg")})
    theirs = SealedFile.objects.get()
    mine = Walker(walker.page, Client())
    mine.open()
    to_the_photos(mine)
    mine.press("_remove", f"{PHOTOS}-{theirs.uuid}", **{PHOTOS: str(theirs.uuid)})
    assert mine.response.status_code == 409
    assert "没有找到这个文件" in mine.html
    assert "别人.jpg" not in mine.html
    theirs.refresh_from_db()
    assert theirs.erased_at is None


def test_the_script_is_told_what_was_taken_and_what_not(walker: Walker) -> None:
    to_the_photos(walker)
    context = walker.response.context
    body = {
        "submission_key": context["submission_key"],
        "form_version": context["form_version"],
        "screen": 3,
        "_upload": PHOTOS,
    }
    good = walker.client.post(
        walker.url, body | {PHOTOS: photo("好.jpg")}, headers={"accept": "application/json"}
    )
    assert good.status_code == 200
    assert good.json()["taken"][0]["name"] == "好.jpg"
    assert "screen=3" in good.json()["address"]
    bad = walker.client.post(
        walker.url,
        body | {PHOTOS: SimpleUploadedFile("x.jpg", b"x")},
        headers={"accept": "application/json"},
    )
    assert bad.status_code == 422
    assert bad.json()["refused"]


def test_a_photo_whose_question_is_hidden_at_the_end_is_erased(
    steps: FormPage, handler: TestHandler
) -> None:
    field = steps.form_fields.get(clean_name=PHOTOS)
    field.condition = {"question": WHO, "is": "equals", "value": "parent"}
    field.save()
    steps.refresh_from_db()
    steps.save_revision().publish()
    walker = Walker(FormPage.objects.get(pk=steps.pk))
    walker.open()
    to_the_photos(walker)
    walker.press(**{PHOTOS: photo()})
    walker.last()
    walker.open(walker.url.replace("screen=check", "screen=1") + "&back=check")
    walker.first(**{WHO: "other", "f000000000c": "邻居"})
    assert "户口簿.jpg" not in walker.html
    walker.press()
    assert PHOTOS not in answers_of(Submission.objects.get()).by_key
    assert not SealedFile.objects.filter(erased_at__isnull=True).exists()


def test_a_large_body_is_read_only_where_a_form_asks_for_files(
    walker: Walker, settings: Any
) -> None:
    settings.PUBLIC_BODY_MAX_SIZE = 1000
    to_the_photos(walker)
    noise = SimpleUploadedFile("big.pdf", b"x" * 3000, "application/pdf")
    walker.press("_upload", PHOTOS, **{PHOTOS: noise})
    assert walker.response.status_code == 422
    refused = walker.client.post("/track/", {"reference": "x" * 3000})
    assert refused.status_code == 413
    assert "太大" in refused.content.decode()


# ── another version ─────────────────────────────────────────────────────────────────────────────


def test_a_draft_moves_to_the_new_version_and_loses_nothing_in_silence(walker: Walker) -> None:
    walker.first()
    page = walker.page
    page.form_fields.get(clean_name=WHO).delete()
    field = page.form_fields.get(clean_name=STORY)
    field.label = "请说说情况"
    field.save()
    page.refresh_from_db()
    page.save_revision().publish()
    walker.press(**{f"{CHILDREN}-count": "1", f"{CHILDREN}-0-{NAME}": "小明"})
    assert "screen=changed" in walker.url
    assert "刚刚更新过" in walker.html
    assert "“发生了什么”改成了“请说说情况”。" in walker.html
    # What is no longer asked is given back for copying.
    assert "您是谁" in walker.html
    walker.press("_go_on", screen="changed")
    assert "screen=2" in walker.url
    assert "小明" in walker.html
    walker.children()
    walker.press()
    walker.last()
    assert "请说说情况" in walker.html
    assert "房租付不起" in walker.html
    walker.press()
    stored = answers_of(Submission.objects.get()).by_key
    assert WHO not in stored
    assert stored[STORY] == "房租付不起"


# ── when it is open ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "change"),
    [
        ("not-open", {"opens_at": timedelta(days=2)}),
        ("closed", {"closes_at": timedelta(days=-2)}),
        ("full", {"most_submissions": 0}),
        ("test", {"is_test": True}),
    ],
)
def test_a_form_that_is_not_open_says_so(
    steps: FormPage, state: str, change: dict[str, Any]
) -> None:
    for name, value in change.items():
        moment = timezone.now() + value if isinstance(value, timedelta) else value
        FormPage.objects.filter(pk=steps.pk).update(**{name: moment})
    response = Client().get(steps.url)
    html = response.content.decode()
    assert response.status_code == 200
    assert f'data-result="{state}"' in html
    assert "110" in html
    assert "submission_key" not in html


def test_who_comes_to_the_end_too_late_keeps_what_was_typed(walker: Walker) -> None:
    walker.to_the_check()
    FormPage.objects.update(closes_at=timezone.now() - timedelta(minutes=1))
    walker.press()
    assert walker.response.status_code == 409
    assert 'data-result="closed"' in walker.html
    assert "房租付不起" in walker.html
    assert not Submission.objects.exists()
    assert Draft.objects.count() == 1


def test_an_editor_tries_a_form_out_to_the_end_and_nothing_is_kept(
    steps: FormPage, handler: TestHandler
) -> None:
    FormPage.objects.filter(pk=steps.pk).update(is_test=True)
    editor = User.objects.create_superuser("trial", "t@example.com", "trial-password-1")
    walker = Walker(FormPage.objects.get(pk=steps.pk))
    walker.client.force_login(editor)
    walker.to_the_check()
    assert "试填" in walker.html
    walker.press()
    assert walker.response.status_code == 200
    assert "什么都没有保存" in walker.html
    assert "我们会在三天内答复。" in walker.html
    assert not Submission.objects.exists()
    assert not Draft.objects.exists()
    assert not SealedRecord.objects.exists()


# ── leaving at once ─────────────────────────────────────────────────────────────────────────────


def test_leaving_at_once_leads_to_a_neutral_page_and_leaves_no_way_back(walker: Walker) -> None:
    walker.first()
    inside = walker.url
    assert f'href="{walker.page.url}?leave"' in walker.html
    response = walker.client.get(f"{walker.page.url}?leave")
    assert response.status_code == 302
    assert response["Location"] == "/calendar/"
    walker.open(inside)
    assert walker.response.status_code == 410
    assert "房租" not in walker.html
    neutral = walker.client.get("/calendar/").content.decode()
    for word in ("求助", "儿童", "孩子", "童伴", "危险"):
        assert word not in neutral


def test_leaving_the_progress_page_forgets_it_and_the_receipt(walker: Walker) -> None:
    walker.to_the_check()
    walker.press()
    assert walker.response.status_code == 200
    assert walker.client.get("/track/away/")["Location"] == "/calendar/"
    assert walker.client.get("/requests/receipt/").status_code == 410


# ── however a draft goes ────────────────────────────────────────────────────────────────────────


def test_a_form_s_deletion_leaves_nothing_of_its_drafts(walker: Walker) -> None:
    to_the_photos(walker)
    walker.press("_upload", PHOTOS, **{PHOTOS: photo()})
    FormPage.objects.get(pk=walker.page.pk).delete()
    assert not Draft.objects.exists()
    assert not SealedRecord.objects.exists()
    assert not SealedFile.objects.filter(erased_at__isnull=True).exists()


def test_a_purge_as_of_a_later_day_reaches_drafts_too(walker: Walker) -> None:
    walker.first()
    later = (timezone.localdate() + timedelta(days=drafts.DAYS_KEPT + 1)).isoformat()
    out = StringIO()
    call_command("purge", "--now", timezone.localdate().isoformat(), stdout=out)
    assert "0 drafts" in out.getvalue()
    call_command("purge", "--now", later, "--dry-run", stdout=out)
    assert "1 drafts" in out.getvalue()
    assert Draft.objects.exists()
    call_command("purge", "--now", later, stdout=out)
    assert not Draft.objects.exists()
    assert not SealedRecord.objects.exists()


def test_many_drafts_from_one_address_are_stopped_without_loss(
    walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A test is quicker than a person, and counts for several.
    monkeypatch.setattr(screens, "DRAFTS_PER_ADDRESS", floods.WEIGHT_OF_A_QUICK_ONE)
    walker.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    walker.first()
    assert Draft.objects.count() == 1
    other = Walker(walker.page, Client(REMOTE_ADDR="203.0.113.9"))
    other.open()
    other.first(**{STORY: "别丢了我"})
    assert other.response.status_code == 429
    assert "别丢了我" in other.html


def test_every_screen_asks_the_database_a_known_number_of_times(
    walker: Walker, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        walker.open()
    walker.first()
    with django_assert_max_num_queries(14):
        walker.open(walker.url)
    walker.children()
    walker.press()
    walker.last()
    with django_assert_max_num_queries(20):
        walker.open(walker.url)
    assert HAS_CHILDREN
    assert CONSENT
