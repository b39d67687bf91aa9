"""What changes the rights of people. Memberships are the truth; groups are derived from them."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import Group
from django.db import transaction

from home.directory import roles, selectors
from home.directory.models import Membership, Role, Unit, User


@transaction.atomic
def grant(
    user: User,
    unit: Unit,
    role: str,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> Membership:
    """Gives `user` a role for a unit between two days (both included; None: without limit).

    Granted again, the dates are those named last. Raises ValueError for an unknown role or an end
    before the beginning.
    """
    if valid_from and valid_to and valid_to < valid_from:
        raise ValueError(f"A membership cannot end ({valid_to}) before it begins ({valid_from}).")
    membership, _created = Membership.objects.update_or_create(
        user=user,
        unit=unit,
        role=Role(role),
        defaults={"valid_from": valid_from, "valid_to": valid_to},
    )
    return membership  # saving it has derived the groups (receivers.py)


@transaction.atomic
def revoke(user: User, unit: Unit, role: str) -> bool:
    """Takes a role for a unit away; whether it was held."""
    membership = Membership.objects.filter(user=user, unit=unit, role=Role(role)).first()
    if membership is None:
        return False
    membership.delete()
    return True


@transaction.atomic
def apply_memberships(user: User) -> bool:
    """Makes `user` a member of exactly the role groups that follow from today's memberships.

    Groups that are no role's are left alone. Returns whether anything changed.
    """
    held = set(selectors.active_memberships(user).order_by().values_list("role", flat=True))
    wanted = {roles.group_name(role) for role in held}
    current = set(
        user.groups.filter(name__in=[roles.group_name(role) for role in Role.values]).values_list(
            "name", flat=True
        )
    )
    if wanted == current:
        return False
    groups = {group.name: group for group in Group.objects.filter(name__in=wanted | current)}
    if not groups.keys() >= wanted:  # `load_reference` has not run yet
        roles.ensure_groups()
        groups = {group.name: group for group in Group.objects.filter(name__in=wanted | current)}
    user.groups.remove(*(groups[name] for name in current - wanted))
    user.groups.add(*(groups[name] for name in wanted - current))
    return True


def apply_all_memberships() -> int:
    """For the nightly sweep: a membership that began or ended with the day; how many it changed.

    Rights to cases need no sweep: selectors look at the dates each time.
    """
    people = User.objects.filter(memberships__isnull=False) | User.objects.filter(
        groups__name__in=[roles.group_name(role) for role in Role.values]
    )
    return sum(apply_memberships(user) for user in people.distinct().order_by("pk"))
