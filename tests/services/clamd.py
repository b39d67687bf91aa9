"""A real clamd of a test's own, which may be killed. It knows one signature: EICAR's."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from tests.processes import eventually

# Debian's package brings no signatures, and the tests ask no outside host for them.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CONFIG = """
Foreground yes
TCPSocket {port}
TCPAddr 127.0.0.1
LocalSocket {folder}/socket
DatabaseDirectory {folder}/signatures
LogFile {folder}/log
StreamMaxLength {limit}
MaxScanTime 20000
ReadTimeout 20
"""
# It gives up its rights if it has any to give up.
USER = "clamav"


def program() -> str | None:
    """Its program, which Debian keeps where not everybody's PATH leads."""
    return shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Clamd:
    """Everything it reads and writes is in `folder`."""

    def __init__(self, folder: Path, *, stream_limit: str = "25M") -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"tcp://127.0.0.1:{self.port}"
        self.local_url = f"unix://{folder}/socket"
        (folder / "signatures").mkdir(parents=True)
        # Name : any kind of file : anywhere : these bytes.
        (folder / "signatures" / "test.ndb").write_text(f"Eicar-Test:0:*:{EICAR.hex()}\n")
        config = CONFIG.format(port=self.port, folder=folder, limit=stream_limit)
        (folder / "clamd.conf").write_text(config)
        if os.geteuid() == 0:
            for one in (folder, *folder.rglob("*")):
                shutil.chown(one, USER)

    def start(self) -> None:
        """Returns as soon as it answers."""
        command = [str(program()), "--config-file", str(self.folder / "clamd.conf")]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        eventually(self.answers, seconds=60, what=f"{self.url}: see {self.folder}/log")

    def kill(self) -> None:
        """As a power cut does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            eventually(lambda: not self.answers())

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as one:
                one.sendall(b"zPING\0")
                return one.recv(16).startswith(b"PONG")
        except OSError:
            return False
