"""People and places in the Wagtail admin."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from home.directory.models import Area, Department, Membership, Role, Unit, User, WorkdayException
from home.directory.services import grant

Person = Callable[..., User]
UnitAt = Callable[[str, str], Unit]
LISTS = ["departments", "areas", "units", "memberships", "workday_exceptions"]


@pytest.fixture
def admin(person: Person, client: Client) -> Client:
    """Signed in as the administrator, who is no superuser."""
    client.force_login(person("boss", Role.ADMINISTRATOR))
    return client


@pytest.fixture
def superuser(loaded: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org", "一二三"))
    return client


def said(response: Any) -> str:
    """The messages an answer carries."""
    return " ".join(str(message) for message in response.context["messages"])


def menu_offers(response: Any, label: str) -> bool:
    """Whether the side menu, a JSON document in the page, has this entry."""
    return json.dumps(label) in response.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_each_list_opens_within_its_budget(
    admin: Client, person: Person, name: str, django_assert_max_num_queries: Any
) -> None:
    for role in Role:
        person(f"a-{role}", role)
    admin.get(reverse("wagtailadmin_home"))
    with django_assert_max_num_queries(16):
        response = admin.get(reverse(f"{name}:index"))
    assert response.status_code == 200
    assert menu_offers(response, "组织机构")


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("units", "和平区民政", "沈阳市和平区民政局"),
        ("units", "210203", "大连市西岗区民政局"),
        ("areas", "和平区", "辽宁省沈阳市和平区"),
        ("departments", "团辽宁", "共青团辽宁省委员会"),
        ("workday_exceptions", "中秋", "中秋节"),
        ("memberships", "boss", "辽宁省民政厅"),
    ],
)
def test_chinese_words_find_what_they_name(
    admin: Client, name: str, query: str, found: str
) -> None:
    page = admin.get(reverse(f"{name}:index"), {"q": query}).content.decode()
    assert found in page
    nothing = admin.get(reverse(f"{name}:index_results"), {"q": "乌有之乡"}).content.decode()
    assert found not in nothing


@pytest.mark.parametrize("role", [r for r in Role if r != Role.ADMINISTRATOR])
def test_nobody_but_an_administrator_gets_in(person: Person, client: Client, role: Role) -> None:
    client.force_login(person("wang", role))
    names = [*LISTS, "wagtailusers_users", "wagtailusers_groups"]
    for name in names:
        assert client.get(reverse(f"{name}:index")).status_code == 302, name
    assert client.get(reverse("memberships:add")).status_code == 302
    assert not menu_offers(client.get(reverse("wagtailadmin_home")), "组织机构")


def test_an_administrator_edits_a_unit_and_says_where_its_mail_goes(
    admin: Client, unit_at: UnitAt
) -> None:
    unit = unit_at("civil-affairs", "210102")
    response = admin.post(
        reverse("units:edit", args=[unit.pk]),
        {"name": "和平区民政局", "email": "minzheng@example.org", "phone": "", "active": "on"},
    )
    assert response.status_code == 302
    unit.refresh_from_db()
    assert (unit.name, unit.email) == ("和平区民政局", "minzheng@example.org")


@pytest.mark.parametrize(
    ("name", "model", "reason"),
    [
        ("units", Unit, "单位不能删除"),
        ("areas", Area, "行政区划不能删除"),
        ("departments", Department, "部门不能删除"),
        ("wagtailusers_users", User, "用户不能删除"),
    ],
)
def test_what_others_stand_on_is_not_deleted_and_the_reason_is_said(
    superuser: Client, name: str, model: Any, reason: str
) -> None:
    User.objects.create_user("wang")
    row = model.objects.order_by("pk").last()
    count = model.objects.count()
    for send in (superuser.get, superuser.post):
        response = send(reverse(f"{name}:delete", args=[row.pk]), follow=True)
        assert reason in said(response)
    assert model.objects.count() == count
    assert f"/delete/{row.pk}/" not in superuser.get(reverse(f"{name}:index")).content.decode()


def test_reference_data_is_not_added_or_changed_by_hand(admin: Client, unit_at: UnitAt) -> None:
    unit = unit_at("civil-affairs", "210102")
    for address in (
        reverse("areas:add"),
        reverse("areas:edit", args=[unit.area_id]),
        reverse("departments:add"),
        reverse("units:add"),
    ):
        assert admin.get(address).status_code == 302, address
    assert admin.get(reverse("areas:inspect", args=[unit.area_id])).status_code == 200


def test_an_alias_is_a_line_and_never_anothers_name(admin: Client, loaded: Any) -> None:
    education = Department.objects.get(code="education")
    address = reverse("departments:edit", args=[education.pk])
    assert "教委" in admin.get(address).content.decode()
    refused = admin.post(address, {"aliases": "教委\n卫健委"})
    assert "“卫健委”已指辽宁省卫生健康委。" in refused.content.decode()
    assert admin.post(address, {"aliases": " 教委 \n\n教体局\n教委"}).status_code == 302
    education.refresh_from_db()
    assert education.aliases == ["教委", "教体局"]


# ── memberships ─────────────────────────────────────────────────────────────────────────────────


def test_an_administrator_gives_ends_and_takes_a_role(
    admin: Client, person: Person, unit_at: UnitAt
) -> None:
    user, unit = person("wang"), unit_at("civil-affairs", "210102")
    sent = {"user": user.pk, "unit": unit.pk, "role": "clerk", "valid_from": "", "valid_to": ""}
    assert admin.post(reverse("memberships:add"), sent).status_code == 302
    membership = Membership.objects.get(user=user)
    assert [group.name for group in user.groups.all()] == ["经办人"]

    again = admin.post(reverse("memberships:add"), sent)
    assert "此人在该单位已有这一角色" in again.content.decode()

    other = unit_at("civil-affairs", "210203")
    ended = {"valid_to": timezone.localdate() - timedelta(days=1), "unit": other.pk, "role": "head"}
    edit = reverse("memberships:edit", args=[membership.pk])
    assert admin.post(edit, ended).status_code == 302
    membership.refresh_from_db()
    assert (membership.unit, membership.role) == (unit, "clerk")  # neither is offered, nor taken
    assert not user.groups.exists()

    reversed_span = {"valid_from": "2026-03-02", "valid_to": "2026-03-01"}
    assert "终止日不能早于起始日" in admin.post(edit, reversed_span).content.decode()

    assert admin.post(reverse("memberships:delete", args=[membership.pk])).status_code == 302
    assert not Membership.objects.filter(user=user).exists()


def test_a_membership_that_makes_no_sense_is_refused_at_its_field(
    admin: Client, person: Person
) -> None:
    user = person("wang")
    for sent in (
        {},
        {"user": user.pk, "unit": "x", "role": "clerk"},
        {"user": user.pk, "unit": 10**9, "role": "king"},
        {"user": "\x00", "unit": "1", "role": "clerk", "valid_from": "gestern"},
    ):
        assert admin.post(reverse("memberships:add"), sent).status_code == 200
    assert not Membership.objects.filter(user=user).exists()


def test_the_unit_chooser_finds_chinese_and_offers_no_inactive_unit(
    admin: Client, unit_at: UnitAt
) -> None:
    Unit.objects.filter(name="大连市西岗区民政局").update(active=False)
    address = reverse("unit_chooser:choose_results")
    assert "沈阳市和平区民政局" in admin.get(address, {"q": "和平区民政"}).content.decode()
    assert "西岗区民政局" not in admin.get(address, {"q": "西岗区民政"}).content.decode()
    chosen = reverse("unit_chooser:chosen", args=[unit_at("education", "210102").pk])
    assert "沈阳市和平区教育局" in admin.get(chosen).json()["result"]["title"]
    assert len(admin.get(reverse("memberships:add")).content) < 150_000


# ── the calendar ────────────────────────────────────────────────────────────────────────────────


def test_an_administrator_enters_the_years_notice(admin: Client) -> None:
    sent = {"date": "2027-02-08", "kind": "off", "note": "春节", "source": ""}
    refused = admin.post(reverse("workday_exceptions:add"), sent)
    assert refused.status_code == 200  # without its source a day is hearsay
    sent["source"] = "测试通知"
    assert admin.post(reverse("workday_exceptions:add"), sent).status_code == 302
    assert WorkdayException.objects.get(date=date(2027, 2, 8)).kind == "off"
    twice = admin.post(reverse("workday_exceptions:add"), sent)
    assert twice.status_code == 200


# ── accounts ────────────────────────────────────────────────────────────────────────────────────

ACCOUNT = {
    "username": "xin",
    "email": "xin@example.org",
    "first_name": "来",
    "last_name": "新",
    "password1": "一条很长很长的口令123",
    "password2": "一条很长很长的口令123",
}


def test_an_account_is_made_without_rights_and_says_what_comes_next(
    admin: Client, loaded: Any
) -> None:
    page = admin.get(reverse("wagtailusers_users:add")).content.decode()
    assert "is_superuser" not in page
    assert "groups" not in page
    group = User.objects.get(username="boss").groups.get()
    sent = {**ACCOUNT, "is_superuser": "on", "groups": [group.pk]}
    response = admin.post(reverse("wagtailusers_users:add"), sent, follow=True)
    assert "任职" in said(response)
    user = User.objects.get(username="xin")
    assert not user.is_superuser
    assert not user.groups.exists()
    assert str(user.get_full_name()) == "新来"


def test_editing_an_account_leaves_its_groups_as_its_memberships_say(
    admin: Client, person: Person
) -> None:
    user = person("wang", Role.CLERK)
    sent = {
        "username": "wang",
        "email": "w@example.org",
        "first_name": "五",
        "last_name": "王",
        "is_active": "on",
        "is_superuser": "on",
    }
    edit = reverse("wagtailusers_users:edit", args=[user.pk])
    assert admin.get(edit).status_code == 200
    assert admin.post(edit, sent).status_code == 302
    user = User.objects.get(pk=user.pk)
    assert (user.email, user.is_superuser) == ("w@example.org", False)
    assert [group.name for group in user.groups.all()] == ["经办人"]
    own = reverse("wagtailusers_users:edit", args=[User.objects.get(username="boss").pk])
    assert admin.get(own).status_code == 200


def test_an_administrator_cannot_take_over_a_superuser(admin: Client) -> None:
    root = User.objects.create_superuser("root", "root@example.org", "一二三")
    edit = reverse("wagtailusers_users:edit", args=[root.pk])
    assert admin.get(edit).status_code == 302
    sent = {**ACCOUNT, "username": "root", "is_active": "on"}
    admin.post(edit, sent)
    root.refresh_from_db()
    assert root.check_password("一二三")
    assert root.email == "root@example.org"


@pytest.mark.parametrize("action", ["assign_role", "delete", "set_active_state"])
def test_the_bulk_actions_on_accounts_are_closed(
    superuser: Client, person: Person, action: str
) -> None:
    user = person("wang", Role.CLERK)
    group = user.groups.get()
    address = reverse("wagtail_bulk_action", args=["directory", "user", action])
    address += f"?id={user.pk}"
    superuser.get(address)
    superuser.post(address, {"role": group.pk, "mark_as_active": "False"})
    user.refresh_from_db()
    assert user.is_active
    assert user.groups.count() == 1
    listing = superuser.get(reverse("wagtailusers_users:index")).content.decode()
    assert "data-bulk-action-checkbox" not in listing


def test_an_ended_membership_closes_the_admin_at_the_next_sign_in(
    person: Person, unit_at: UnitAt, client: Client
) -> None:
    user = person("wang")
    grant(user, unit_at("civil-affairs", "210102"), Role.EDITOR)
    Membership.objects.filter(user=user).update(valid_to=timezone.localdate() - timedelta(days=1))
    client.force_login(user)
    assert client.get(reverse("wagtailadmin_home")).status_code == 302
