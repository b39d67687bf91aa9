"""The product as it is run, in a folder of its own: real processes, real forms, real mails."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.processes import environment, eventually, running


class Product:
    """A state folder and what `manage.py` does with it."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.temporary = folder / "tmp"
        self.temporary.mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.environment = environment(
            DJANGO_SETTINGS_MODULE="config.settings.embedded",
            DATA_DIR=str(self.data_dir),
            PORT=str(self.port),
            DEMO="no",
            TMPDIR=str(self.temporary),
            **variables,
        )

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end."""
        return self.run([sys.executable, "manage.py", *arguments], check=check)

    def python(self, code: str) -> Any:
        """Runs code in a process of the product; what it prints, as JSON."""
        head = "import django; django.setup()\n"
        done = self.run([sys.executable, "-c", head + code], check=True)
        return json.loads(done.stdout.strip().splitlines()[-1])

    def run(self, command: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        """Runs any command in the product's environment."""
        done = subprocess.run(
            command,
            cwd=settings.ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """Web, worker and beat, until the block ends."""
        output = self.folder / "output"
        output.unlink(missing_ok=True)
        command = [sys.executable, "manage.py", "serve"]
        with running(command, output, self.environment) as process:
            eventually(
                lambda: process.poll() is not None or "Ctrl-C stops it." in output.read_text(),
                seconds=240,
            )
            assert process.poll() is None, output.read_text()
            yield
            process.terminate()
            process.wait(30)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


class Browser:
    """One family's browser: cookies, redirects, forms."""

    def __init__(self, product: Product) -> None:
        self.product = product
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.page = ""

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.product.url(path)))  # noqa: S310

    def post(self, path: str, data: dict[str, str]) -> str:
        hidden = {name: self._hidden(name) for name in ("csrfmiddlewaretoken",)}
        body = urllib.parse.urlencode(hidden | data).encode()
        headers = {"Referer": self.product.url(path)}
        return self._open(
            urllib.request.Request(self.product.url(path), body, headers)  # noqa: S310
        )

    def hidden(self, *names: str) -> dict[str, str]:
        return {name: self._hidden(name) for name in names}

    def _hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}"\s+value="([^"]*)"', self.page)
        assert found, f"no {name} on the page"
        return found[1]

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self.opener.open(request, timeout=30) as answer:
                self.page = answer.read().decode()
        except urllib.error.HTTPError as error:
            self.page = error.read().decode()
            raise AssertionError(f"{error.code}: {self.page[:3000]}") from None
        return self.page
