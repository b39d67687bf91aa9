"""Runs child processes under one parent, and leaves none behind, however the parent ends.

Knows no Django. Each child has a session of its own, so that Ctrl-C in a terminal reaches the
supervisor alone, and the kernel kills it when the supervisor dies (Linux).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
# Loaded here because a child between fork and exec should do as little as possible.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)

TURN_SECONDS = 0.2
STOP_SECONDS = 8.0
# A child that ran for this long did not fail to start.
STEADY_SECONDS = 60.0
LONGEST_WAIT = 30.0
LARGEST_LOG = 20 * 1024 * 1024


def die_with_parent(number: int = signal.SIGKILL, *, parent: int | None = None) -> None:
    """Asks the kernel to send this process the signal when its parent dies (Linux only).

    `parent` is who the parent was before the fork: it may have died before this call.
    """
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), number)


@dataclass(frozen=True, slots=True)
class Spec:
    """One child: what is run, how long after the start, and how it shows that it is at work.

    A child whose `heartbeat` file stays older than `heartbeat_seconds` is taken to hang.
    """

    name: str
    command: Sequence[str]
    delay: float = 0.0
    heartbeat: Path | None = None
    heartbeat_seconds: float = 300.0


def write_whole(path: Path, text: str) -> None:
    """Replaces a file at one stroke: whoever reads it meets the old text or the new, never half."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(text)
    draft.replace(path)


class Child:
    """A process that is started again when it ends, each time after a longer pause."""

    def __init__(self, spec: Spec, home: Supervisor) -> None:
        self.spec = spec
        self._home = home
        self.pid_file = home.run_folder / f"{spec.name}.pid"
        self.log_file = home.log_folder / f"{spec.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self._started = 0.0
        self._not_before = time.monotonic() + spec.delay

    def start(self) -> None:
        parent = os.getpid()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 (commands are our own)
                self.spec.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._home.folder,
                env=dict(self._home.environment),
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(parent=parent),
            )
        self._started = time.monotonic()
        write_whole(self.pid_file, f"{self.process.pid}\n")

    def tend(self) -> None:
        """Starts the child where it is not running and its pause is over."""
        now = time.monotonic()
        if self.process is None:
            if now >= self._not_before:
                self.start()
            return
        if self.is_running():
            if self._hangs(now):
                self._home.say(f"{self.spec.name} shows no sign of work: starting it again")
                self.kill()
            else:
                self._turn_log()
            return
        status = self.clear_away()
        self.failures = 1 if now - self._started > STEADY_SECONDS else self.failures + 1
        wait = min(LONGEST_WAIT, 2.0 ** (self.failures - 1))
        self._not_before = now + wait
        self.process = None
        self._home.say(
            f"{self.spec.name} ended (status {status}); starting it again in {wait:.0f} s. "
            f"Its log: {self.log_file}"
        )

    def is_running(self) -> bool:
        if self.process is None or self.process.returncode is not None:
            return False
        # Looks without taking note, so that the number stays the child's until `clear_away`.
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self.process.pid, look) is None

    def terminate(self) -> None:
        if self.process is not None and self.is_running():
            self.process.terminate()

    def kill(self) -> None:
        """Kills the child and all it started, unless it has been cleared away."""
        if self.process is not None and self.process.returncode is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def clear_away(self) -> int | None:
        """Kills the child and what it left of its own children; gives its exit status."""
        if self.process is None:
            return None
        self.kill()
        return self.process.wait()

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        with self.log_file.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 8192))
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    def _hangs(self, now: float) -> bool:
        path, seconds = self.spec.heartbeat, self.spec.heartbeat_seconds
        if path is None or now - self._started < seconds:
            return False
        try:
            return time.time() - path.stat().st_mtime > seconds
        except FileNotFoundError:
            return True

    def _turn_log(self) -> None:
        # The child writes at the end of the file wherever that is, so that it can be cut in place.
        if self.log_file.stat().st_size > LARGEST_LOG:
            shutil.copyfile(self.log_file, self.log_file.with_suffix(".log.1"))
            os.truncate(self.log_file, 0)


class Supervisor:
    """Starts the children, keeps them running, and stops them on SIGTERM, SIGINT or SIGHUP."""

    def __init__(
        self,
        specs: Sequence[Spec],
        *,
        folder: Path,
        run_folder: Path,
        log_folder: Path,
        environment: Mapping[str, str],
        say: Callable[[str], None] = print,
        each_turn: Callable[[Supervisor], None] = lambda _: None,
    ) -> None:
        self.folder = folder
        self.run_folder = run_folder
        self.log_folder = log_folder
        self.environment = environment
        self.say = say
        self.children = [Child(spec, self) for spec in specs]
        self.status = 0
        self._each_turn = each_turn
        self._stopping = False

    def child(self, name: str) -> Child:
        return next(child for child in self.children if child.spec.name == name)

    def stop(self, status: int = 0) -> None:
        """Ends the run after this turn."""
        self._stopping = True
        self.status = self.status or status

    def run(self) -> int:
        """Returns when stopped, with the exit status; no child is left then."""
        own = self.run_folder / "serve.pid"
        write_whole(own, f"{os.getpid()}\n")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            # Who started it under nohup wants it to outlive the terminal.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)
        try:
            while not self._stopping:
                for child in self.children:
                    child.tend()
                self._each_turn(self)
                time.sleep(TURN_SECONDS)
        finally:
            self._end_children()
            own.unlink(missing_ok=True)
        return self.status

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            # Asked twice: whoever asks has waited long enough.
            for child in self.children:
                child.kill()
        self._stopping = True

    def _end_children(self) -> None:
        for child in self.children:
            child.terminate()
        until = time.monotonic() + STOP_SECONDS
        while time.monotonic() < until and any(child.is_running() for child in self.children):
            time.sleep(0.05)
        for child in self.children:
            child.clear_away()
            child.pid_file.unlink(missing_ok=True)


def say(sentence: str) -> None:
    """Prints at once, also where the output goes into a file."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()
