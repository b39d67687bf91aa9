"""What taking in a family's files costs: time, and memory of the web process and of the inspector.

`pytest -m bench tests/bench/test_uploads.py -s`
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.vault import made_files as made

pytestmark = pytest.mark.bench
ROOT = Path(__file__).resolve().parents[2]
# A web process, all its threads busy, must stay below.
MOST_MEGABYTES = 300


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("uploads")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.embedded",
        "DATA_DIR": str(folder / "state"),
    }
    for command in (["migrate", "-v0"], ["createcachetable"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True
        )
    return environment


def measured(environment: dict[str, str], file: Path, at_once: int = 1) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.upload_meter", str(file), str(at_once)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    megabytes = file.stat().st_size / 1024 / 1024
    print(
        f"\n{file.name}, {megabytes:.2f} MB, {at_once} at once: {found['seconds']} s; "
        f"web process {found['before']} → {found['at_most']} MB, "
        # A new process counts as large as the one it came from: 190 MB or less say nothing.
        f"inspector at most {found['inspector']} MB; {', '.join(sorted(set(found['outcomes'])))}"
    )
    assert found["at_most"] < MOST_MEGABYTES
    return found


def test_photos_and_documents(environment: dict[str, str], tmp_path: Path) -> None:
    photo = made.noise(4032, 3024)
    large = made.noise(5712, 4284)
    files = {
        "photo-12mp.jpg": made.jpeg(photo, quality=93, exif=made.exif(6)),
        "photo-12mp.heic": made.telling_heic(photo),
        "photo-24mp.jpg": made.jpeg(large, quality=80, exif=made.exif(6)),
        "photo-24mp.heic": made.telling_heic(large),
        "photo-24mp.webp": made.saved(large, "WEBP", quality=60),
        "photo-50mp.jpg": made.jpeg(made.noise(8160, 6120), quality=75),
        "transparent-24mp.png": made.saved(
            Image.new("RGBA", (5712, 4284), (9, 9, 9, 9)), "PNG", compress_level=1
        ),
        "bomb-127mp.png": made.saved(Image.new("1", (12_700, 10_000)), "PNG"),
        "document-20mb.pdf": made.pdf(made.stream(random.Random(1).randbytes(20_900_000))),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        found = measured(environment, tmp_path / name)
        assert found["outcomes"] == (
            ["pixels"]
            if "bomb" in name
            else ["application/pdf"]
            if ".pdf" in name
            else ["image/jpeg"]
        )
    for name in ("photo-24mp.jpg", "photo-24mp.heic", "bomb-127mp.png", "document-20mb.pdf"):
        measured(environment, tmp_path / name, at_once=5)
