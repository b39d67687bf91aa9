"""The supervisor: what it keeps running, and what it leaves behind (nothing)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes import environment, eventually, is_alive, running

pytestmark = pytest.mark.faults


@contextmanager
def supervised(
    folder: Path, *children: str, under: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    """A running supervisor whose children have all started."""
    command = [*under, sys.executable, "-m", "tests.ops.supervise", str(folder), *children]
    with running(command, folder / "output", environment()) as process:
        eventually(lambda: {name for name, _ in pids(folder)} >= set(children))
        yield process


def pids(folder: Path) -> list[tuple[str, int]]:
    """(name, process id) of all that ever started, in order."""
    try:
        lines = (folder / "pids").read_text().splitlines()
    except FileNotFoundError:
        return []
    return [(line.split()[0], int(line.split()[1])) for line in lines]


def alive(folder: Path) -> list[str]:
    return [name for name, pid in pids(folder) if is_alive(pid)]


def said(folder: Path) -> str:
    return (folder / "output").read_text()


def test_killed_it_leaves_neither_child_nor_grandchild(tmp_path: Path) -> None:
    with supervised(tmp_path, "family", "deaf") as process:
        eventually(lambda: "grandchild" in alive(tmp_path))
        process.send_signal(signal.SIGKILL)
        process.wait()
        eventually(lambda: alive(tmp_path) == [], seconds=5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_asked_to_stop_it_stops_everything_and_tidies_up(tmp_path: Path, number: int) -> None:
    with supervised(tmp_path, "family", "quiet") as process:
        eventually(lambda: "grandchild" in alive(tmp_path))
        assert {path.name for path in tmp_path.glob("*.pid")} == {
            "family.pid",
            "quiet.pid",
            "serve.pid",
        }
        process.send_signal(number)
        assert process.wait(10) == 0
        assert alive(tmp_path) == []
        assert list(tmp_path.glob("*.pid")) == []


def test_started_under_nohup_it_outlives_the_terminal(tmp_path: Path) -> None:
    with supervised(tmp_path, "quiet", under=("nohup",)) as process:
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_child_that_will_not_stop_is_killed_in_the_end(tmp_path: Path) -> None:
    with supervised(tmp_path, "deaf") as process:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert alive(tmp_path) == []


def test_ctrl_c_in_a_terminal_reaches_the_supervisor_alone(tmp_path: Path) -> None:
    with supervised(tmp_path, "quiet") as process:
        (_, child) = pids(tmp_path)[0]
        assert os.getpgid(child) != os.getpgid(process.pid)


def test_a_child_that_dies_is_started_again_and_its_pid_file_follows(tmp_path: Path) -> None:
    with supervised(tmp_path, "quiet"):
        first = pids(tmp_path)[0][1]
        os.kill(first, signal.SIGKILL)
        eventually(lambda: len(pids(tmp_path)) == 2)
        second = pids(tmp_path)[1][1]
        assert (tmp_path / "quiet.pid").read_text() == f"{second}\n"
        assert "quiet ended (status -9); starting it again in 1 s" in said(tmp_path)


def test_a_child_that_dies_again_and_again_is_waited_for_longer_each_time(tmp_path: Path) -> None:
    with supervised(tmp_path, "brief"):
        eventually(lambda: "again in 4 s" in said(tmp_path))
        assert [said(tmp_path).count(f"again in {wait} s") for wait in (1, 2, 4)] == [1, 1, 1]


def test_what_a_dead_child_left_behind_is_cleared_away(tmp_path: Path) -> None:
    with supervised(tmp_path, "deserter"):
        eventually(lambda: "orphan" in {name for name, _ in pids(tmp_path)})
        orphan = dict(pids(tmp_path))["orphan"]
        eventually(lambda: not is_alive(orphan), seconds=5)


def test_a_child_that_hangs_is_started_again(tmp_path: Path) -> None:
    with supervised(tmp_path, "hanging"):
        eventually(lambda: len(pids(tmp_path)) == 2, seconds=10)
        assert "hanging shows no sign of work" in said(tmp_path)


def test_a_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    with supervised(tmp_path, "loud"):
        eventually(lambda: (tmp_path / "loud.log.1").exists())
        assert (tmp_path / "loud.log.1").stat().st_size == 5001
        assert (tmp_path / "loud.log").stat().st_size == 0
