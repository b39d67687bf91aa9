"""What is erased stays erased: here, after a crash, and in a database from an old backup."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from forms.vault import erasing, holds, journal, purging, reference, retention, services
from forms.vault.models import BlindIndex, ExpiringFields, JournalMark, RetentionClass, SealedRecord
from home.directory.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    reference.load()
    return tmp_path


@pytest.fixture
def owner() -> uuid.UUID:
    return uuid.uuid4()


def fresh(record: SealedRecord) -> SealedRecord:
    found: SealedRecord = SealedRecord.objects.get(pk=record.pk)
    return found


def row_of(record: SealedRecord) -> dict[str, Any]:
    return dict(SealedRecord.objects.filter(pk=record.pk).values().get())


def test_all_that_belongs_to_an_owner_goes_and_the_journal_says_so(owner: uuid.UUID) -> None:
    mine = [services.seal({"n": n}, bound_to=owner) for n in range(3)]
    other = services.seal({"n": 9}, bound_to=uuid.uuid4())
    services.remember(mine[0], "phone", "13800138000")
    counts = erasing.erase(owner, why=erasing.BY_FAMILY)
    assert counts["records"] == 3
    for record in mine:
        assert fresh(record).wrapped_key is None
    assert not BlindIndex.objects.exists()
    assert services.open_record(fresh(other)) == {"n": 9}
    begin, deed, done = [json.loads(line) for line in journal.path().read_text().splitlines()]
    assert begin["what"] == "begin"
    assert deed["owner"] == str(owner)
    assert deed["records"] == sorted(str(record.uuid) for record in mine)
    assert done["of"] == [deed["n"]]
    assert journal.verify() == 3
    assert not erasing.catch_up(), "nothing is left to do"


def test_what_a_registered_room_keeps_goes_too(owner: uuid.UUID) -> None:
    asked: list[uuid.UUID] = []

    def eraser(of: uuid.UUID) -> int:
        asked.append(of)
        return 2

    erasing.register("things", eraser)
    try:
        assert erasing.erase(owner)["things"] == 2
    finally:
        del erasing._erasers["things"]
    assert asked == [owner]


def test_a_crash_between_journal_and_database_is_made_good_by_the_next_start(
    owner: uuid.UUID,
) -> None:
    record = services.seal({"story": "金丝雀"}, bound_to=owner)
    journal.begin([journal.Deed(journal.ERASE, owner, [record.uuid])])
    assert erasing.catch_up()["records"] == 1
    assert fresh(record).wrapped_key is None
    assert journal.unfinished() == []
    assert not erasing.catch_up()


def test_a_line_cut_off_by_a_crash_is_dropped_and_the_chain_goes_on(owner: uuid.UUID) -> None:
    erasing.erase(owner)
    with journal.path().open("ab") as file:
        file.write(b'{"n":4,"what":"era')
    assert journal.last_number() == 3
    erasing.erase(uuid.uuid4())
    assert journal.verify() == 5


def test_a_journal_that_was_touched_is_found(owner: uuid.UUID) -> None:
    erasing.erase(owner)
    erasing.erase(uuid.uuid4())
    lines = journal.path().read_text().splitlines(keepends=True)
    journal.path().write_text("".join(lines).replace(str(owner), str(uuid.uuid4())))
    with pytest.raises(journal.Broken) as broken:
        journal.verify()
    assert broken.value.line == 2
    journal.path().write_text("".join(lines[:1] + lines[2:]))
    with pytest.raises(journal.Broken):
        journal.verify()


def test_an_old_backup_is_erased_again_by_the_replay(owner: uuid.UUID) -> None:
    record = services.seal({"a": "1", "b": "金丝雀"}, bound_to=owner)
    partly = services.seal({"a": "1", "b": "金丝雀"}, bound_to=uuid.uuid4())
    before = {row["id"]: row for row in (row_of(record), row_of(partly))}
    erasing.erase(owner)
    erasing.forget(fresh(partly), ["b"])
    # The rows as an old backup has them.
    for pk, row in before.items():
        SealedRecord.objects.filter(pk=pk).update(**row)
    JournalMark.objects.all().delete()
    assert services.open_record(fresh(record))["b"] == "金丝雀"
    counts = erasing.catch_up()
    assert counts["records"] == 1
    assert counts["records with fields"] == 1
    assert fresh(record).wrapped_key is None
    assert services.open_record(fresh(partly)) == {"a": "1"}
    assert fresh(partly).forgotten == ["b"]


def test_what_an_owner_had_before_comes_back_for_nobody_and_what_came_later_stays(
    owner: uuid.UUID,
) -> None:
    services.seal({"n": 1}, bound_to=owner)
    erasing.erase(owner)
    # A draft that was discarded before the erasure, in the backup; an answer given after it.
    draft, later = (services.seal({"n": n}, bound_to=owner) for n in (2, 3))
    hour = timedelta(hours=1)
    SealedRecord.objects.filter(pk=draft.pk).update(created_at=timezone.now() - hour)
    SealedRecord.objects.filter(pk=later.pk).update(created_at=timezone.now() + hour)
    assert erasing.replay()["records"] == 1
    assert fresh(draft).wrapped_key is None
    assert services.open_record(fresh(later)) == {"n": 3}


def test_a_hold_stops_erasure_and_purge_in_words_and_ends_with_its_day(owner: uuid.UUID) -> None:
    record = services.seal({}, bound_to=owner)
    user = User.objects.create_user("head")
    today = timezone.localdate()
    holds.place(owner, reference="LN0000000000", user=user, reason="诉讼", until=today)
    with pytest.raises(holds.OnHold) as refusal:
        erasing.erase(owner)
    assert "诉讼" in refusal.value.message
    assert "不能删除" in refusal.value.message
    assert not journal.path().exists()
    with pytest.raises(holds.OnHold):
        erasing.forget(record, ["a"])
    SealedRecord.objects.update(purge_at=timezone.now() - timedelta(days=1))
    report = purging.purge()
    assert (report.owners, report.on_hold) == (0, 1)
    assert purging.purge(timezone.now() + timedelta(days=1), dry_run=True).owners == 1
    assert holds.lift(owner, user=user) == 1
    assert purging.purge().owners == 1
    assert fresh(record).wrapped_key is None


def test_what_has_reached_its_day_goes_and_the_rest_stays(owner: uuid.UUID) -> None:
    due = services.seal({"a": "1"}, bound_to=owner)
    later = services.seal({"a": "2"}, bound_to=uuid.uuid4())
    days = RetentionClass.objects.get(code="case").days
    assert due.purge_at == due.kept_from + timedelta(days=days)
    SealedRecord.objects.filter(pk=due.pk).update(purge_at=timezone.now())
    assert purging.purge(dry_run=True).owners == 1
    assert fresh(due).wrapped_key is not None
    assert purging.purge().owners == 1
    assert fresh(due).wrapped_key is None
    assert services.open_record(fresh(later)) == {"a": "2"}
    assert purging.purge(timezone.now() + timedelta(days=days + 1)).owners == 1


def test_an_owner_goes_with_the_last_of_its_records(owner: uuid.UUID) -> None:
    first, second = (services.seal({}, bound_to=owner) for _ in range(2))
    SealedRecord.objects.filter(pk=first.pk).update(purge_at=timezone.now())
    assert purging.purge().owners == 0
    SealedRecord.objects.filter(pk=second.pk).update(purge_at=timezone.now())
    assert purging.purge().owners == 1


def test_what_is_still_handled_is_not_purged(owner: uuid.UUID) -> None:
    record = services.seal({}, bound_to=owner)
    SealedRecord.objects.update(purge_at=timezone.now())

    def handled(owners: Any) -> set[uuid.UUID]:
        return {owner} & set(owners)

    retention.register_in_use(handled)
    try:
        report = purging.purge()
    finally:
        retention._in_use.remove(handled)
    assert (report.owners, report.in_use) == (0, 1)
    assert fresh(record).wrapped_key is not None


def test_an_answer_of_a_shorter_class_is_cut_out_and_the_rest_sealed_anew(
    owner: uuid.UUID,
) -> None:
    record = services.seal(
        {"id": "11010519491231002X", "phone": "13800138000", "story": "金丝雀", "none": ""},
        bound_to=owner,
        class_of_field={"id": "identity", "none": "identity", "story": "case"},
    )
    services.remember(record, "identity", "11010519491231002X")
    services.remember(record, "phone", "13800138000")
    (part,) = ExpiringFields.objects.all()
    assert part.keys == ["id"]
    before = fresh(record)
    now = timezone.now() + timedelta(days=91)
    assert purging.purge(now).answers == 1
    after = fresh(record)
    assert services.open_record(after) == {"phone": "13800138000", "story": "金丝雀", "none": ""}
    assert after.forgotten == ["id"]
    assert bytes(after.wrapped_key or b"") != bytes(before.wrapped_key or b"")
    assert bytes(after.ciphertext) != bytes(before.ciphertext)
    assert not services.find("identity", "11010519491231002X").exists()
    assert services.find("phone", "13800138000").exists()
    assert purging.purge(now).answers == 0


def test_days_count_from_the_end_and_follow_a_changed_term(owner: uuid.UUID) -> None:
    record = services.seal({"id": "1"}, bound_to=owner, class_of_field={"id": "identity"})
    closed = timezone.now() + timedelta(days=400)
    retention.count_from(owner, closed)
    days = RetentionClass.objects.get(code="case").days
    assert fresh(record).purge_at == closed + timedelta(days=days)
    assert ExpiringFields.objects.get().purge_at == closed + timedelta(days=90)
    term = RetentionClass.objects.get(code="case")
    term.days = 10
    term.save()
    assert retention.apply_changed_term(term) == 1
    assert fresh(record).purge_at == closed + timedelta(days=10)
    short = RetentionClass.objects.get(code="identity")
    short.days = 5
    short.save()
    retention.apply_changed_term(short)
    assert ExpiringFields.objects.get().purge_at == closed + timedelta(days=5)


def test_what_was_sealed_before_there_were_classes_gets_a_term() -> None:
    record = services.seal({}, bound_to=uuid.uuid4())
    SealedRecord.objects.update(retention="", purge_at=None)
    RetentionClass.objects.all().delete()
    reference.load()
    assert fresh(record).purge_at is not None


def test_a_purge_of_many_asks_the_database_a_few_times_a_batch(
    django_assert_max_num_queries: Any,
) -> None:
    for _ in range(30):
        services.seal({}, bound_to=uuid.uuid4())
    with django_assert_max_num_queries(12):
        purging.purge(timezone.now() + timedelta(days=4000), dry_run=True)
