"""An upload comes in sealed; what is too much is said, not cut off; nothing is left behind."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import pickle
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from django.core.exceptions import TooManyFilesSent
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.test.client import BOUNDARY, MULTIPART_CONTENT

from forms.vault import files, uploading
from forms.vault.files import FileRefused
from forms.vault.uploading import SealedUpload
from tests.vault import made_files as made

MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def private(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.CLAMD_URL = ""
    # A temporary folder of its own, which can be searched.
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path


def part(content: bytes, name: str = "a.jpg", field: str = "file") -> bytes:
    head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"'
    return b"--%s\r\n%s\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n" % (
        BOUNDARY.encode(),
        head.encode(),
        content,
    )


def text(value: str, field: str = "story") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"'
    return f"{head}\r\n\r\n{value}\r\n".encode()


END = f"--{BOUNDARY}--\r\n".encode()


def request_of(
    *parts: bytes, stream: io.RawIOBase | io.BytesIO | None = None, length: int | None = None
) -> WSGIRequest:
    body = b"".join(parts)
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/requests/help/",
            "CONTENT_TYPE": MULTIPART_CONTENT,
            "CONTENT_LENGTH": str(len(body) if length is None else length),
            "wsgi.input": stream or io.BytesIO(body),
        }
    )
    uploading.prepare(request)
    return request


def received(request: WSGIRequest, field: str = "file") -> list[SealedUpload]:
    """Its files for this field, as the handler made them."""
    uploads = request.FILES.getlist(field)
    assert all(isinstance(upload, SealedUpload) for upload in uploads)
    return cast("list[SealedUpload]", uploads)


class Watched(io.BytesIO):
    """A connection that looks around before every read, and may break off."""

    def __init__(self, content: bytes, look: Callable[[], None], *, breaks_at: int = 0) -> None:
        super().__init__(content)
        self.look = look
        self.breaks_at = breaks_at

    def read(self, size: int | None = -1) -> bytes:
        self.look()
        if self.breaks_at and self.tell() >= self.breaks_at:
            raise ConnectionResetError
        return super().read(size)


def open_files_below(folder: Path) -> list[bytes]:
    """What the files hold that this process has open there, those without a name too."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            if os.readlink(descriptor).startswith(str(folder)):
                found.append(descriptor.read_bytes())
        except OSError:
            continue
    return found


def everything_below(folder: Path) -> list[bytes]:
    named = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return named + open_files_below(folder)


def test_a_file_is_on_the_disk_sealed_while_it_comes_and_afterwards(private: Path) -> None:
    content = made.pdf(made.stream(made.CANARY.encode() * 100_000))
    seen: list[int] = []

    def look() -> None:
        stored = everything_below(private)
        seen.append(sum(map(len, stored)))
        assert not any(made.CANARY.encode() in one for one in stored)

    body = part(content, f"{made.CANARY}.pdf") + END
    request = request_of(stream=Watched(body, look), length=len(body))
    (upload,) = received(request)
    look()
    assert max(seen) > len(content), "nothing was on the disk: the test saw nothing"
    assert (upload.size, upload.name) == (len(content), f"{made.CANARY}.pdf")
    assert b"".join(upload.chunks()) == content
    assert upload.read() == content
    upload.seek(0)
    assert upload.read(5) == b"%PDF-"
    with upload.open() as again:
        assert again.read(5) == b"%PDF-"
    assert upload.multiple_chunks()


def test_when_the_request_ends_nothing_is_left_of_it(private: Path) -> None:
    request = request_of(part(b"x" * 200_000), END)
    assert received(request)[0].size == 200_000
    assert open_files_below(private)
    request.close()
    assert everything_below(private) == []


@pytest.mark.parametrize("at", [1, 100_000, 250_000])
def test_when_the_connection_is_lost_nothing_is_left(private: Path, at: int) -> None:
    body = part(b"x" * 100_000, "a.jpg", "one") + part(b"x" * 300_000, "b.jpg", "two") + END
    request = request_of(stream=Watched(body, lambda: None, breaks_at=at), length=len(body))
    with pytest.raises(UnreadablePostError):
        _ = request.FILES
    request.close()
    del request
    gc.collect()
    assert everything_below(private) == []


