"""Several at once: one wins, the others are told who did."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from delivery.models import OutboxMessage
from forms.casework.models import Case, State
from forms.casework.transitions import Conflict, NotAllowed, apply
from tests.casework import house

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case() -> Case:
    house.build()
    house.person("clerk", house.HEPING)
    return house.ask(email=house.CANARY_MAIL)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Runs all at the same moment, each with a connection of its own; results and exceptions."""
    barrier = threading.Barrier(len(deeds))
    results: list[Any] = [None] * len(deeds)

    def run(place: int) -> None:
        try:
            barrier.wait(timeout=20)
            results[place] = deeds[place]()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_two_who_accept_at_once_are_one_and_a_conflict(case: Case) -> None:
    people = [
        house.person("clerk", house.HEPING, last_name="示例", first_name=name) for name in "甲乙"
    ]
    results = at_once(
        *(lambda p=person: apply(case.pk, "accept", p, expected_version=1) for person in people)
    )
    conflicts = [result for result in results if isinstance(result, Conflict)]
    assert len(conflicts) == 1, results
    case.refresh_from_db()
    assert (case.state, case.version, case.events.count()) == (State.IN_PROGRESS, 2, 2)
    assert case.assignee is not None
    assert conflicts[0].who == case.assignee.get_full_name()
    assert OutboxMessage.objects.filter(event_key=f"case:{case.pk}:2").count() == 1


def test_accepting_and_withdrawing_at_once_leaves_one_whole_history(case: Case) -> None:
    person = house.person("clerk", house.HEPING)
    results = at_once(
        lambda: apply(case.pk, "accept", person, expected_version=1),
        lambda: apply(case.pk, "withdraw", None, expected_version=None),
    )
    assert all(
        not isinstance(result, Exception) or isinstance(result, (Conflict, NotAllowed))
        for result in results
    ), results
    case.refresh_from_db()
    # Withdrawing is allowed before and after: whichever came first, it ends withdrawn.
    assert case.state == State.WITHDRAWN
    assert list(case.events.values_list("seq", flat=True)) == list(range(1, case.version + 1))


def test_eight_notes_on_one_page_are_one_note(case: Case) -> None:
    person = house.person("clerk", house.HEPING)
    results = at_once(
        *(
            lambda n=n: apply(case.pk, "note", person, expected_version=1, text=f"备注{n}")
            for n in range(8)
        )
    )
    assert sum(isinstance(result, Conflict) for result in results) == 7, results
    case.refresh_from_db()
    assert (case.version, case.events.count()) == (2, 2)


def test_words_sent_eight_times_at_once_are_kept_once(case: Case) -> None:
    results = at_once(
        *(lambda: apply(case.pk, "supplement", None, expected_version=None, text="发烧了"),) * 8
    )
    assert len({getattr(result, "pk", result) for result in results}) == 1, results
    case.refresh_from_db()
    assert (case.version, case.events.count()) == (2, 2)


def test_a_page_sent_twice_answers_twice_and_withdraws_once(case: Case) -> None:
    results = at_once(*(lambda: apply(case.pk, "withdraw", None, expected_version=None),) * 4)
    assert len({getattr(result, "pk", result) for result in results}) == 1, results
    case.refresh_from_db()
    assert (case.version, case.state) == (2, State.WITHDRAWN)
