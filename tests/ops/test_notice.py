"""Whatever is not ours is named with its licence; what is copied here carries version and text."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.ROOT)
VENDOR = ROOT / "site" / "static" / "vendor"
NOTICE = (ROOT / "NOTICE").read_text(encoding="utf-8")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def rows() -> dict[str, str]:
    """{package or folder: licence} of the tables in NOTICE."""
    cells = [line.strip("|").split("|") for line in NOTICE.splitlines() if line.startswith("| ")]
    return {normal(row[0].strip()): row[-1].strip() for row in cells}


def pinned() -> set[str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    here = [line for line in lines if "==" in line and "sys_platform == 'win32'" not in line]
    return {normal(line.partition("==")[0].partition("[")[0]) for line in here}


def test_every_package_that_is_installed_is_named_with_its_licence() -> None:
    named = rows()
    installed = {normal(str(one.metadata["Name"])) for one in metadata.distributions()}
    missing = (pinned() & installed) - named.keys()
    assert not missing, f"NOTICE lacks {sorted(missing)}"
    assert all(named.values())
    names = [line for line in NOTICE.splitlines() if line.startswith("| ")]
    assert len(names) == len(set(names)), "a line stands twice"


@pytest.mark.parametrize("folder", sorted(VENDOR.iterdir()), ids=lambda folder: folder.name)
def test_what_is_copied_here_carries_its_version_and_licence(folder: Path) -> None:
    assert re.fullmatch(r"[a-z0-9-]+-\d+(\.\d+)+", folder.name), "name-version"
    licence = folder / "LICENSE.txt"
    assert licence.is_file()
    assert "Copyright" in licence.read_text(encoding="utf-8")
    assert normal(f"site/static/vendor/{folder.name}") in rows()


def test_the_readme_says_what_each_choice_is_for() -> None:
    """A direct dependency that the README's table does not explain was added in passing."""
    readme = normal((ROOT / "README.md").read_text(encoding="utf-8"))
    for line in (ROOT / "site" / "requirements" / "base.in").read_text().splitlines():
        if line and not line.startswith("#"):
            name = normal(re.split(r"[\[<>=]", line)[0])
            assert name in readme, name
