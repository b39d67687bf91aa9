"""What the tests of activities share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from forms.activities.models import ActivityPage, Session
from tests.activities import fair
from tests.casework import house


@pytest.fixture(scope="module")
def _fair(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest
) -> Iterator[ActivityPage]:
    """The small province and an activity in it, built once a module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        house.build()
        yield fair.activity()
        transaction.set_rollback(True)


@pytest.fixture
def activity(_fair: ActivityPage, db: None) -> ActivityPage:
    """An activity for ages 6 to 12."""
    return ActivityPage.objects.get(pk=_fair.pk)


@pytest.fixture
def session(activity: ActivityPage) -> Session:
    """A session with two places."""
    return fair.session(activity)
