"""Takes uploads in as a web process does, and says what that took.

    python -m tests.bench.upload_meter FILE HOW_MANY_AT_ONCE

Run with DJANGO_SETTINGS_MODULE and a DATA_DIR whose database is there.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import django


def memory_of_this_process(name: str) -> int:
    """In megabytes: VmRSS now, VmHWM at most."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) // 1024
    raise LookupError(name)


def body_of(path: Path) -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\n\r\n'
    return head.encode() + path.read_bytes() + b"\r\n--x--\r\n"


def send(path: Path, outcomes: list[str]) -> None:
    """One request with one file, from its first byte to its place in the vault."""
    from django.core.handlers.wsgi import WSGIRequest

    from forms.vault import files, uploading

    # As a connection gives it: from a file, so that the body is not in this process's memory.
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "multipart/form-data; boundary=x",
            "CONTENT_LENGTH": str(path.stat().st_size),
            "wsgi.input": io.BufferedReader(io.FileIO(path)),
        }
    )
    uploading.prepare(request)
    try:
        kept = files.receive(request.FILES["file"], bound_to=uuid.uuid4(), question="f0123456789")
        outcomes.append(kept.kind)
    except files.FileRefused as refused:
        outcomes.append(refused.code)
    finally:
        request.close()


def _write_body(path: Path, body: Path) -> None:
    # By another process: what this one has read would count as its memory.
    if (child := os.fork()) == 0:
        body.write_bytes(body_of(path))
        os._exit(0)
    os.waitpid(child, 0)


def main(file: str, at_once: int) -> dict[str, Any]:
    sys.path[:0] = ["site"]
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import get_resolver

    WSGIHandler()
    _ = get_resolver().url_patterns  # all that a web process has loaded
    path = Path(file)
    body = path.with_suffix(".body")
    _write_body(path, body)
    before = memory_of_this_process("VmRSS")
    outcomes: list[str] = []
    threads = [threading.Thread(target=send, args=(body, outcomes)) for _ in range(at_once)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "seconds": round(time.monotonic() - began, 2),
        "before": before,
        "at_most": memory_of_this_process("VmHWM"),
        "inspector": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "outcomes": outcomes,
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
