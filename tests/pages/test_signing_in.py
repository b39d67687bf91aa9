"""Guessing the password of somebody who may read children's requests."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client

from home.directory.models import User
from home.pages import signing_in

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
RIGHT = "一个-足够-长的-密码-92"
TOO_MANY = "密码试错的次数太多了"


@pytest.fixture(autouse=True)
def clerk(db: None) -> User:
    cache.clear()
    return User.objects.create_superuser("clerk", "clerk@example.org", RIGHT)


def tries(password: str, *, name: str = "clerk", address: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=address).post(LOGIN, {"username": name, "password": password})


def test_the_eleventh_guess_is_not_even_looked_at() -> None:
    for number in range(signing_in.TRIES_PER_NAME):
        assert TOO_MANY not in tries(f"错-{number}").content.decode()
    refused = tries(RIGHT)
    assert refused.status_code == 200
    assert TOO_MANY in refused.content.decode()


def test_whoever_guesses_elsewhere_keeps_nobody_out() -> None:
    for number in range(signing_in.TRIES_PER_NAME + 1):
        tries(f"错-{number}")
    assert tries(RIGHT, address="198.51.100.7").status_code == 302


def test_one_address_can_not_go_through_everybodys_names() -> None:
    for number in range(signing_in.TRIES_PER_ADDRESS):
        tries("错的密码", name=f"name-{number}")
    assert TOO_MANY in tries(RIGHT).content.decode()


def test_being_right_is_not_counted() -> None:
    for _round in range(signing_in.TRIES_PER_ADDRESS + 1):
        assert tries(RIGHT).status_code == 302


def test_a_broken_cache_keeps_nobody_out(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "tests.builder.broken_cache.BrokenCache"}}
    assert tries(RIGHT).status_code == 302


def test_there_is_no_other_place_to_sign_in(client: Client) -> None:
    for answer in (client.get("/_util/login/?next=/news/"), client.post("/_util/login/")):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(LOGIN)


def test_nobodys_post_box_is_filled_with_letters_for_a_new_password() -> None:
    for number in range(signing_in.LETTERS_PER_PERSON + 2):
        asked = Client(REMOTE_ADDR=f"192.0.2.{number}").post(
            "/admin/password_reset/", {"email": "Clerk@example.org"}
        )
        assert asked.status_code == 302
    assert len(mail.outbox) == signing_in.LETTERS_PER_PERSON
    for _round in range(signing_in.LETTERS_PER_ADDRESS):
        last = Client(REMOTE_ADDR="198.51.100.7").post(
            "/admin/password_reset/", {"email": "nobody@example.org"}
        )
        assert last.status_code == 302
    refused = Client(REMOTE_ADDR="198.51.100.7").post(
        "/admin/password_reset/", {"email": "nobody@example.org"}
    )
    assert "申请重设密码的次数太多了" in refused.content.decode()
