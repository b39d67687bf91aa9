"""A family's files are opened at the desk by who may read its answers, and each look is kept."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forms.casework.models import Case
from forms.vault import files
from forms.vault.models import AccessEntry, Scan, SealedFile
from home.directory.models import User
from tests.casework import house
from tests.vault import made_files as made

NAME = "金丝雀的户口簿.pdf"


@pytest.fixture(autouse=True)
def _private(settings: Any, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.CLAMD_URL = ""


def give(case: Case, content: bytes, name: str = NAME) -> SealedFile:
    """A file that came with the case's form."""
    return files.receive(
        made.upload(content, name), bound_to=case.submission.uuid, question="f0123456789"
    )


def url_of(case: Case, file: SealedFile) -> str:
    return f"/admin/cases/{case.reference}/files/{file.uuid}/"


def test_the_clerk_sees_the_list_opens_a_file_and_the_look_is_kept(
    desk: Client, clerk: User
) -> None:
    case = house.ask()
    file, photo = give(case, made.pdf()), give(case, made.jpeg(), "照片.heic")
    page = desk.get(f"/admin/cases/{case.reference}/").content.decode()
    for word in (NAME, "照片.jpg", "上传的文件", url_of(case, file), url_of(case, photo)):
        assert word in page
    assert NAME in desk.get(f"/admin/cases/{case.reference}/print/").content.decode()
    response = desk.get(url_of(case, file))
    assert (response.status_code, response.getvalue()) == (200, made.pdf())
    assert response["Content-Disposition"].startswith("attachment")
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert desk.get(url_of(case, photo))["Content-Disposition"].startswith("inline")
    looks = AccessEntry.objects.filter(what="file")
    assert [look.fields for look in looks] == [
        ["f0123456789", str(file.uuid)],
        ["f0123456789", str(photo.uuid)],
    ]
    assert {look.user for look in looks} == {clerk}
    assert {look.record_id for look in looks} == {case.submission.record_id}


def test_a_case_without_files_shows_no_list(desk: Client) -> None:
    case = house.ask()
    assert "上传的文件" not in desk.get(f"/admin/cases/{case.reference}/").content.decode()


def test_for_anybody_else_there_is_no_such_file(clerk: User, client: Client) -> None:
    case = house.ask()
    file = give(case, made.pdf())
    client.force_login(house.person("clerk", house.SHENHE))
    answer = client.get(url_of(case, file))
    nothing = client.get(url_of(case, file).replace(case.reference, "LN00000000XX"))
    assert answer.status_code == nothing.status_code == 404
    assert answer.content.replace(case.reference.encode(), b"") == nothing.content.replace(
        b"LN00000000XX", b""
    )
    client.logout()
    assert client.get(url_of(case, file)).status_code == 302
    assert not AccessEntry.objects.exists()


def test_a_file_of_another_case_is_not_found_under_ones_own(desk: Client) -> None:
    own, other = house.ask(), house.ask(house.SHENHE)
    file = give(other, made.pdf())
    for one in (file.uuid, uuid.uuid4()):
        assert desk.get(f"/admin/cases/{own.reference}/files/{one}/").status_code == 404
    assert not AccessEntry.objects.filter(what="file").exists()


def test_an_auditor_sees_that_there_are_files_and_neither_name_nor_content(
    clerk: User, client: Client
) -> None:
    case = house.ask()
    file = give(case, made.pdf())
    client.force_login(house.person("auditor", house.XIGANG))
    for url in (f"/admin/cases/{case.reference}/", f"/admin/cases/{case.reference}/print/"):
        page = client.get(url).content.decode()
        assert "上传的文件" in page
        assert "金丝雀" not in page
        assert url_of(case, file) not in page
    answer = client.get(url_of(case, file))
    assert (answer.status_code, "审计人员" in answer.content.decode()) == (403, True)
    assert not AccessEntry.objects.filter(what="file").exists()


@pytest.mark.parametrize(
    ("scan", "words"), [(Scan.HELD, "等待病毒检查"), (Scan.INFECTED, "已封存")]
)
def test_what_the_scanner_has_not_passed_is_named_and_not_opened(
    desk: Client, scan: str, words: str
) -> None:
    case = house.ask()
    file = give(case, made.pdf())
    SealedFile.objects.filter(pk=file.pk).update(scan=scan)
    page = desk.get(f"/admin/cases/{case.reference}/").content.decode()
    assert words in page
    assert url_of(case, file) not in page
    answer = desk.get(url_of(case, file))
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    assert not AccessEntry.objects.filter(what="file").exists()


def test_damaged_bytes_are_owned_up_to(desk: Client) -> None:
    case = house.ask()
    file = give(case, made.pdf())
    files.path_of(file).write_bytes(b"short")
    answer = desk.get(url_of(case, file))
    assert (answer.status_code, "暂时无法读取" in answer.content.decode()) == (409, True)


def test_erased_files_are_gone_from_the_page(desk: Client) -> None:
    case = house.ask()
    file = give(case, made.pdf())
    files.erase_files_of(case.submission.uuid)
    assert "上传的文件" not in desk.get(f"/admin/cases/{case.reference}/").content.decode()
    assert desk.get(url_of(case, file)).status_code == 404


def test_many_files_cost_as_many_queries_as_none(desk: Client) -> None:
    case = house.ask()
    url = f"/admin/cases/{case.reference}/"
    desk.get(url)
    with CaptureQueriesContext(connection) as without:
        desk.get(url)
    for _number in range(4):
        give(case, made.jpeg(), "a.jpg")
    with CaptureQueriesContext(connection) as with_files:
        desk.get(url)
    assert len(with_files) == len(without)
