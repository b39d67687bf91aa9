"""What `serve` refuses before it starts anything."""

from __future__ import annotations

import fcntl
import socket
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command


def test_a_second_start_on_the_same_state_folder_is_refused() -> None:
    with open(Path(settings.DATA_DIR) / "run" / "serve.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="already running on"):
            call_command("serve")


def test_a_port_that_is_taken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        monkeypatch.setenv("HOST", "127.0.0.1")
        with pytest.raises(CommandError, match=rf"{port}: Address already in use.*PORT="):
            call_command("serve")


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "８０００", "1e3"])
def test_a_port_that_is_none_is_refused_in_words(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(CommandError, match="a number from 1 to 65535"):
        call_command("serve")
