"""A real Elasticsearch node of a test's own, which may be killed and comes back with its data."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.processes import eventually

CONFIG = """
discovery.type: single-node
xpack.security.enabled: false
network.host: 127.0.0.1
http.port: {port}
path.data: {folder}/data
path.logs: {folder}/logs
cluster.routing.allocation.disk.threshold_enabled: false
"""
# Elasticsearch refuses to run as root.
USER = os.environ.get("ELASTICSEARCH_USER", "nobody")


class Node:
    """Made of the programs in ELASTICSEARCH_HOME; everything it writes is in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        folder.mkdir()
        shutil.copytree(Path(os.environ["ELASTICSEARCH_HOME"]) / "config", folder / "config")
        config = CONFIG.format(port=port, folder=folder)
        (folder / "config" / "elasticsearch.yml").write_text(config)
        if os.geteuid() == 0:
            for one in (folder, *folder.rglob("*")):
                shutil.chown(one, USER)

    def start(self) -> None:
        """Returns as soon as it answers."""
        command = [str(Path(os.environ["ELASTICSEARCH_HOME"]) / "bin" / "elasticsearch")]
        if os.geteuid() == 0:
            command = ["runuser", "-u", USER, "--", *command]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "ES_JAVA_OPTS": "-Xms256m -Xmx256m",
                "ES_PATH_CONF": str(self.folder / "config"),
            },
            start_new_session=True,
        )
        eventually(
            self._answers, seconds=120, pause=0.3, what=f"{self.url}: see {self.folder}/logs"
        )

    def kill(self) -> None:
        """As a power cut does: the node and what started it."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            eventually(lambda: not self._answers())

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/_cluster/health?wait_for_status=yellow", timeout=5):  # noqa: S310
                return True
        except (URLError, OSError):
            return False
