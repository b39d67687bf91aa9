"""Floods and robots: who gets through, who is asked to wait, and that nobody is thrown away."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from altcha import Challenge, Payload, solve_challenge
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, RequestFactory

from forms.builder import floods
from forms.builder.floods import Verdict, is_proven, judge, opened_now
from forms.builder.models import Submission
from tests.builder.conftest import CANARY, Family

ELSEWHERE = "203.0.113.7"
FORM = 4711


@pytest.fixture(autouse=True)
def counts_from_nothing(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(floods, "ITERATIONS", 10)  # enough to be a proof, quick in Python


def sending(address: str = ELSEWHERE, **fields: str) -> HttpRequest:
    return RequestFactory().post("/requests/help/", fields, REMOTE_ADDR=address)


def unhurried() -> str:
    return signing.dumps(0, salt=floods.OPENED_SALT)


def proof(client: Client) -> str:
    challenge = Challenge.from_dict(json.loads(client.get("/requests/proof.json").content))
    solution = solve_challenge(challenge, floods.derive_key_pbkdf2)
    assert solution is not None
    return Payload(challenge, solution).to_base64()


def welcome(count: int, make: Any, limit: int = 0) -> int:
    """How many of so many sendings are let through."""
    return sum(judge(make(), "request", FORM, limit) is Verdict.WELCOME for _ in range(count))


def test_a_family_that_takes_its_time_may_send_as_often_as_the_setting_says(settings: Any) -> None:
    settings.SENDINGS_PER_HOUR = 7
    assert welcome(10, lambda: sending(opened=unhurried())) == 7


def test_what_comes_back_at_once_counts_for_five(settings: Any) -> None:
    settings.SENDINGS_PER_HOUR = 10
    assert welcome(10, lambda: sending(opened=opened_now())) == 2


def test_a_forged_or_missing_opening_time_is_no_better_than_a_quick_one(settings: Any) -> None:
    settings.SENDINGS_PER_HOUR = 10
    assert welcome(10, lambda: sending(opened="0:forged")) == 2
    cache.clear()
    assert welcome(10, lambda: sending()) == 2


def test_a_school_behind_one_address_gets_through_with_proofs(
    client: Client, settings: Any
) -> None:
    settings.SENDINGS_PER_HOUR = 2
    proofs = [proof(client) for _ in range(12)]
    assert welcome(12, lambda: sending(proof=proofs.pop())) == 12


def test_a_proof_counts_once(client: Client) -> None:
    solved = proof(client)
    assert is_proven(solved)
    assert not is_proven(solved)


@pytest.mark.parametrize(
    "sent", ["", "x", "e30=", "bnVsbA==", "W10=", "W1tbW1tb" * 50, "A" * 100_000, "é", "\ud800"]
)
def test_what_is_no_proof_proves_nothing(sent: str) -> None:
    assert not is_proven(sent)


def test_a_challenge_of_ones_own_making_proves_nothing() -> None:
    made = floods.create_challenge(
        floods.ALGORITHM, cost=1, key_prefix="", hmac_secret="somebody else's"
    )
    solution = solve_challenge(made, floods.derive_key_pbkdf2)
    assert solution is not None
    assert not is_proven(Payload(made, solution).to_base64())


def test_an_old_proof_proves_nothing(client: Client, time_machine: Any) -> None:
    solved = proof(client)
    time_machine.move_to(datetime.now(UTC) + timedelta(seconds=floods.PROOF_SECONDS + 1))
    assert not is_proven(solved)


def test_the_field_nobody_sees_catches_who_fills_in_everything() -> None:
    assert judge(sending(second_address="x@y.example"), "request", FORM) is Verdict.TRAPPED


def test_one_form_is_not_flooded_from_many_addresses(settings: Any) -> None:
    settings.SENDINGS_TO_A_FORM = 5
    numbers = iter(range(1, 200))
    assert welcome(9, lambda: sending(f"198.51.100.{next(numbers)}", opened=unhurried())) == 5


def test_an_address_of_this_machine_is_a_proxy_and_shuts_nobody_out(settings: Any) -> None:
    settings.SENDINGS_PER_HOUR = 1
    assert welcome(50, lambda: sending("127.0.0.1")) == 50
    assert welcome(50, lambda: sending("::1")) == 50


def test_a_cache_that_fails_keeps_no_family_from_sending(settings: Any) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    settings.SENDINGS_PER_HOUR = 1
    assert welcome(5, lambda: sending(opened=unhurried())) == 5


def test_whose_browser_filled_in_the_unseen_field_sees_it_then_and_gets_through(
    family: Family,
) -> None:
    caught = family.send(second_address="some@where.example")
    page = caught.content.decode()
    assert caught.status_code == 422
    assert "请删去“备用地址”一栏的内容" in page
    assert CANARY in page
    assert 'value="some@where.example"' in page
    assert not Submission.objects.exists()
    assert family.send(second_address="").status_code == 303


def test_a_form_says_when_it_was_opened_and_offers_work_to_its_script(family: Family) -> None:
    page = family.open().content.decode()
    assert 'data-challenge="/requests/proof.json"' in page
    assert "js/proof.js" in page
    opened = family.open().context["opened"]
    assert abs(signing.loads(opened, salt=floods.OPENED_SALT) - time.time()) < 5
