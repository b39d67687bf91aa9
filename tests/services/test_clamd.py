"""A real clamd: it finds what it knows, and when it dies nothing is let through."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from forms.vault import files, scanner
from forms.vault.files import FileRefused, NotServed
from forms.vault.models import Scan, SealedFile
from forms.vault.tasks import scan_waiting_files
from ops import health
from tests.services.clamd import EICAR, Clamd
from tests.vault import made_files as made

pytestmark = [pytest.mark.services("clamd"), pytest.mark.faults, pytest.mark.django_db]


@pytest.fixture(scope="module")
def the_clamd() -> Iterator[Clamd]:
    # Not below pytest's own folder, which nobody else may enter: it runs as another user.
    with TemporaryDirectory(prefix="tongban-clamd-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        clamd = Clamd(Path(folder) / "clamd", stream_limit="1M")
        clamd.start()
        yield clamd
        clamd.kill()


@pytest.fixture
def clamd(the_clamd: Clamd, settings: Any, tmp_path: Path) -> Clamd:
    """The scanner, up, and the product set to it."""
    if the_clamd.process is None:
        the_clamd.start()
    settings.CLAMD_URL = the_clamd.url
    settings.PRIVATE_ROOT = tmp_path / "private"
    return the_clamd


def receive(content: bytes, name: str = "a.pdf") -> SealedFile:
    kept = files.receive(made.upload(content, name), bound_to=uuid.uuid4(), question="f0123456789")
    return SealedFile.objects.get(pk=kept.pk)


def infected_pdf() -> bytes:
    return made.pdf(made.stream(EICAR))


@pytest.mark.parametrize("door", ["url", "local_url"])
def test_a_clean_file_is_passed_through_either_door(clamd: Clamd, settings: Any, door: str) -> None:
    settings.CLAMD_URL = getattr(clamd, door)
    assert receive(made.jpeg(), "a.jpg").scan == Scan.CLEAN
    assert receive(made.pdf()).scan == Scan.CLEAN


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (infected_pdf(), "a.pdf"),
        (made.pdf(made.packed(EICAR, b"/Type /XObject")), "a.pdf"),
        (made.docx({"word/media/a.png": EICAR}), "a.docx"),
        (made.jpeg() + EICAR, "a.jpg"),
    ],
)
def test_an_infected_file_is_refused_with_a_sentence(
    clamd: Clamd, content: bytes, name: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        receive(content, name)
    assert refused.value.code == "infected"
    assert "没有通过病毒检查" in refused.value.message
    assert not SealedFile.objects.exists()
    assert not [path for path in files._folder().rglob("*") if path.is_file()]


def test_while_it_is_down_files_are_held_and_passed_when_it_is_back(clamd: Clamd) -> None:
    clamd.kill()
    good, bad = receive(made.pdf()), receive(infected_pdf())
    assert {good.scan, bad.scan} == {Scan.HELD}
    with pytest.raises(NotServed):
        files.response_for(good)
    scan_waiting_files()
    good.refresh_from_db()
    assert good.scan == Scan.HELD
    clamd.start()
    scan_waiting_files()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.scan, bad.scan) == (Scan.CLEAN, Scan.INFECTED)
    assert files.response_for(good).getvalue() == made.pdf()
    with pytest.raises(NotServed, match=Scan.INFECTED):
        files.response_for(bad)
    # It is never served, but the family may have no other copy, and a scanner may be wrong.
    assert b"".join(files.contents(bad)) == infected_pdf()


def test_killed_in_the_middle_of_a_file_it_lets_nothing_through(clamd: Clamd) -> None:
    def chunks() -> Iterator[bytes]:
        yield made.pdf()
        clamd.kill()
        yield from [b"x" * 65536] * 10

    with pytest.raises(scanner.NoAnswer):
        scanner.is_clean(chunks())


def test_a_file_too_long_for_it_is_held_and_does_not_keep_others_waiting(clamd: Clamd) -> None:
    long = receive(made.pdf(made.stream(b"x" * 3_000_000)))
    assert long.scan == Scan.HELD
    other = receive(made.pdf())
    SealedFile.objects.filter(pk=other.pk).update(scan=Scan.HELD)
    scan_waiting_files()
    long.refresh_from_db()
    other.refresh_from_db()
    assert (long.scan, other.scan) == (Scan.HELD, Scan.CLEAN)


def test_files_of_the_time_without_a_scanner_are_looked_at_when_there_is_one(
    clamd: Clamd, settings: Any
) -> None:
    settings.CLAMD_URL = ""
    good, bad = receive(made.pdf()), receive(infected_pdf())
    assert {good.scan, bad.scan} == {Scan.UNSCANNED}
    assert files.response_for(good).status_code == 200
    settings.CLAMD_URL = clamd.url
    scan_waiting_files()
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.scan, bad.scan) == (Scan.CLEAN, Scan.INFECTED)


def test_the_health_check_asks_it(clamd: Clamd) -> None:
    assert health.ask_all({"scanner": (health._scanner, "down")}) == {"scanner": "up"}
    clamd.kill()
    assert health.ask_all({"scanner": (health._scanner, "down")}) == {"scanner": "down"}
