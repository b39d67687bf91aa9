"""The demo's people: made by load_demo alone, never in production."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from home.directory.models import Membership, Role, Unit, User
from home.directory.selectors import has_role
from ops.demo import DemoRefused, people
from ops.management.commands import load_demo


def test_every_kind_of_work_has_its_person(loaded: Any) -> None:
    assert "15 made" in people.load()
    held = {
        membership.user.username: (membership.unit.name, membership.role)
        for membership in Membership.objects.select_related("user", "unit")
    }
    assert held == {
        "editor": ("辽宁省民政厅", "editor"),
        "reviewer": ("辽宁省民政厅", "reviewer"),
        "first-reviewer": ("辽宁省民政厅", "reviewer"),
        "second-reviewer": ("辽宁省民政厅", "reviewer"),
        "final-reviewer": ("辽宁省民政厅", "reviewer"),
        "heping-clerk": ("沈阳市和平区民政局", "clerk"),
        "heping-head": ("沈阳市和平区民政局", "head"),
        "xigang-clerk": ("大连市西岗区民政局", "clerk"),
        "xigang-head": ("大连市西岗区民政局", "head"),
        "shenyang-clerk": ("沈阳市民政局", "clerk"),
        "shenyang-head": ("沈阳市民政局", "head"),
        "province-clerk": ("辽宁省民政厅", "clerk"),
        "organiser": ("沈阳市和平区团委", "organiser"),
        "auditor": ("辽宁省民政厅", "auditor"),
        "administrator": ("辽宁省民政厅", "administrator"),
    }
    for user in User.objects.all():
        assert user.get_full_name().startswith("示例·")
        assert user.email.endswith("@example.org")
        assert user.check_password(people.password())
        assert user.groups.count() == 1
        assert not user.is_superuser
    assert {username for username, _who in people.accounts()} == held.keys()


def test_the_password_is_the_setting_or_a_kept_secret(loaded: Any, settings: Any) -> None:
    generated = people.password()
    assert len(generated) == 64
    assert (settings.DATA_DIR / "secrets" / "DEMO_PASSWORD").read_text() == generated
    people.load()
    settings.DEMO_PASSWORD = "另一个口令"
    people.load()
    assert User.objects.get(username="editor").check_password("另一个口令")
    assert User.objects.get(username="auditor").check_password("另一个口令")


def test_a_second_run_repeats_nothing_and_leaves_what_was_changed(
    loaded: Any, django_assert_max_num_queries: Any
) -> None:
    people.load()
    User.objects.filter(username="editor").update(first_name="改过")
    Membership.objects.filter(user__username="auditor").update(valid_to=timezone.localdate())
    Membership.objects.filter(user__username="organiser").delete()
    Unit.objects.filter(name="沈阳市民政局").update(email="real@shenyang.example")
    with django_assert_max_num_queries(6):
        assert "0 made" in people.load()
    assert User.objects.get(username="editor").first_name == "改过"
    assert Membership.objects.get(user__username="auditor").valid_to is not None
    assert not has_role(User.objects.get(username="organiser"), Role.ORGANISER)
    assert Unit.objects.get(name="沈阳市民政局").email == "real@shenyang.example"


def test_somebody_elses_account_of_that_name_is_left_alone(loaded: Any) -> None:
    User.objects.create_user("editor", "editor@mzt.example.cn", "自己的口令")
    assert "left alone, not the demo's: editor" in people.load()
    editor = User.objects.get(username="editor")
    assert editor.check_password("自己的口令")
    assert not has_role(editor)


def test_units_of_the_demo_get_reserved_addresses_only(loaded: Any) -> None:
    people.load()
    emails = Unit.objects.exclude(email="").values_list("email", flat=True)
    assert len(emails) == 5
    assert all(email.endswith("@example.org") for email in emails)
    assert not Unit.objects.exclude(phone="").exists()


def test_production_has_no_demo(loaded: Any, settings: Any) -> None:
    settings.DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="DEMO_ALLOWED"):
        call_command("load_demo")
    with pytest.raises(DemoRefused):
        people.load()
    assert not User.objects.exists()


def test_production_settings_allow_no_demo() -> None:
    from config.settings import base

    assert base.DEMO_ALLOWED is False
    with open(base.ROOT / "site/config/settings/production.py", encoding="utf-8") as file:
        assert "DEMO_ALLOWED" not in file.read()


@pytest.mark.django_db
def test_without_reference_data_the_reason_is_said() -> None:
    with pytest.raises(Unit.DoesNotExist, match="load_reference"):
        people.load()
    assert not User.objects.exists()


def test_the_command_loads_its_parts_in_order(loaded: Any, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(load_demo, "DEMO_MODULES", ("ops.demo.people",))
    call_command("load_demo")
    assert capsys.readouterr().out == "ops.demo.people: 15 demo accounts (15 made)\n"


def test_a_missing_part_is_named(loaded: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(load_demo, "DEMO_MODULES", ("ops.demo.people", "ops.demo.nowhere"))
    with pytest.raises(CommandError, match=r"ops\.demo\.nowhere is missing"):
        call_command("load_demo")
