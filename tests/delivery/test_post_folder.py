"""The post-box of the embedded mode: a folder of mails."""

from __future__ import annotations

import email
from email.policy import default as modern
from pathlib import Path

import pytest
from django.test import override_settings
from django.utils import timezone

from delivery.models import OutboxMessage
from delivery.services import drain
from tests.delivery.conftest import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> override_settings:
    return override_settings(
        EMAIL_BACKEND="delivery.post.FolderBackend", EMAIL_FILE_PATH=str(tmp_path / "mail")
    )


def test_a_mail_becomes_a_file_that_a_mail_reader_opens(
    notice: Notice, folder: override_settings, tmp_path: Path
) -> None:
    with folder:
        message = notice.promise(5)
        assert drain().delivered == 1
    (path,) = (tmp_path / "mail").iterdir()
    mail = email.message_from_bytes(path.read_bytes(), policy=modern)
    assert mail["Subject"] == "有新的办理事项"
    assert mail["Message-ID"] == message.message_id
    assert mail["To"] == "unit@example.org"
    assert mail.get_content().strip() == "编号 5"
    assert path.stat().st_mode & 0o077 == 0, "readable by its owner alone"


def test_a_repeat_is_the_same_file(
    notice: Notice, folder: override_settings, tmp_path: Path
) -> None:
    with folder:
        notice.promise()
        drain()
        OutboxMessage.objects.update(
            state="ready", finished_at=None, available_at=timezone.now(), attempts=0
        )
        assert drain().delivered == 1
    assert len(list((tmp_path / "mail").iterdir())) == 1


def test_a_folder_that_was_deleted_is_made_again(
    notice: Notice, folder: override_settings, tmp_path: Path
) -> None:
    with folder:
        notice.promise(1)
        drain()
        for path in (tmp_path / "mail").iterdir():
            path.unlink()
        (tmp_path / "mail").rmdir()
        notice.promise(2)
        assert drain().delivered == 1
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1
