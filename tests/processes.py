"""Starting real processes in tests, and seeing that they end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

# What a leftover in the caller's environment must not decide.
FOREIGN = (
    "ALLOWED_HOSTS",
    "BASE_URL",
    "BROKER_URL",
    "CACHE_URL",
    "CLAMD_URL",
    "DATABASE_URL",
    "DEMO",
    "DEMO_PASSWORD",
    "DJANGO_SETTINGS_MODULE",
    "EMAIL_URL",
    "HOST",
    "PORT",
    "SEARCH_URL",
)


def environment(**wanted: str) -> dict[str, str]:
    """The environment of a process of the product: nothing of the caller's but what is wanted."""
    inherited = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    path = os.pathsep.join([str(settings.ROOT / "site"), str(settings.ROOT)])
    return {**inherited, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **wanted}


@contextmanager
def running(
    command: list[str], log: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """The process inside this block; afterwards it is killed, if it still runs."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=settings.ROOT,
            env=environment,
            start_new_session=True,
            # Whatever the one who runs the tests ignores (nohup).
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def eventually(
    question: Callable[[], object], *, seconds: float = 20, pause: float = 0.05, what: str = ""
) -> None:
    """Waits until the answer is true; fails with `what` where it never is."""
    until = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < until, f"not within {seconds} s: {what or question}"
        time.sleep(pause)


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be asked about does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