def test_what_a_killed_process_received_is_gone_with_it(private: Path, settings: Any) -> None:
    child = os.fork()
    if child == 0:  # the process that is killed in the middle of an upload
        try:
            incoming = uploading._Incoming()
            incoming.add(b"x" * 500_000)
            os.kill(os.getpid(), 9)
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == 9
    assert everything_below(private) == []


def test_a_file_too_large_is_read_to_its_end_and_said_so(settings: Any, private: Path) -> None:
    settings.UPLOAD_MAX_SIZE = MEGABYTE
    request = request_of(
        part(b"x" * (3 * MEGABYTE)), text("故事"), part(b"small", "b.jpg", "other"), END
    )
    assert request.POST["story"] == "故事", "what was typed is lost"
    assert received(request)[0].size == 3 * MEGABYTE
    assert sum(map(len, open_files_below(private))) < 2 * MEGABYTE
    with pytest.raises(FileRefused) as refused:
        files.receive(request.FILES["file"], bound_to=uuid.uuid4(), question="f0123456789")
    assert refused.value.code == "too-large"
    assert "1MB" in refused.value.message
    assert received(request, "other")[0].read() == b"small"
    request.close()


def test_of_too_many_and_too_much_the_rest_is_read_and_thrown_away(
    settings: Any, private: Path
) -> None:
    settings.UPLOAD_MAX_FILES = 3
    settings.UPLOAD_MAX_REQUEST = 2 * MEGABYTE
    request = request_of(*[part(b"x" * 900_000) for _ in range(5)], text("故事"), END)
    refusals = [upload.refusal for upload in received(request)]
    assert refusals == ["", "", "too-much", "too-many", "too-many"]
    assert request.POST["story"] == "故事"
    assert sum(map(len, open_files_below(private))) < 2 * MEGABYTE + 100_000
    for upload in received(request)[2:]:
        assert (upload.size, upload.read(), list(upload.chunks())) == (900_000, b"", [])
    request.close()


def test_ten_thousand_files_are_refused(private: Path) -> None:
    request = request_of(*[part(b"x") for _ in range(10_000)], END)
    with pytest.raises(TooManyFilesSent):
        _ = request.FILES
    request.close()
    del request
    gc.collect()
    assert everything_below(private) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--",
        part(b"x")[:40],
        part(b"x" * 100_000),
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; filename=x\r\n\r\nx".encode(),
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n!!!!!\r\n".encode()
        + END,
    ],
)
def test_a_broken_body_gives_no_whole_file_and_leaves_nothing(private: Path, body: bytes) -> None:
    request = request_of(body)
    with contextlib.suppress(MultiPartParserError):
        # Without the closing line nobody can tell that something is missing but the content's own
        # end: what is no whole file is refused for that.
        for name in request.FILES:
            for upload in received(request, name):
                with pytest.raises(FileRefused):
                    files.receive(upload, bound_to=uuid.uuid4(), question="f0123456789")
    request.close()
    del request
    gc.collect()
    assert everything_below(private) == []


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "a\0b.jpg", "照片\u202egpj.exe", "长" * 300 + ".jpg", "C:\\a\\b.jpg"]
)
@pytest.mark.django_db
def test_a_file_under_any_name_is_received_from_a_request(private: Path, name: str) -> None:
    request = request_of(part(made.telling_jpeg(), name), END)
    if name.endswith("exe"):
        with pytest.raises(FileRefused, match="extension"):
            files.receive(request.FILES["file"], bound_to=uuid.uuid4(), question="f0123456789")
        return
    kept = files.receive(request.FILES["file"], bound_to=uuid.uuid4(), question="f0123456789")
    request.close()
    stored = everything_below(private)
    assert len(stored) == 1
    assert made.CANARY.encode() not in stored[0]
    assert made.CANARY.encode() not in b"".join(files.contents(kept))
    assert not set("/\\\0\u202e") & set(files.name_of(kept))


def test_an_upload_never_leaves_its_process() -> None:
    request = request_of(part(b"x" * 1000), END)
    with pytest.raises(TypeError):
        pickle.dumps(request.FILES["file"])
    request.close()
