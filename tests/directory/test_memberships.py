"""Rights follow from memberships; Wagtail's groups are derived from them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Page
from wagtail.permissions import page_permission_policy, policy_registry

from home.directory import roles
from home.directory.models import Membership, Role, Unit, User
from home.directory.services import apply_all_memberships, apply_memberships, grant, revoke
from home.pages.models import SiteDocument, SiteImage, SiteSettings

Person = Callable[..., User]
UnitAt = Callable[[str, str], Unit]


def groups(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def fresh(user: User) -> User:
    """The same person as the next request sees them, without cached permissions."""
    return User.objects.get(pk=user.pk)


def test_granting_gives_the_roles_group_and_revoking_takes_it(
    person: Person, unit_at: UnitAt
) -> None:
    user = person("wang")
    heping, xigang = unit_at("civil-affairs", "210102"), unit_at("civil-affairs", "210203")
    assert groups(user) == set()
    grant(user, heping, Role.CLERK)
    grant(user, xigang, Role.CLERK)
    grant(user, heping, Role.HEAD)
    assert groups(user) == {"经办人", "负责人"}
    assert revoke(user, heping, Role.HEAD)
    assert groups(user) == {"经办人"}
    assert revoke(user, heping, Role.CLERK)
    assert groups(user) == {"经办人"}  # still a clerk of the other unit
    assert revoke(user, xigang, Role.CLERK)
    assert groups(user) == set()
    assert not revoke(user, xigang, Role.CLERK)


def test_granting_again_changes_the_dates_and_makes_no_second_row(
    person: Person, unit_at: UnitAt
) -> None:
    user, unit = person("wang"), unit_at("civil-affairs", "210102")
    today = timezone.localdate()
    grant(user, unit, Role.CLERK)
    grant(user, unit, Role.CLERK, valid_to=today - timedelta(days=1))
    assert groups(user) == set()
    grant(user, unit, Role.CLERK)
    assert groups(user) == {"经办人"}
    assert Membership.objects.filter(user=user).count() == 1


def test_an_unknown_role_or_a_reversed_span_is_refused(person: Person, unit_at: UnitAt) -> None:
    user, unit = person("wang"), unit_at("civil-affairs", "210102")
    today = timezone.localdate()
    with pytest.raises(ValueError, match="king"):
        grant(user, unit, "king")
    with pytest.raises(ValueError, match="before it begins"):
        grant(user, unit, Role.CLERK, valid_from=today, valid_to=today - timedelta(days=1))
    assert not Membership.objects.exists()


def test_the_database_itself_refuses_a_reversed_span_and_a_second_row(
    person: Person, unit_at: UnitAt
) -> None:
    user, unit = person("wang"), unit_at("civil-affairs", "210102")
    today = timezone.localdate()
    bad = Membership(
        user=user, unit=unit, role="clerk", valid_from=today, valid_to=today - timedelta(days=1)
    )
    with pytest.raises(ValidationError, match="终止日不能早于起始日"):
        bad.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        bad.save()
    grant(user, unit, Role.CLERK)
    with pytest.raises(ValidationError, match="已有这一角色"):
        Membership(user=user, unit=unit, role="clerk").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(user=user, unit=unit, role="clerk")


def test_a_membership_saved_or_deleted_by_any_door_moves_the_groups(
    person: Person, unit_at: UnitAt
) -> None:
    user, unit = person("wang"), unit_at("civil-affairs", "210102")
    membership = Membership.objects.create(user=user, unit=unit, role=Role.AUDITOR)
    assert groups(user) == {"审计员"}
    membership.valid_to = timezone.localdate() - timedelta(days=1)
    membership.save()
    assert groups(user) == set()
    membership.valid_to = None
    membership.save()
    Membership.objects.filter(user=user).delete()
    assert groups(user) == set()


def test_a_membership_that_ended_overnight_falls_with_the_sweep_or_the_next_sign_in(
    person: Person, unit_at: UnitAt, client: Client
) -> None:
    user, unit = person("wang"), unit_at("civil-affairs", "210102")
    begins = person("li")
    person("zhao")
    day = timezone.localdate() + timedelta(days=1)
    grant(user, unit, Role.EDITOR)
    grant(begins, unit, Role.EDITOR, valid_from=day)
    yesterday = timezone.localdate() - timedelta(days=1)
    # As the clock does it: nobody saves anything.
    Membership.objects.filter(user=user).update(valid_to=yesterday)
    Membership.objects.filter(user=begins).update(valid_from=None)
    assert groups(user) == {"编辑"}
    client.force_login(user)
    assert groups(user) == set()
    assert groups(begins) == set()
    assert apply_all_memberships() == 1
    assert groups(begins) == {"编辑"}
    assert apply_all_memberships() == 0


def test_a_group_of_another_kind_is_left_alone(person: Person, unit_at: UnitAt) -> None:
    user = person("wang", Role.CLERK)
    user.groups.add(Group.objects.create(name="志愿者"))
    apply_memberships(user)
    assert groups(user) == {"经办人", "志愿者"}


def test_groups_are_made_where_the_reference_data_has_not_been_loaded(
    person: Person, unit_at: UnitAt
) -> None:
    Group.objects.all().delete()
    user = person("wang", Role.CLERK)
    assert groups(user) == {"经办人"}
    assert fresh(user).has_perm("wagtailadmin.access_admin")


def test_a_user_with_memberships_can_be_removed_with_them(person: Person, unit_at: UnitAt) -> None:
    user = person("wang", Role.CLERK)
    grant(user, unit_at("civil-affairs", "210203"), Role.HEAD)
    user.delete()
    assert not Membership.objects.exists()


def test_deriving_what_is_already_so_takes_two_queries(
    person: Person, django_assert_num_queries: Any
) -> None:
    user = person("wang", Role.CLERK)
    with django_assert_num_queries(2 + 2):  # and a savepoint
        assert not apply_memberships(user)


# ── what the groups may do ──────────────────────────────────────────────────────────────────────

MAY = {
    # role: (add, change, publish pages; add images and documents; change users, settings)
    Role.CLERK: (False, False, False, False, False),
    Role.HEAD: (False, False, False, False, False),
    Role.ORGANISER: (False, False, False, False, False),
    Role.AUDITOR: (False, False, False, False, False),
    Role.EDITOR: (True, True, False, True, False),
    Role.REVIEWER: (True, True, True, True, False),
    Role.ADMINISTRATOR: (False, False, False, False, True),
}


def test_each_role_may_do_its_own_work_and_no_other(person: Person) -> None:
    assert set(MAY) == set(Role)
    found = {}
    for role in Role:
        user = fresh(person(f"a-{role}", role))
        assert user.has_perm("wagtailadmin.access_admin")
        assert not user.is_superuser
        home = Page.objects.get(depth=2)
        images = policy_registry.get_by_type(SiteImage).user_has_permission(user, "add")
        documents = policy_registry.get_by_type(SiteDocument).user_has_permission(user, "add")
        users = policy_registry.get_by_type(User).user_has_permission(user, "change")
        settings = policy_registry.get_by_type(SiteSettings).user_has_permission(user, "change")
        assert images == documents
        assert users == settings
        found[role] = (
            page_permission_policy.user_has_permission_for_instance(user, "add", home),
            page_permission_policy.user_has_permission_for_instance(user, "change", home),
            page_permission_policy.user_has_permission_for_instance(user, "publish", home),
            images,
            users,
        )
    assert found == MAY


def test_wagtails_own_groups_become_the_roles_and_its_approval_task_the_reviewers(
    loaded: Any,
) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(map(str, Role.labels))
    task = GroupApprovalTask.objects.get()
    assert [group.name for group in task.groups.all()] == ["审核人"]


def test_a_room_above_declares_what_its_models_allow(loaded: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(roles._ALLOWED, Role.AUDITOR, set(roles._ALLOWED[Role.AUDITOR]))
    roles.allow(Role.AUDITOR, "directory.view_unit")
    assert roles.ensure_groups() == 1
    auditors = Group.objects.get(name="审计员")
    assert {p.codename for p in auditors.permissions.all()} == {"access_admin", "view_unit"}
    assert roles.ensure_groups() == 0


def test_a_right_that_does_not_exist_is_named(loaded: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(roles._ALLOWED, Role.AUDITOR, set(roles._ALLOWED[Role.AUDITOR]))
    roles.allow(Role.AUDITOR, "directory.fly_unit")
    with pytest.raises(ImproperlyConfigured, match="fly_unit"):
        roles.ensure_groups()
