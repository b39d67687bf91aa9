"""A supervisor to be killed: python -m tests.ops.supervise FOLDER CHILD…

The children are small programs named below. Run as a program of its own, because what is tested is
what its death does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ops import supervisor
from ops.supervisor import Spec, Supervisor, die_with_parent, say


def child(folder: Path, kind: str) -> None:
    """What each kind of child does. Each writes its process id behind its name."""
    note(folder, kind)
    if kind == "family":
        # A grandchild that takes its parent's death for its own.
        if os.fork() == 0:
            die_with_parent()
            note(folder, "grandchild")
    elif kind == "deserter":
        # A grandchild that does not, and a parent that goes away.
        subprocess.Popen([sys.executable, "-m", "tests.ops.supervise", str(folder), "=orphan"])
        time.sleep(0.3)
        sys.exit(3)
    elif kind == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif kind == "brief":
        sys.exit(7)
    elif kind == "loud":
        print("x" * 5000, flush=True)
    while True:
        time.sleep(0.1)


def note(folder: Path, name: str) -> None:
    with (folder / "pids").open("a") as file:
        file.write(f"{name} {os.getpid()}\n")


def main() -> int:
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    if names[0].startswith("="):
        child(folder, names[0][1:])
    supervisor.STOP_SECONDS = 1.5
    supervisor.LARGEST_LOG = 4000
    specs = [
        Spec(
            name,
            [sys.executable, "-m", "tests.ops.supervise", str(folder), f"={name}"],
            heartbeat=folder / "heartbeat" if name == "hanging" else None,
            heartbeat_seconds=1.0,
        )
        for name in names
    ]
    return Supervisor(
        specs,
        folder=Path.cwd(),
        run_folder=folder,
        log_folder=folder,
        environment=os.environ,
        say=say,
    ).run()


if __name__ == "__main__":
    sys.exit(main())
