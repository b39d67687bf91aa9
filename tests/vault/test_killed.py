"""kill -9 in the middle of an erasure, a rotation and a backup; what the next start makes of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from forms.vault import erasing, files, holds, journal, keys, masters, reference, rotation, services
from forms.vault.models import JournalMark, SealedRecord
from home.directory.models import User
from ops.preparing import make_the_vault_ready
from tests.faults.conftest import database_url
from tests.processes import environment
from tests.vault import made_files

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

# Dies before or after the n-th call of a function, as a power cut would have it.
HEAD = """
import os, signal, sys, uuid
import django
django.setup()
def die(module, name, call=1, after=False):
    whole, calls = getattr(module, name), []
    def wrapped(*args, **kwargs):
        calls.append(1)
        if len(calls) == call and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*args, **kwargs)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(module, name, wrapped)
from forms.vault import erasing, files, journal, rotation, services
from forms.vault.models import SealedRecord
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.CLAMD_URL = ""
    reference.load()
    keys.make_missing_secrets()
    return tmp_path


@pytest.fixture
def record() -> SealedRecord:
    return services.seal({"id": "1", "story": "金丝雀"}, bound_to=uuid.uuid4())


def fresh(record: SealedRecord) -> SealedRecord:
    found: SealedRecord = SealedRecord.objects.get(pk=record.pk)
    return found


