"""Each step of the preparation is done where it is due, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from wagtail.models import Page
from wagtail.search.models import IndexEntry

from ops import preparing
from ops.models import LoadedContent

# A real command that is quick and safe to repeat stands for those that load content.
COMMAND = "createcachetable"


@pytest.mark.django_db
def test_content_is_loaded_once_and_again_when_its_version_changes() -> None:
    said: list[str] = []
    preparing.load("content", COMMAND, "version 1", said.append)
    preparing.load("content", COMMAND, "version 1", said.append)
    assert said == ["Loading content …"]
    preparing.load("content", COMMAND, "version 2", said.append)
    assert len(said) == 2
    assert LoadedContent.objects.filter(name=COMMAND).count() == 1


@pytest.mark.django_db
def test_the_note_of_what_was_loaded_does_not_give_the_demo_password_away() -> None:
    preparing.load("content", COMMAND, "code S3cret-demo", lambda _: None)
    note = LoadedContent.objects.get(name=COMMAND)
    assert "S3cret" not in note.fingerprint
    with override_settings(SECRET_KEY="another"):
        preparing.load("content", COMMAND, "code S3cret-demo", lambda _: None)
    note_of_another_key = LoadedContent.objects.get(name=COMMAND)
    assert note_of_another_key.fingerprint != note.fingerprint


@pytest.mark.django_db
def test_a_database_that_is_up_to_date_is_not_migrated() -> None:
    said: list[str] = []
    assert preparing.pending_migrations() == 0
    preparing.migrate(said.append)
    assert said == []


def test_static_files_are_collected_when_one_changed(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    said: list[str] = []
    with override_settings(
        STATICFILES_DIRS=[str(source)],
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        STATIC_ROOT=str(target),
    ):
        preparing.collect_static_files(said.append)
        preparing.collect_static_files(said.append)
        assert len(said) == 1
        assert (target / "a.css").read_text() == "a {}"
        (source / "a.css").write_text("a { color: red }")
        preparing.collect_static_files(said.append)
        assert len(said) == 2
        assert "red" in (target / "a.css").read_text()
        (target / ".collected").unlink()
        preparing.collect_static_files(said.append)
        assert len(said) == 3


def test_the_fingerprint_of_the_code_follows_every_file_that_is_loaded_from(tmp_path: Path) -> None:
    for name in ("a.py", "b.csv"):
        (tmp_path / name).write_text(name)
    files = sorted(tmp_path.iterdir())
    before = preparing.fingerprint_of_files(files)
    assert preparing.fingerprint_of_files(files) == before
    (tmp_path / "b.csv").write_text("b.csx")
    assert preparing.fingerprint_of_files(files) != before


def test_code_and_data_are_among_the_files_that_count_and_caches_are_not() -> None:
    names = {str(path.relative_to(settings.ROOT)) for path in preparing._content_files()}
    assert "home/directory/models.py" in names
    assert "site/ops/preparing.py" in names
    assert not any("__pycache__" in name or name.startswith("site/static/") for name in names)


@pytest.mark.django_db
def test_an_index_of_the_admin_that_another_version_wrote_is_written_anew_once() -> None:
    said: list[str] = []
    root = Page.objects.get(depth=1)
    root.add_child(instance=Page(title="随迁子女入学指南（测试）", slug="guide"))
    IndexEntry.objects.all().delete()
    preparing.write_admin_index(said.append)
    assert [page.slug for page in Page.objects.autocomplete("入学")] == ["guide"]
    IndexEntry.objects.all().delete()
    preparing.write_admin_index(said.append)
    assert len(said) == 1
    assert not IndexEntry.objects.exists()
