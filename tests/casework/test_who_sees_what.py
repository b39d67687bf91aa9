"""Another unit's case looks like none at all, by every route."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone

from forms.casework.models import Case, State
from forms.casework.transitions import apply
from forms.vault.models import AccessEntry
from home.directory.models import Membership, User
from tests.casework import house

STRANGERS = [
    ("clerk", house.SHENHE, "civil-affairs"),
    ("head", house.SHENHE, "civil-affairs"),
    ("clerk", house.HEPING, "education"),
    ("head", house.HEPING, "education"),
    ("clerk", house.SHENYANG, "civil-affairs"),
    ("clerk", house.LIAONING, "civil-affairs"),
    ("head", house.SHENYANG, "education"),
    ("head", "210200", "civil-affairs"),
    ("head", house.SHENFU, "civil-affairs"),
    ("organiser", house.HEPING, "civil-affairs"),
    ("editor", house.HEPING, "civil-affairs"),
    ("reviewer", house.HEPING, "civil-affairs"),
    ("administrator", house.HEPING, "civil-affairs"),
]
SUPERIORS = [("head", house.SHENYANG), ("head", house.LIAONING)]


FILE = "00000000-0000-4000-8000-00000000000f"


def routes(reference: str) -> list[tuple[str, str, dict[str, str]]]:
    base = f"/admin/cases/{reference}/"
    deeds = [
        ("post", f"{base}{deed}/", {"version": "1", "text": "文字", "outcome": "solved"})
        for deed in ("accept", "reject", "ask", "resume", "reply", "close", "note")
    ]
    return [
        ("get", base, {}),
        ("get", f"{base}print/", {}),
        ("get", f"{base}files/{FILE}/", {}),
        ("post", f"{base}reveal/", {"key": "phone", "reason": "看看"}),
        *deeds,
    ]


@pytest.mark.parametrize(("role", "area", "department"), STRANGERS)
def test_a_stranger_gets_the_same_404_as_for_no_case_by_every_route(
    clerk: User, client: Client, role: str, area: str, department: str
) -> None:
    case = house.ask()
    stranger = house.person(role, area, department)
    client.force_login(stranger)
    nowhere = "LN" + "0" * (len(case.reference) - 2)
    for (method, url, data), (_m, other, _d) in zip(
        routes(case.reference), routes(nowhere), strict=True
    ):
        found, missing = getattr(client, method)(url, data), getattr(client, method)(other, data)
        assert found.status_code == 404, url
        assert missing.status_code == 404
        assert found.content.replace(case.reference.encode(), b"") == missing.content.replace(
            nowhere.encode(), b""
        )
    for tab in ("pending", "all"):
        for query in ({"tab": tab}, {"q": case.reference}):
            listing = client.get("/admin/cases/", query)
            assert f"/{case.reference}/" not in listing.content.decode()
    assert client.get("/admin/cases/", {"unit": case.owner_unit_id}).status_code in (302, 404)
    assert not Case.objects.visible_to(stranger).exists()
    with pytest.raises(Case.DoesNotExist):
        apply(case.pk, "accept", stranger, expected_version=1)
    assert not AccessEntry.objects.exists()
    case.refresh_from_db()
    assert case.version == 1


@pytest.mark.parametrize(("role", "area"), SUPERIORS)
def test_the_head_above_reads_but_does_not_act(
    clerk: User, client: Client, role: str, area: str
) -> None:
    case = house.ask()
    client.force_login(house.person(role, area))
    shown = client.get(f"/admin/cases/{case.reference}/")
    assert shown.status_code == 200
    assert house.CANARY_STORY in shown.content.decode()
    assert "您可以查看，不能办理" in shown.content.decode()
    assert AccessEntry.objects.get().what == "view"
    for method, url, data in routes(case.reference)[4:]:
        response = getattr(client, method)(url, data)
        assert response.status_code in (403, 409), url
    case.refresh_from_db()
    assert (case.version, case.state) == (1, State.PENDING_ACCEPTANCE)


def test_an_auditor_sees_that_it_is_there_and_none_of_its_words(
    clerk: User, client: Client
) -> None:
    case = house.do(house.ask(), "note", clerk, text="内部研判")
    client.force_login(house.person("auditor", house.XIGANG))
    for url in (
        "/admin/cases/",
        f"/admin/cases/{case.reference}/",
        f"/admin/cases/{case.reference}/print/",
    ):
        shown = client.get(url).content.decode()
        assert case.reference in shown
        for secret in (house.CANARY_STORY, "5678", "内部研判"):
            assert secret not in shown
    key = house.request_form().form_fields.get(role="phone").clean_name
    answer = client.post(f"/admin/cases/{case.reference}/reveal/", {"key": key, "reason": "审计"})
    assert answer.status_code == 403
    assert house.CANARY_PHONE not in answer.content.decode()
    assert not AccessEntry.objects.exists()
    response = client.post(f"/admin/cases/{case.reference}/accept/", {"version": case.version})
    assert response.status_code == 403


def test_a_membership_counts_from_its_first_day_to_its_last(clerk: User) -> None:
    house.ask()
    today = timezone.localdate()
    for begins, ends, sees in (
        (None, today - timedelta(days=1), False),
        (None, today, True),
        (today, None, True),
        (today + timedelta(days=1), None, False),
    ):
        Membership.objects.filter(user=clerk).update(valid_from=begins, valid_to=ends)
        assert Case.objects.visible_to(clerk).exists() is sees


def test_nobody_and_a_superuser_see_nothing(clerk: User) -> None:
    house.ask()
    root = User.objects.create_superuser("root", "root@example.org", house.PASSWORD)
    assert not Case.objects.visible_to(AnonymousUser()).exists()
    assert not Case.objects.visible_to(root).exists()
    clerk.is_active = False
    clerk.save()
    assert not Case.objects.visible_to(clerk).exists()


def test_the_list_and_the_page_agree_for_everybody(clerk: User, client: Client) -> None:
    house.person("clerk", house.HEPING, "education")
    cases = [
        house.ask(),
        house.ask(house.SHENHE),
        house.ask(matter="education"),
        house.ask("110101"),
    ]
    for role, area, department in [*STRANGERS, ("clerk", house.HEPING, "civil-affairs")]:
        user = house.person(role, area, department)
        client.force_login(user)
        visible = set(Case.objects.visible_to(user).values_list("reference", flat=True))
        for case in cases:
            status = client.get(f"/admin/cases/{case.reference}/").status_code
            assert (status == 200) == (case.reference in visible)
