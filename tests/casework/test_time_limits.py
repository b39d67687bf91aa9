"""Limits are rows that an administrator keeps in the admin, with their ground."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from forms.casework.models import TimeLimit
from home.directory.models import Area, Unit, User
from tests.casework import house

LIST = "/admin/time-limits/"
NEW = {
    "stage": "reply",
    "matter": "living",
    "amount": "7",
    "unit": "working_day",
    "source": "本市规定",
    "valid_from": "2026-12-01",
}


@pytest.fixture
def administrator(liaoning: None, client: Client) -> Client:
    client.force_login(house.person("administrator", house.LIAONING))
    return client


def test_an_administrator_sees_each_with_its_ground_and_adds_one(administrator: Client) -> None:
    assert "参照沈阳市12345" in administrator.get(LIST).content.decode()
    assert administrator.post(f"{LIST}new/", NEW).status_code == 302
    assert TimeLimit.objects.get(matter="living").amount == 7


@pytest.mark.parametrize(
    "wrong",
    [
        {"source": ""},
        {"amount": "0"},
        {"amount": "x"},
        {"unit": "hour"},
        {"stage": "urgent"},
        {"matter": "", "valid_from": "2025-01-01"},
    ],
)
def test_a_limit_that_can_not_hold_is_refused_with_a_sentence(
    administrator: Client, wrong: dict[str, Any]
) -> None:
    before = TimeLimit.objects.count()
    answer = administrator.post(f"{LIST}new/", NEW | wrong)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert TimeLimit.objects.count() == before


@pytest.mark.parametrize("role", ["clerk", "head", "auditor", "editor", "organiser"])
def test_nobody_else_keeps_them(liaoning: None, client: Client, role: str) -> None:
    client.force_login(house.person(role, house.LIAONING))
    assert client.get(LIST).status_code == 302
    assert client.post(f"{LIST}new/", NEW).status_code == 302
    assert not TimeLimit.objects.filter(matter="living").exists()


def test_none_is_ever_deleted(administrator: Client) -> None:
    limit = TimeLimit.objects.all()[0]
    root = Client()
    root.force_login(User.objects.create_superuser("root", "root@example.org", house.PASSWORD))
    root.post(f"{LIST}delete/{limit.pk}/")
    administrator.post(f"{LIST}delete/{limit.pk}/")
    assert TimeLimit.objects.filter(pk=limit.pk).exists()


def test_a_province_without_its_last_rung_is_found_by_the_system_check(liaoning: None) -> None:
    def ids() -> list[str | None]:
        return [message.id for message in run_checks(tags=["database"], databases=["default"])]

    assert Area.objects.exists()
    assert "casework.E001" not in ids()
    Unit.objects.filter(pk=house.unit(house.LIAONING).pk).delete()
    assert "casework.E001" in ids()
