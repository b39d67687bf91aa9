"""What a file really is: asks `inspector`, a process that can do no harm; says why one is refused.

Measured (docs/running.md): the web process grows by 3 MB for a file, by 9 MB for five at once,
whatever they are; the inspecting one takes 210 MB for a photo of 24 million pixels, 400 MB at most.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from forms.vault.inspector import DOCX, HEIC, JPEG, PDF, PNG, WEBP

logger = logging.getLogger(__name__)

PROGRAM = Path(__file__).with_name("inspector.py")
SECONDS = 30.0
# One at a time in each process: two web processes use two processors and 800 MB at the very most.
_turn = threading.BoundedSemaphore(1)
# Of four threads in a process one at least is left for those who send no file.
_room = threading.BoundedSemaphore(3)
WAIT_SECONDS = 40.0
READ_SIZE = 64 * 1024

# The names a file of each kind goes by; the first is what ours is called.
EXTENSIONS = {
    JPEG: ("jpg", "jpeg", "jpe", "jfif"),
    PNG: ("png",),
    HEIC: ("heic", "heif", "hif"),
    WEBP: ("webp",),
    PDF: ("pdf",),
    DOCX: ("docx",),
}
IMAGES = (JPEG, PNG, HEIC, WEBP)

_SENTENCES = {
    "empty": gettext_lazy("这个文件是空的。请重新选择一个文件。"),
    "too-large": gettext_lazy("这个文件超过%(size)dMB。请压缩后再上传，或者拍成照片上传。"),
    "too-many": gettext_lazy("最多只能上传%(files)d个文件。请先删除不需要的文件，再上传这一个。"),
    "too-much": gettext_lazy("一次上传的文件合起来太大。请分几次上传，每次少选几个。"),
    "kind": gettext_lazy(
        "不能接收这种文件。请上传照片（JPG、PNG、HEIC、WebP）、PDF或Word（.docx）文件；"
        "其他材料可以拍成照片上传。"
    ),
    "extension": gettext_lazy(
        "文件的内容和它的后缀名不一致。请用原来的程序重新保存，或者拍成照片上传。"
    ),
    "damaged": gettext_lazy("这个文件不完整或者已经损坏。请重新保存或重新拍照，再上传一次。"),
    "pixels": gettext_lazy(
        "这张图片太大（超过%(pixels)d万像素）。请用普通画质重新拍一张，或者截图后上传截图。"
    ),
    "bomb": gettext_lazy("这个文件展开后太大，不能接收。请重新保存，或者拍成照片上传。"),
    "mixed": gettext_lazy(
        "这个文件里混有别的内容，不能接收。请打开后用“打印成PDF”另存一份，或者拍成照片上传。"
    ),
    "pdf-active": gettext_lazy(
        "这个PDF里带有程序或附件，不能接收。请打开后用“打印成PDF”另存一份，或者拍成照片上传。"
    ),
    "pdf-locked": gettext_lazy(
        "这个PDF设了密码或权限限制，工作人员打不开。"
        "请打开后用“打印成PDF”另存一份，或者拍成照片上传。"
    ),
    "docx-active": gettext_lazy(
        "这个Word文件里带有宏、嵌入的文件或外部内容，不能接收。请另存为PDF，或者拍成照片上传。"
    ),
    "infected": gettext_lazy(
        "这个文件没有通过病毒检查，没有接收。请不要再打开它；需要的材料可以拍成照片上传。"
    ),
    "no-room": gettext_lazy(
        "系统现在存不下这个文件，没有收到。您填写的文字不受影响：可以先保存，过一天再上传；"
        "着急的，请先提交文字，材料以后再补交，或者拨打12345。"
    ),
    "busy": gettext_lazy("现在上传的人较多，这个文件还没有收到。请过一会儿再上传一次。"),
}


class FileRefused(Exception):
    """The file is not taken. `message` says in Chinese what to do, and nothing of the content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = str(_SENTENCES[code]) % {
            "size": settings.UPLOAD_MAX_SIZE // (1024 * 1024),
            "files": settings.UPLOAD_MAX_FILES,
            "pixels": settings.UPLOAD_MAX_PIXELS // 10_000,
        }


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file that may be kept: of this kind, this long, these bytes."""

    kind: str
    size: int
    chunks: Iterable[bytes]


def kinds_taken() -> str:
    """The kinds of files as a sentence for a question's help."""
    return _("照片（JPG、PNG、HEIC、WebP）、PDF或Word（.docx）文件，每个不超过%dMB。") % (
        settings.UPLOAD_MAX_SIZE // (1024 * 1024)
    )


@contextlib.contextmanager
def inspected(upload: Any) -> Iterator[Inspected]:
    """What is to be kept of an upload, which must be read inside. Raises FileRefused.

    `upload` has `name`, `size` and `chunks()`, which may be called again.
    """
    if not _room.acquire(blocking=False):
        raise FileRefused("busy")
    try:
        with _in_turn(), _asked(upload) as (answer, rest):
            if "refused" in answer:
                raise FileRefused(answer["refused"])
            came = answer["came"]
            if came not in settings.UPLOAD_KINDS:
                raise FileRefused("kind")
            if not _may_be_called(upload.name, came):
                raise FileRefused("extension")
            kept = rest if came in IMAGES else upload.chunks()
            yield Inspected(answer["kind"], answer["size"], kept)
    finally:
        _room.release()


@contextlib.contextmanager
def _in_turn() -> Iterator[None]:
    if not _turn.acquire(timeout=WAIT_SECONDS):
        raise FileRefused("busy")
    try:
        yield
    finally:
        _turn.release()


def _may_be_called(name: str | None, kind: str) -> bool:
    """Whether a file of this kind may come under this name.

    Cameras and chat programs name images after one another's formats, or not at all; ours are
    written anew and named after what they are. Beyond images a wrong name is a mistake or a trick.
    """
    stem, dot, extension = (name or "").strip().rpartition(".")
    if not dot or not stem or not extension.isascii() or not extension.isalnum():
        return True
    kinds = IMAGES if kind in IMAGES else (kind,)
    return any(extension.lower() in EXTENSIONS[one] for one in kinds)


@contextlib.contextmanager
def _asked(upload: Any) -> Iterator[tuple[dict[str, Any], Iterator[bytes]]]:
    """The inspector's answer and the bytes behind it; the process is gone afterwards."""
    with subprocess.Popen(  # noqa: S603  (our own program, no shell)
        [sys.executable, "-I", str(PROGRAM), str(settings.UPLOAD_MAX_PIXELS)],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
    ) as process:
        alarm = threading.Timer(SECONDS, process.kill)
        alarm.daemon = True
        alarm.start()
        output = io.BufferedReader(cast("io.RawIOBase", process.stdout))
        try:
            _feed(cast("BinaryIO", process.stdin), upload.chunks())
            yield _answer(output), iter(lambda: output.read(READ_SIZE), b"")
        finally:
            alarm.cancel()
            process.kill()


def _feed(program: BinaryIO, chunks: Iterable[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError):  # it has died: that it says nothing says so
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                rest = rest[program.write(rest) :]
    program.close()


def _answer(output: BinaryIO) -> dict[str, Any]:
    line = output.readline(1024)
    try:
        answer: dict[str, Any] = json.loads(line)
    except ValueError:
        # Killed at one of its limits, or by the file: either way nobody can open it.
        logger.warning("A file broke the process that looked into it.")
        return {"refused": "damaged"}
    return answer
