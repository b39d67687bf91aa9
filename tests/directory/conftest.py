"""What the directory's tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from home.directory import reference
from home.directory.models import Unit, User
from home.directory.services import grant


@pytest.fixture
def loaded(db: None) -> reference.Summary:
    """The reference data, as `load_reference` leaves it."""
    return reference.load()


@pytest.fixture
def unit_at(loaded: reference.Summary) -> Callable[[str, str], Unit]:
    def find(department: str, area: str) -> Unit:
        return Unit.objects.get(department__code=department, area__code=area)

    return find


@pytest.fixture
def person(unit_at: Callable[[str, str], Unit]) -> Callable[..., User]:
    """Makes a person who holds `role` for the province's civil affairs (or another unit)."""

    def make(username: str, role: str = "", unit: Unit | None = None, **fields: object) -> User:
        user = User.objects.create_user(
            username, f"{username}@example.org", "一二三四五6", **fields
        )
        if role:
            grant(user, unit or unit_at("civil-affairs", "210000"), role)
        return user

    return make
