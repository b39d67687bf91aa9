"""Questions about people and places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from home.directory.models import (
    PLACEHOLDER_NAMES,
    Area,
    AreaLevel,
    Department,
    Membership,
    Unit,
    User,
)

AREA_CODE = re.compile(r"[0-9A-Z]{6,12}", re.ASCII)


# ── people ──────────────────────────────────────────────────────────────────────────────────────


def _held_on(day: date) -> QuerySet[Membership]:
    return Membership.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=day),
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
    )


def active_memberships(
    user: User | AnonymousUser, *, on: date | None = None
) -> QuerySet[Membership]:
    """What `user` holds on a day (today by default); nothing for who can't sign in."""
    if not user.is_authenticated or not user.is_active:
        return Membership.objects.none()
    held = _held_on(on or timezone.localdate()).filter(user_id=user.pk)
    return held.select_related("unit__area", "unit__department")


def addresses_of(unit: Unit, *roles: str) -> tuple[str, ...]:
    """The unit's own mail address; where it has none, those of the people with `roles` today."""
    if unit.email:
        return (unit.email,)
    held = _held_on(timezone.localdate()).filter(unit=unit, role__in=roles, user__is_active=True)
    people = held.exclude(user__email="").order_by("user_id").values_list("user__email", flat=True)
    return tuple(dict.fromkeys(people))


def units_of(user: User | AnonymousUser, *roles: str) -> QuerySet[Unit]:
    """The units for which `user` holds one of `roles` today (any role, if none is named)."""
    held = active_memberships(user)
    if roles:
        held = held.filter(role__in=roles)
    return Unit.objects.filter(pk__in=held.values("unit_id"))


def holders_of(role: str, *, departments: Iterable[int] | None = None) -> QuerySet[User]:
    """Who holds `role` today, for whatever unit or for units of these departments alone."""
    held = _held_on(timezone.localdate()).filter(role=role)
    if departments is not None:
        held = held.filter(unit__department__in=list(departments))
    return User.objects.filter(is_active=True, pk__in=held.values("user_id"))


def has_role(user: User | AnonymousUser, *roles: str) -> bool:
    """Whether `user` holds one of `roles` today, for whatever unit (any role, if none is named)."""
    held = active_memberships(user)
    if roles:
        held = held.filter(role__in=roles)
    return held.exists()


def requester_has_role(request: HttpRequest, *roles: str) -> bool:
    """Whether whoever asks holds one of `roles` today; one query, however often a request wonders.

    The items of a menu do so, each for itself and some of them twice.
    """
    held: frozenset[str] | None = request.__dict__.get("_roles_held")
    if held is None:
        found = active_memberships(request.user).order_by().values_list("role", flat=True)
        held = request.__dict__["_roles_held"] = frozenset(found.distinct())
    return not held.isdisjoint(roles)


# ── places ──────────────────────────────────────────────────────────────────────────────────────


def area_by_code(code: object) -> Area | None:
    """The area with this code, its parents loaded; None for what is no code or none we know.

    Takes whatever a form sends, so that the caller need not check it first.
    """
    if not isinstance(code, str) or not AREA_CODE.fullmatch(code):
        return None
    return Area.objects.select_related("parent__parent").filter(code=code).first()


def area_path(area: Area) -> list[Area]:
    """From the province down to `area`, without the rows that stand for no place.

    No query for an area from `area_by_code`, at most two otherwise.
    """
    path: list[Area] = []
    step: Area | None = area
    while step is not None:
        if not step.is_placeholder:
            path.insert(0, step)
        step = step.parent
    return path


def provinces() -> QuerySet[Area]:
    """The country's provinces, municipalities and regions, by code."""
    return Area.objects.filter(level=AreaLevel.PROVINCE).order_by("code")


def children_of(code: object) -> QuerySet[Area]:
    """What a person chooses from below the area with this code; nothing for an unknown one.

    Rows that stand for no place are left out and what is below them stands in their place: 北京市
    has its districts, 湖北省 its cities and 仙桃市 beside them.
    """
    if not isinstance(code, str) or not AREA_CODE.fullmatch(code):
        return Area.objects.none()
    # Two subqueries, not joins: under OR a join reads the whole table for each row of it where the
    # database has no statistics yet.
    itself = Area.objects.order_by().filter(code=code)
    placeholders = Area.objects.order_by().filter(parent__code=code, name__in=PLACEHOLDER_NAMES)
    return (
        Area.objects.filter(
            Q(parent__in=itself.values("pk")) | Q(parent__in=placeholders.values("pk"))
        )
        .exclude(name__in=PLACEHOLDER_NAMES)
        .order_by("code")
    )


def is_leaf(area: Area) -> bool:
    """Whether nothing more exact than `area` can be chosen (nothing is below 东莞市 or 台湾省)."""
    if area.level in {AreaLevel.COUNTY, AreaLevel.FUNCTIONAL}:
        return True
    return not area.children.exists()


# ── departments and units ───────────────────────────────────────────────────────────────────────


def departments_by_name() -> dict[str, Department]:
    """Every department under each of its names and aliases (省民政厅, 民政, 民政局 …)."""
    found: dict[str, Department] = {}
    departments = list(Department.objects.order_by("sort_order", "code"))
    for department in departments:
        for alias in department.aliases:
            found.setdefault(alias, department)
    for department in departments:  # a name of one's own goes before another's alias
        for name in (department.local_name, department.short_name, department.name):
            found[name] = department
    return found


def unit_of(department_code: str, area: Area) -> Unit | None:
    """The unit of this department in exactly this area, active or not."""
    return (
        Unit.objects.select_related("area", "department")
        .filter(department__code=department_code, area=area)
        .first()
    )
