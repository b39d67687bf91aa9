"""Many at once for the last place."""

from __future__ import annotations

import pytest

from forms.activities.models import Session, SignUp
from forms.activities.services import NotPossible, give_back
from forms.builder.handlers import Refused
from forms.builder.models import Submission
from tests.activities import fair
from tests.casework import house
from tests.casework.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session() -> Session:
    house.build()
    return fair.session(fair.activity(), capacity=1)


def test_sixteen_families_and_one_place(session: Session) -> None:
    results = at_once(
        *(lambda n=n: fair.sign_up(session, child_name=f"孩子{n}") for n in range(16))
    )
    assert sum(isinstance(result, Submission) for result in results) == 1, results
    refusals = [result.result for result in results if isinstance(result, Refused)]
    assert refusals == ["full"] * 15
    session.refresh_from_db()
    assert session.taken == 1
    assert SignUp.objects.count() == Submission.objects.count() == 1


def test_one_child_signed_up_by_both_parents_at_once(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(capacity=9)
    results = at_once(*(lambda: fair.sign_up(session),) * 4)
    refusals = [result.result for result in results if isinstance(result, Refused)]
    assert refusals == ["duplicate"] * 3, results
    session.refresh_from_db()
    assert session.taken == 1


def test_a_place_given_back_four_times_at_once_is_given_back_once(session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(capacity=9)
    place = fair.place_of(fair.sign_up(session))
    fair.sign_up(session, child_name="另一个")
    results = at_once(*(lambda: give_back(place),) * 4)
    assert sum(isinstance(result, NotPossible) for result in results) == 3, results
    session.refresh_from_db()
    assert session.taken == 1


def test_giving_back_and_taking_at_once_never_locks_up(session: Session) -> None:
    place = fair.place_of(fair.sign_up(session))
    results = at_once(
        lambda: give_back(place),
        lambda: fair.sign_up(session),
        lambda: fair.sign_up(session, child_name="另一个"),
    )
    failures = [
        result
        for result in results
        if isinstance(result, Exception) and not isinstance(result, Refused)
    ]
    assert failures == []
    session.refresh_from_db()
    assert session.taken == SignUp.objects.filter(state="confirmed").count() <= 1