def killed(code: str) -> None:
    """Runs code in another process on this test's database; it must have been killed."""
    variables = environment(
        DJANGO_SETTINGS_MODULE="config.settings.embedded",
        DATA_DIR=str(settings.DATA_DIR),
        DATABASE_URL=database_url(),
        VAULT_KEY=settings.VAULT_KEY,
    )
    connections.close_all()
    done = subprocess.run(
        [sys.executable, "-c", HEAD + code],
        cwd=settings.ROOT,
        env=variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


def start() -> None:
    make_the_vault_ready(lambda _said: None)


def all_is_told() -> bool:
    return (
        journal.unfinished() == []
        and JournalMark.objects.get().done == journal.last_number()
        and not erasing.catch_up()
    )


@pytest.mark.parametrize(
    ("where", "is_gone_already"),
    [
        ("die(erasing, 'erase_record')", False),
        ("die(erasing, '_others', after=True)", False),
        ("die(journal, 'finish')", True),
        ("die(journal, 'finish', after=True)", True),
    ],
)
def test_an_erasure_that_was_killed_is_done_by_the_next_start(
    record: SealedRecord, where: str, is_gone_already: bool
) -> None:
    killed(f"{where}\nerasing.erase(uuid.UUID('{record.bound_to}'))")
    assert (fresh(record).wrapped_key is None) == is_gone_already
    start()
    assert fresh(record).wrapped_key is None
    assert all_is_told()


def test_one_killed_before_its_line_was_written_has_done_nothing(record: SealedRecord) -> None:
    killed(f"die(journal, 'begin')\nerasing.erase(uuid.UUID('{record.bound_to}'))")
    start()
    assert services.open_record(fresh(record))["story"] == "金丝雀"


def test_what_others_erased_meanwhile_does_not_hide_it(record: SealedRecord) -> None:
    """Their lines are behind its own: the mark of what is done must not pass it."""
    other = services.seal({}, bound_to=uuid.uuid4())
    erasing.erase(other.bound_to)
    killed(f"die(erasing, 'erase_record')\nerasing.erase(uuid.UUID('{record.bound_to}'))")
    erasing.erase(uuid.uuid4())
    erasing.erase(uuid.uuid4())
    assert fresh(record).wrapped_key is not None
    start()
    assert fresh(record).wrapped_key is None
    assert all_is_told()


def test_what_was_put_on_hold_since_is_kept_after_all(record: SealedRecord) -> None:
    killed(f"die(erasing, 'erase_record')\nerasing.erase(uuid.UUID('{record.bound_to}'))")
    user = User.objects.create_user("head")
    holds.place(record.bound_to, reference="LN0000000000", user=user, reason="诉讼")
    start()
    assert services.open_record(fresh(record))["story"] == "金丝雀"
    assert all_is_told()
    holds.lift(record.bound_to, user=user)
    start()
    assert fresh(record).wrapped_key is not None, "nobody asks for it any more"


@pytest.mark.parametrize(
    "where",
    ["die(erasing, 'forget_fields')", "die(files, 'erase_files_of')", "die(journal, 'finish')"],
)
def test_a_cut_that_was_killed_takes_answer_and_files_with_the_next_start(
    record: SealedRecord, where: str
) -> None:
    upload = made_files.upload(made_files.pdf(), "a.pdf")
    file = files.receive(upload, bound_to=record.bound_to, question="id")
    killed(f"{where}\nerasing.forget(SealedRecord.objects.get(pk={record.pk}), ['id'])")
    start()
    assert services.open_record(fresh(record)) == {"story": "金丝雀"}
    assert not files.files_of(record.bound_to).exists()
    assert not files.path_of(file).exists()
    assert all_is_told()


def test_a_rotation_that_was_killed_goes_on_where_it_stood(settings: Any) -> None:
    records = [services.seal({"n": n}, bound_to=uuid.uuid4()) for n in range(rotation.BATCH + 20)]
    settings.VAULT_KEY = f"{'n' * 64},{settings.VAULT_KEY}"
    killed(f"die(rotation, 'rewrap', {rotation.BATCH + 10})\nrotation.rotate()")
    newest = masters.newest().key_id
    assert SealedRecord.objects.filter(key_id=newest).count() == rotation.BATCH
    for number, record in enumerate(records):
        assert services.open_record(fresh(record)) == {"n": number}
    report = rotation.rotate()
    assert (report.done["records"], report.left, report.unreadable) == (20, 0, [])
    settings.VAULT_KEY = "n" * 64
    keys.forget_opened()
    start()
    for number, record in enumerate(records):
        assert services.open_record(fresh(record)) == {"n": number}


def test_a_backup_that_was_killed_is_none_and_the_next_one_is_whole(
    record: SealedRecord, tmp_path: Path
) -> None:
    from ops import backup

    target = tmp_path / "backups" / "monday"
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a").write_bytes(b"a")
    killed(
        f"from ops import backup\nfrom pathlib import Path\ndie(backup, '_sync')\n"
        f"backup.back_up(Path('{target}'))"
    )
    assert not target.exists()
    with pytest.raises(backup.Refused):
        backup.check(target)
    backup.back_up(target)
    assert [path.name for path in target.parent.iterdir()] == ["monday"]
    assert "media/a" in backup.check(target)["files"]


@pytest.mark.parametrize(
    "torn",
    [
        b'{"n":4,"what":"era',
        b"\0" * 700,
        b"\0" * 700 + b"\n",
        b'{"n": 4}\n',
        b"\xff\xfe\n[1]\n",
    ],
)
def test_a_start_with_a_torn_journal_does_what_can_be_read_and_verify_names_the_rest(
    record: SealedRecord, torn: bytes
) -> None:
    journal.begin([journal.Deed(journal.ERASE, record.bound_to, [record.uuid])])
    whole = journal.path().read_bytes()
    journal.path().write_bytes(whole + torn)
    start()
    assert fresh(record).wrapped_key is None
    assert journal.unfinished() == []
    erasing.erase(uuid.uuid4())
    if torn.endswith(b"\n"):
        with pytest.raises(journal.Broken) as broken:
            journal.verify()
        assert broken.value.line == len(whole.splitlines()) + 1
    else:
        assert journal.verify() == journal.last_number()


def test_a_disk_that_is_full_erases_nothing_and_says_so(
    record: SealedRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasing.erase(uuid.uuid4())
    before = journal.path().read_bytes()
    whole_write = os.pwrite

    def first_half(descriptor: int, content: bytes, place: int) -> int:
        if place > len(before):
            raise OSError(28, "No space left on device")
        return whole_write(descriptor, content[: len(content) // 2], place)

    monkeypatch.setattr(os, "pwrite", first_half)
    with pytest.raises(journal.NotWritten, match="No space left"):
        erasing.erase(record.bound_to)
    monkeypatch.undo()
    assert journal.path().read_bytes() == before
    start()
    assert services.open_record(fresh(record))["story"] == "金丝雀"
    assert json.loads(before.splitlines()[0])["what"] == "begin"
