"""Files follow their keys: a rotation, another cipher, an erasure and a replay reach them."""

from __future__ import annotations

import uuid
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from forms.vault import erasing, files, journal, reference, services
from forms.vault.models import SealedFile
from tests.vault import made_files as made

pytestmark = pytest.mark.django_db
NEW = "n" * 64
FIELD, OTHER_FIELD = "f0123456789", "f9876543210"


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.CLAMD_URL = ""
    reference.load()


@pytest.fixture
def owner() -> uuid.UUID:
    return uuid.uuid4()


def receive(owner: uuid.UUID, question: str = FIELD) -> SealedFile:
    upload = made.upload(made.pdf(), "a.pdf")
    kept = files.receive(upload, bound_to=owner, question=question)
    return SealedFile.objects.get(pk=kept.pk)


def bytes_of(file: SealedFile) -> bytes:
    return b"".join(files.contents(SealedFile.objects.get(pk=file.pk)))


def test_a_rotation_reaches_files_and_the_old_key_can_go(owner: uuid.UUID, settings: Any) -> None:
    file = receive(owner)
    before = bytes_of(file)
    settings.VAULT_KEY = f"{NEW},{settings.VAULT_KEY}"
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    assert "files: 1" in out.getvalue()
    settings.VAULT_KEY = NEW
    assert bytes_of(file) == before
    assert files.name_of(SealedFile.objects.get(pk=file.pk)) == "a.pdf"


def test_bytes_are_sealed_with_the_cipher_of_the_day_and_open_afterwards(
    owner: uuid.UUID, settings: Any
) -> None:
    settings.VAULT_CIPHER = "SM4-GCM"
    file = receive(owner)
    settings.VAULT_CIPHER = "AES-256-GCM"
    assert bytes_of(file) == made.pdf()
    assert bytes_of(receive(owner, OTHER_FIELD)) == made.pdf()
    assert files._head(SealedFile.objects.get(pk=file.pk))[1].algorithm == "SM4-GCM-STREAM"


def test_erasing_an_owner_takes_the_files(
    owner: uuid.UUID, django_capture_on_commit_callbacks: Any
) -> None:
    file, others = receive(owner), receive(uuid.uuid4())
    services.seal({"story": "x"}, bound_to=owner)
    with django_capture_on_commit_callbacks(execute=True):
        counts = erasing.erase(owner)
    assert counts["files"] == 1
    assert not files.path_of(file).exists()
    assert SealedFile.objects.get(pk=file.pk).wrapped_key is None
    assert bytes_of(others) == made.pdf()


def test_a_file_that_came_back_from_a_backup_goes_again(owner: uuid.UUID) -> None:
    file = receive(owner)
    kept = SealedFile.objects.filter(pk=file.pk).values().get()
    erasing.erase(owner)
    SealedFile.objects.filter(pk=file.pk).update(**{k: v for k, v in kept.items() if k != "id"})
    assert SealedFile.objects.get(pk=file.pk).wrapped_key is not None
    erasing.replay(journal.path())
    assert SealedFile.objects.get(pk=file.pk).wrapped_key is None


def test_an_answer_whose_term_is_over_takes_its_files_along(owner: uuid.UUID) -> None:
    file, staying = receive(owner), receive(owner, OTHER_FIELD)
    record = services.seal({FIELD: [str(file.uuid)], "story": "x"}, bound_to=owner)
    erasing.forget(record, [FIELD])
    assert SealedFile.objects.get(pk=file.pk).wrapped_key is None
    assert bytes_of(staying) == made.pdf()
    assert services.open_record(record) == {"story": "x"}
