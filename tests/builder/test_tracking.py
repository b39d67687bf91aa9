"""Following a request by reference and code."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from forms.builder import references
from forms.builder.handlers import FamilyDeed, Refused
from forms.builder.models import Submission
from forms.builder.references import parse_code, parse_reference
from forms.builder.services import tracking_code
from home.pages import limits
from tests.builder.conftest import CANARY, Family, TestHandler

WRONG = "没有找到：受理编号或查询码不对"


@pytest.fixture(autouse=True)
def empty_counters(db: None) -> None:
    cache.clear()


@pytest.fixture
def submission(family: Family) -> Submission:
    family.send()
    return Submission.objects.get()


@pytest.fixture
def tracked(submission: Submission) -> Client:
    client = Client()
    assert look_up(client, submission.reference, tracking_code(submission)).status_code == 303
    return client


def look_up(client: Client, reference: str, code: str, **extra: Any) -> Any:
    return client.post("/track/", {"reference": reference, "code": code}, **extra)


def test_reference_and_code_open_the_progress(tracked: Client, submission: Submission) -> None:
    response = tracked.get("/track/")
    html = response.content.decode()
    assert 'data-state="in_progress"' in html
    for shown in ("办理中", "和平区民政局", "2025年2月27日", "请带户口簿来。", "孩子几年级？"):
        assert shown in html
    assert html.index("请带户口簿来。") < html.index("承办单位答复")
    for hidden in (CANARY, "13800138000", tracking_code(submission)):
        assert hidden not in html
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda text: " ".join(text),
        lambda text: "-".join(text),
        lambda text: text.replace("0", "O").replace("1", "l"),
        lambda text: "".join(chr(ord(c) + 0xFEE0) for c in text),
        lambda text: text.removeprefix("LN"),
        lambda text: f"  {text}\u200b\n",
    ],
)
def test_numbers_are_taken_as_people_write_them(submission: Submission, write: Any) -> None:
    code = tracking_code(submission)
    response = look_up(Client(), write(submission.reference), write(code))
    assert response.status_code == 303


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        (None, "0" * 16),
        ("LN0000000000", None),
        ("LN1", None),
        (None, "1"),
        (None, "1\x00"),
        ("x" * 199, None),
        ("' OR 1=1", None),
        (None, "１" * 16),
    ],
)
def test_wrong_and_unknown_get_the_same_answer(
    submission: Submission, reference: str | None, code: str | None
) -> None:
    known_but_wrong = look_up(Client(), submission.reference, "1" * 16)
    response = look_up(
        Client(), reference or submission.reference, code or tracking_code(submission)
    )
    assert response.status_code == known_but_wrong.status_code == 422
    assert WRONG in response.content.decode()
    assert "track" not in response.cookies


def test_wrong_and_unknown_cost_the_same_work(
    submission: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = references.hash_code

    def counting(code: str, salt: bytes) -> bytes:
        hashed.append(code)
        return real(code, salt)

    monkeypatch.setattr(references, "hash_code", counting)
    queries = []
    for reference in (submission.reference, "LN0000000000", "nonsense"):
        cache.clear()
        hashed.clear()
        with CaptureQueriesContext(connection) as captured:
            look_up(Client(), reference, "1" * 16)
        assert len(hashed) == 1
        queries.append(sum("builder_submission" in q["sql"] for q in captured))
    assert set(queries) == {1}


def test_an_empty_look_up_says_what_is_missing(db: None) -> None:
    response = look_up(Client(), "", "")
    html = response.content.decode()
    assert response.status_code == 422
    assert html.count("请填写受理编号。") == 2
    assert html.count("请填写查询码。") == 2


def test_the_eleventh_guess_at_a_reference_is_not_even_tried(submission: Submission) -> None:
    for _ in range(10):
        assert look_up(Client(), submission.reference, "1" * 16).status_code == 422
    response = look_up(Client(), submission.reference, tracking_code(submission))
    assert response.status_code == 429
    assert response["Retry-After"]
    assert "一小时后" in response.content.decode()


def test_whoever_guesses_does_not_lock_the_family_out(submission: Submission) -> None:
    for _ in range(12):
        guess = look_up(Client(), submission.reference, "1" * 16, REMOTE_ADDR="203.0.113.9")
    assert guess.status_code == 429
    code = tracking_code(submission)
    assert look_up(Client(), submission.reference, code).status_code == 303


def test_families_behind_one_address_are_not_counted_for_being_right(
    submission: Submission,
) -> None:
    code = tracking_code(submission)
    for _ in range(70):
        assert look_up(Client(), submission.reference, code).status_code == 303


def test_the_right_code_starts_the_count_again(submission: Submission) -> None:
    for _ in range(3):
        for _ in range(5):
            look_up(Client(), submission.reference, "1" * 16)
        right = look_up(Client(), submission.reference, tracking_code(submission))
        assert right.status_code == 303


def test_sixty_guesses_from_one_address_are_enough_for_an_hour(
    submission: Submission, time_machine: Any
) -> None:
    for _ in range(60):
        look_up(Client(), references.new_reference(), "1" * 16)
    code = tracking_code(submission)
    assert look_up(Client(), submission.reference, code).status_code == 429
    elsewhere = look_up(Client(), submission.reference, code, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 303
    time_machine.move_to(timezone.now() + timedelta(hours=1))
    assert look_up(Client(), submission.reference, code).status_code == 303


def test_what_a_client_says_of_its_address_does_not_count(db: None, rf: Any, settings: Any) -> None:
    request = rf.get("/", REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="1.1.1.1")
    assert limits.client_address(request) == "198.51.100.7"
    request = rf.get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 1.1.1.1")
    assert limits.client_address(request) == "127.0.0.1"
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    assert limits.client_address(request) == "1.1.1.1"
    request = rf.get("/", REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="1.1.1.1")
    settings.TRUSTED_PROXIES = ["198.51.100.7"]
    assert limits.client_address(request) == "1.1.1.1"
    request = rf.get("/", REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR="1.1.1.1, 2.2.2.2")
    assert limits.client_address(request) == "2.2.2.2"
    request = rf.get("/", REMOTE_ADDR="2001:db8:1:2:3::4")
    assert limits.client_address(request) == "2001:db8:1:2::/64"
    assert limits.client_address(rf.get("/", REMOTE_ADDR="")) == "unknown"


def test_a_broken_cache_locks_nobody_out(submission: Submission, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "tests.builder.broken_cache.BrokenCache"}}
    response = look_up(Client(), submission.reference, tracking_code(submission))
    assert response.status_code == 303


def test_the_progress_closes_after_half_an_hour_and_on_leaving(
    tracked: Client, time_machine: Any
) -> None:
    response = tracked.post("/track/leave/")
    assert response.status_code == 303
    assert "data-state" not in tracked.get("/track/").content.decode()


def test_leaving_takes_the_receipt_with_its_code_along(family: Family) -> None:
    family.send()
    receipt = family.client.get("/requests/receipt/")
    assert 'action="/track/leave/"' in receipt.content.decode()
    family.client.post("/track/leave/")
    assert family.client.get("/requests/receipt/").status_code == 410


def test_half_an_hour_later_the_code_is_asked_for_again(tracked: Client, time_machine: Any) -> None:
    time_machine.move_to(timezone.now() + timedelta(minutes=31))
    assert "data-state" not in tracked.get("/track/").content.decode()


def test_a_cookie_of_ones_own_making_opens_nothing(submission: Submission) -> None:
    client = Client()
    client.cookies["track"] = f"{submission.uuid.hex}:1:forged"
    assert "data-state" not in client.get("/track/").content.decode()


def test_the_cookie_of_a_receipt_does_not_open_the_progress(family: Family) -> None:
    cookie = family.send().cookies["receipt"].value
    client = Client()
    client.cookies["track"] = cookie
    assert "data-state" not in client.get("/track/").content.decode()


def test_the_family_answers_a_question(tracked: Client, handler: TestHandler) -> None:
    handler.deeds = [FamilyDeed("answer", "补充说明", "最多5000个字。", asks_text=True)]
    html = tracked.get("/track/").content.decode()
    assert "补充说明" in html
    response = tracked.post("/track/deed/", {"deed": "answer", "text": " 三年级\x00 "})
    assert response.status_code == 303
    assert handler.deeds_done == [("answer", "三年级")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "请先写下要说的内容。"), ("字" * 5001, "最多5000个字，现在有5001个字")],
)
def test_a_deed_without_its_text_is_not_done(
    tracked: Client, handler: TestHandler, text: str, sentence: str
) -> None:
    handler.deeds = [FamilyDeed("answer", "补充说明", asks_text=True)]
    response = tracked.post("/track/deed/", {"deed": "answer", "text": text})
    html = response.content.decode()
    assert response.status_code == 422
    assert html.count(sentence) == 2
    assert text in html
    assert handler.deeds_done == []


def test_withdrawing_takes_a_tick(tracked: Client, handler: TestHandler) -> None:
    handler.deeds = [FamilyDeed("withdraw", "撤回", confirm=True)]
    assert tracked.post("/track/deed/", {"deed": "withdraw"}).status_code == 422
    assert handler.deeds_done == []
    response = tracked.post("/track/deed/", {"deed": "withdraw", "confirmed": "on"})
    assert response.status_code == 303
    assert handler.deeds_done == [("withdraw", "")]


def test_a_deed_that_is_not_offered_is_refused_with_the_text(
    tracked: Client, handler: TestHandler
) -> None:
    response = tracked.post("/track/deed/", {"deed": "close", "text": "我写的话"})
    html = response.content.decode()
    assert response.status_code == 409
    assert "现在不能这样做" in html
    assert "我写的话" in html
    assert handler.deeds_done == []


@pytest.mark.parametrize(
    ("refusal", "failure", "status", "sentence"),
    [
        (Refused("changed", "这件事项刚刚有了变化。"), None, 409, "这件事项刚刚有了变化。"),
        (None, OperationalError("x"), 503, "没有提交成功"),
    ],
)
def test_a_deed_that_fails_keeps_the_text(
    tracked: Client, handler: TestHandler, refusal: Any, failure: Any, status: int, sentence: str
) -> None:
    handler.deeds = [FamilyDeed("answer", "补充说明", asks_text=True)]
    handler.refusal, handler.failure = refusal, failure
    response = tracked.post("/track/deed/", {"deed": "answer", "text": "我写的话"})
    html = response.content.decode()
    assert response.status_code == status
    assert sentence in html
    assert html.count("我写的话") == 1


def test_a_button_pressed_twice_does_one_deed(tracked: Client, handler: TestHandler) -> None:
    handler.deeds = [FamilyDeed("answer", "补充说明", asks_text=True)]
    sent = {"deed": "answer", "text": " 三年级\r\n\x00"}
    assert tracked.post("/track/deed/", sent).status_code == 303
    # The first has changed what may be done now.
    handler.deeds = []
    assert tracked.post("/track/deed/", sent).status_code == 303
    assert handler.deeds_done == [("answer", "三年级")]
    assert tracked.post("/track/deed/", sent | {"text": "\ufffd"}).status_code == 409


def test_a_page_of_one_request_does_nothing_to_another(
    tracked: Client, submission: Submission, handler: TestHandler
) -> None:
    handler.deeds = [FamilyDeed("answer", "补充说明", asks_text=True)]
    html = tracked.get("/track/").content.decode()
    assert f'name="reference" value="{submission.reference}"' in html
    other = references.new_reference()
    sent = {"deed": "answer", "text": "写给另一件的话", "reference": other}
    response = tracked.post("/track/deed/", sent)
    html = response.content.decode()
    assert response.status_code == 409
    assert "您刚才写的是另一件事项" in html
    assert "写给另一件的话" in html
    assert handler.deeds_done == []
    assert tracked.post("/track/deed/", sent | {"reference": submission.reference}).status_code == (
        303
    )


@pytest.mark.parametrize("path", ["/track/deed/", "/track/leave/"])
def test_opening_the_address_of_a_deed_again_leads_to_the_progress(
    tracked: Client, handler: TestHandler, path: str
) -> None:
    response = tracked.get(path)
    assert (response.status_code, response["Location"]) == (303, "/track/")
    assert "data-state" in tracked.get("/track/").content.decode()
    assert tracked.put(path).status_code == 405
    assert handler.deeds_done == []


def test_a_deed_after_the_half_hour_gives_the_text_back(handler: TestHandler, db: None) -> None:
    response = Client().post("/track/deed/", {"deed": "answer", "text": "我写的话"})
    assert response.status_code == 403
    assert "我写的话" in response.content.decode()


def test_the_page_says_how_long_it_can_be_read(
    tracked: Client, submission: Submission, time_machine: Any
) -> None:
    """The half hour of the cookie, whenever the request itself was sent."""
    time_machine.move_to(timezone.now() + timedelta(minutes=20))
    html = tracked.get("/track/").content.decode()
    assert re.search(r'data-lapses="(600|59\d)"', html)
    assert "半小时到了" in html
    time_machine.shift(timedelta(minutes=11))
    assert "data-state" not in tracked.get("/track/").content.decode()


def test_deeds_and_leaving_need_the_protection_token(submission: Submission) -> None:
    client = Client(enforce_csrf_checks=True)
    for path in ("/track/", "/track/deed/", "/track/leave/"):
        assert client.post(path, {}).status_code == 403


def test_a_reference_has_a_check_character_and_no_ambiguous_letters() -> None:
    for _ in range(200):
        reference = references.new_reference()
        assert len(reference) == 12
        assert reference.startswith("LN")
        assert not set(reference[2:]) & set("ILOU")
        assert parse_reference(reference) == reference
        for place in range(2, 12):
            other = "0" if reference[place] != "0" else "1"
            assert parse_reference(reference[:place] + other + reference[place + 1 :]) is None


def test_a_code_is_sixteen_digits_and_only_its_hash_is_stored(submission: Submission) -> None:
    code = tracking_code(submission)
    assert parse_code(code) == code
    salt, stored = bytes(submission.code_salt), bytes(submission.code_hash)
    assert references.code_matches(code, salt, stored)
    assert not references.code_matches(code[::-1] + "x", salt, stored)
    assert code.encode() not in stored
