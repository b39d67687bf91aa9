"""Everything that changes what is sealed, at once: whoever is first, what is left is whole.

Replies, erasures, purges, rotations, cuts and holds of the same owner, in threads with connections
of their own. Run on SQLite and PostgreSQL; ROUNDS of them by hand are 200.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from forms.vault import erasing, holds, journal, keys, purging, reference, rotation, services
from forms.vault.models import (
    BlindIndex,
    ExpiringFields,
    JournalMark,
    LegalHold,
    SealedRecord,
)
from home.directory.models import User

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = int(os.environ.get("VAULT_RACE_ROUNDS", "12"))
PHONE, IDENTITY = "13800138000", "11010519491231002X"
ANSWERS = {"id": IDENTITY, "phone": PHONE, "story": "金丝雀"}
# Whoever comes second may be told one of these; nothing else.
TOLD = (services.Erased, services.Changed, holds.OnHold, holds.NothingToHold)


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, settings: Any) -> Any:
    settings.DATA_DIR = tmp_path
    reference.load()
    keys.make_missing_secrets()
    rotation.register_numbers(numbers_of)
    yield settings
    rotation._numbers.remove(numbers_of)


def numbers_of(record: SealedRecord, document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (kind, document[key])
        for kind, key in (("identity", "id"), ("phone", "phone"))
        if document.get(key)
    ]


def sealed(owner: uuid.UUID) -> SealedRecord:
    record = services.seal(ANSWERS, bound_to=owner, class_of_field={"id": "identity"})
    for kind, number in numbers_of(record, ANSWERS):
        services.remember(record, kind, number)
    return record


def fresh(record: SealedRecord) -> SealedRecord:
    found: SealedRecord = SealedRecord.objects.get(pk=record.pk)
    return found


def together(*deeds: Callable[[], Any]) -> list[Any]:
    """What each gave or raised, all begun at the same moment."""
    start = threading.Barrier(len(deeds))
    results: list[Any] = [None] * len(deeds)

    def run(place: int) -> None:
        try:
            start.wait(20)
            results[place] = deeds[place]()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "two wait for each other"
    return results


def reply(record: SealedRecord) -> SealedRecord:
    with transaction.atomic():
        return services.seal_beside(record, {"text": "答复"})


def test_a_reply_an_erasure_a_purge_a_rotation_and_a_cut_at_once_leave_all_or_nothing(
    vault: Any,
) -> None:
    later = timezone.now() + timedelta(days=4000)
    for number in range(ROUNDS):
        vault.VAULT_KEY = ",".join([f"{number:064d}", *vault.VAULT_KEY.split(",")[:2]])
        record = sealed(uuid.uuid4())
        results = together(
            partial(erasing.erase, record.bound_to),
            partial(reply, record),
            partial(erasing.forget, fresh(record), ["id"]),
            partial(purging.purge, later),
            partial(purging.purge, later),
            rotation.rotate,
        )
        odd = [one for one in results if isinstance(one, Exception) and not isinstance(one, TOLD)]
        assert not odd, (number, odd)
        assert fresh(record).wrapped_key is None
        assert not BlindIndex.objects.filter(record=record).exists()
        assert not ExpiringFields.objects.filter(record=record, forgotten_at=None).exists()
        for one in SealedRecord.objects.filter(wrapped_key__isnull=False):
            # A reply that came after both: it was never part of what they erased.
            assert services.open_record(one) == {"text": "答复"}
            assert one.pk == getattr(results[1], "pk", None)
            erasing.erase(one.bound_to)
        assert rotation.rotate().left == 0
    assert journal.unfinished() == []
    assert journal.verify() == journal.last_number()
    erasing.catch_up()
    assert JournalMark.objects.get().done == journal.last_number()


def test_a_reply_that_was_being_written_goes_with_what_is_erased() -> None:
    """The erasure waits for whoever adds to the owner, and takes that along."""
    for _ in range(ROUNDS):
        record = sealed(uuid.uuid4())
        locked = threading.Event()

        def slow_reply(record: SealedRecord, locked: threading.Event) -> SealedRecord:
            with transaction.atomic():
                answer = services.seal_beside(record, {"text": "答复"})
                locked.set()
                time.sleep(0.05)  # the erasure asks for what there is, and this is not yet
                return answer

        def erase(record: SealedRecord, locked: threading.Event) -> Any:
            assert locked.wait(20)
            return erasing.erase(record.bound_to)

        answer, erased = together(
            partial(slow_reply, record, locked), partial(erase, record, locked)
        )
        assert erased["records"] == 2
        assert fresh(answer).wrapped_key is None
        assert fresh(record).wrapped_key is None


def test_a_cut_and_a_rotation_at_once_lose_no_answer(vault: Any) -> None:
    for number in range(ROUNDS):
        vault.VAULT_KEY = ",".join([f"{number:064d}", *vault.VAULT_KEY.split(",")[:2]])
        record = sealed(uuid.uuid4())
        cut, rotated, indexed = together(
            partial(erasing.forget, fresh(record), ["id"]),
            rotation.rotate,
            rotation.rotate_index,
        )
        assert not isinstance(rotated, Exception), rotated
        assert not isinstance(indexed, Exception), indexed
        if isinstance(cut, Exception):
            assert isinstance(cut, services.Changed)
            assert erasing.forget(fresh(record), ["id"]) == ["id"]
        rest = {key: value for key, value in ANSWERS.items() if key != "id"}
        assert services.open_record(fresh(record)) == rest
        assert not services.find("identity", IDENTITY).filter(pk=record.pk).exists()
        assert services.find("phone", PHONE).filter(pk=record.pk).exists()
        assert rotation.rotate().left == 0


def test_an_index_is_not_written_anew_for_what_is_erased() -> None:
    for _ in range(ROUNDS):
        record = sealed(uuid.uuid4())
        results = together(partial(erasing.erase, record.bound_to), rotation.rotate_index)
        assert not [one for one in results if isinstance(one, Exception)], results
        assert not BlindIndex.objects.filter(record=record).exists()


def test_a_hold_and_an_erasure_at_once_are_one_or_the_other() -> None:
    user = User.objects.create_user("head")
    for _ in range(ROUNDS):
        record = sealed(uuid.uuid4())
        erased, held = together(
            partial(erasing.erase, record.bound_to),
            partial(
                holds.place, record.bound_to, reference="LN0000000000", user=user, reason="诉讼"
            ),
        )
        if isinstance(erased, holds.OnHold):
            assert isinstance(held, LegalHold)
            assert services.open_record(fresh(record)) == ANSWERS
        else:
            assert isinstance(held, holds.NothingToHold), held
            assert fresh(record).wrapped_key is None


def test_a_purge_goes_on_past_what_was_put_on_hold_in_that_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = [sealed(uuid.uuid4()) for _ in range(3)]
    user = User.objects.create_user("head")
    ask = holds.held

    def held_a_moment_later(*arguments: Any) -> set[uuid.UUID]:
        answer = ask(*arguments)
        if not LegalHold.objects.exists():
            holds.place(records[1].bound_to, reference="LN0000000000", user=user, reason="诉讼")
        return answer

    ExpiringFields.objects.all().delete()
    monkeypatch.setattr(holds, "held", held_a_moment_later)
    report = purging.purge(timezone.now() + timedelta(days=4000))
    assert (report.owners, report.on_hold) == (2, 1)
    assert [fresh(one).wrapped_key is None for one in records] == [True, False, True]
