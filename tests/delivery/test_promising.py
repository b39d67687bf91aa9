"""Putting a message into the outbox."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from delivery.models import OutboxMessage
from delivery.registry import UnknownKind, register, renderer_for
from delivery.services import drain, enqueue
from tests.delivery.conftest import Notice

pytestmark = pytest.mark.django_db


def test_the_same_event_for_the_same_destination_is_one_message(notice: Notice) -> None:
    first, second = notice.promise(7), notice.promise(7)
    assert first.pk == second.pk
    assert first.message_id == second.message_id
    assert OutboxMessage.objects.count() == 1


def test_each_message_has_a_message_id_of_its_own(notice: Notice) -> None:
    ids = {notice.promise(number).message_id for number in range(5)}
    assert len(ids) == 5
    assert all(one.startswith("<") and one.endswith("@localhost>") for one in ids)


def test_a_kind_that_nobody_can_send_is_refused_at_once() -> None:
    with pytest.raises(UnknownKind, match="never-registered"):
        enqueue("never-registered", event_key="e", destination="unit", subject_id=1)


def test_an_address_is_not_a_destination(notice: Notice) -> None:
    with pytest.raises(ValueError, match="never an address"):
        enqueue("notice", event_key="e", destination="mother@example.org", subject_id=1)


def test_the_database_too_refuses_an_address_as_destination(notice: Notice) -> None:
    message = notice.promise()
    with pytest.raises(IntegrityError, match="name_not_an_address"), transaction.atomic():
        OutboxMessage.objects.filter(pk=message.pk).update(destination="mother@example.org")


def test_a_finished_message_has_an_end_and_an_open_one_has_none(notice: Notice) -> None:
    message = notice.promise()
    rows = OutboxMessage.objects.filter(pk=message.pk)
    with pytest.raises(IntegrityError, match="end_only_when_finished"), transaction.atomic():
        rows.update(state="delivered")
    with pytest.raises(IntegrityError, match="end_only_when_finished"), transaction.atomic():
        rows.update(finished_at=timezone.now())


def test_two_renderers_for_one_kind_are_a_mistake(notice: Notice) -> None:
    register("notice", renderer_for("notice"))  # the same again is none
    with pytest.raises(ValueError, match="Two renderers"):
        register("notice", lambda message: None)


@pytest.mark.django_db(transaction=True)
def test_a_promise_outside_a_transaction_is_refused(notice: Notice) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        notice.promise()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_is_undone_promises_nothing(notice: Notice) -> None:
    with transaction.atomic():
        notice.promise()
        transaction.set_rollback(True)
    assert drain().delivered == 0
