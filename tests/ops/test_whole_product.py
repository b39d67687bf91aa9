"""`make run`, as a newcomer runs it: what it prints, what it repeats, what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from tests.processes import environment, eventually, is_alive, running

pytestmark = [pytest.mark.product, pytest.mark.faults]

MAKE = ["make", "run"]
STEPS = ("Database:", "Loading", "Static files")


class Product:
    """A state folder and a port, and what `make run` makes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.output = folder / "output"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.environment = environment(
            DATA_DIR=str(self.data_dir), PORT=str(self.port), DEMO_PASSWORD="tour-of-the-house"
        )

    @contextmanager
    def run(self) -> Iterator[subprocess.Popen[bytes]]:
        """The product, ready; the process is make's."""
        self.output.unlink(missing_ok=True)
        with running(MAKE, self.output, self.environment) as process:
            # It prints this when it answers.
            eventually(
                lambda: process.poll() is not None or "Ctrl-C stops it." in self.said(), seconds=240
            )
            assert process.poll() is None, self.said()
            yield process
        eventually(lambda: self.processes() == [], seconds=15, what="nothing is left behind")

    def said(self) -> str:
        return self.output.read_text()

    def ready(self) -> dict[str, object]:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.port}/healthz/ready", timeout=10
        ) as answer:
            return dict(json.load(answer))

    def pid(self, name: str) -> int:
        return int((self.data_dir / "run" / f"{name}.pid").read_text())

    def processes(self) -> list[str]:
        """The command lines of all living processes of this product."""
        mark = f"DATA_DIR={self.data_dir}\0".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (process / "environ").read_bytes() and is_alive(int(process.name)):
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        return found


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Product:
    """A product that has been started once, and stopped."""
    product = Product(tmp_path_factory.mktemp("product"))
    with product.run() as make:
        said = product.said()
        assert all(step in said for step in STEPS)
        assert f"http://127.0.0.1:{product.port}/" in said
        assert "tour-of-the-house" in said
        os.killpg(make.pid, signal.SIGINT)
        make.wait(20)
    return product


def test_a_second_start_repeats_nothing_and_ctrl_c_ends_it(product: Product) -> None:
    with product.run() as make:
        assert not any(step in product.said() for step in STEPS)
        assert product.ready()["database"] == "up"
        os.killpg(make.pid, signal.SIGINT)
        make.wait(20)
        eventually(lambda: product.processes() == [], seconds=5)
    assert list((product.data_dir / "run").glob("*.pid")) == []


def test_killing_the_supervisor_leaves_no_process(product: Product) -> None:
    with product.run():
        eventually(lambda: (product.data_dir / "run" / "beat.pid").exists())
        os.kill(product.pid("serve"), signal.SIGKILL)
        eventually(lambda: product.processes() == [], seconds=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ending_make_ends_the_product(product: Product, number: int) -> None:
    with product.run() as make:
        make.send_signal(number)
        eventually(lambda: product.processes() == [], seconds=15)


def test_a_second_start_beside_the_first_is_refused_in_a_sentence(product: Product) -> None:
    with product.run():
        again = subprocess.run(
            MAKE,
            cwd=settings.ROOT,
            env=product.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert again.returncode != 0
        assert "already running" in again.stderr
        assert "Traceback" not in again.stderr
        assert product.ready()["database"] == "up"


def test_whichever_process_is_killed_comes_back(product: Product) -> None:
    with product.run():
        eventually(lambda: product.ready()["beat_age_seconds"] is not None, seconds=60)
        for name in ("web", "worker", "beat"):
            before = product.pid(name)
            os.kill(before, signal.SIGKILL)
            eventually(lambda: product.pid(name) != before)  # noqa: B023 (asked at once)

        def all_is_well() -> bool:
            try:
                age = product.ready()["beat_age_seconds"]
            except urllib.error.URLError:
                return False
            return isinstance(age, int) and age < 10

        eventually(all_is_well, seconds=60, pause=0.5)


def test_the_state_stays_in_its_folder_and_is_for_its_owner_alone(product: Product) -> None:
    assert sorted(path.name for path in product.folder.iterdir()) == ["data", "output"]
    for path in (product.data_dir / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0
    for folder in ("queue", "mail", "private", "secrets"):
        assert (product.data_dir / folder).stat().st_mode & 0o077 == 0
