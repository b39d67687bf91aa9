"""What the tests of casework share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client

from home.directory.models import User
from tests.casework import house


@pytest.fixture(scope="module")
def _province(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """The small province of `house` and its form, built once a module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        house.build()
        house.request_form()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def liaoning(_province: None, db: None) -> None:
    """The small province; what a test adds is rolled back."""


@pytest.fixture
def clerk(liaoning: None) -> User:
    """Who handles the cases of Heping's civil affairs."""
    return house.person("clerk", house.HEPING, last_name="示例", first_name="经办")


@pytest.fixture
def desk(clerk: User, client: Client) -> Client:
    """The clerk at the desk."""
    client.force_login(clerk)
    return client
