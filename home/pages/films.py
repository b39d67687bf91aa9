"""Films of the public site and their captions: which there are, and how they are given out.

A browser asks a film piece by piece (RFC 9110, section 14); Safari plays none that comes whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO, Any

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

VIDEO_TYPES = {".mp4": "video/mp4", ".webm": "video/webm"}
CAPTION_TYPES = {".vtt": "text/vtt"}
MEDIA_TYPES = VIDEO_TYPES | CAPTION_TYPES

_PIECE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
_BLOCK = 256 * 1024


def is_media(filename: str) -> bool:
    """Whether this is the name of a film or of captions."""
    return PurePath(filename).suffix.lower() in MEDIA_TYPES


def media_response(document: Any, request: HttpRequest) -> HttpResponseBase:
    """A film or its captions, whole or the piece that was asked for."""
    kind = MEDIA_TYPES[PurePath(document.filename).suffix.lower()]
    size: int = document.file.size
    etag = f'"{document.file_hash}"'
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""
    piece = _piece(asked, size)
    response: HttpResponseBase
    if piece is None:
        response = FileResponse(document.file.open("rb"), content_type=kind)
        response.headers["Content-Length"] = str(size)
    elif not piece:
        response = HttpResponse(status=416)
        response.headers["Content-Range"] = f"bytes */{size}"
    else:
        response = StreamingHttpResponse(
            _read(document.file.open("rb"), piece), status=206, content_type=kind
        )
        response.headers["Content-Length"] = str(len(piece))
        response.headers["Content-Range"] = f"bytes {piece[0]}-{piece[-1]}/{size}"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = etag
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _piece(asked: str, size: int) -> range | None:
    """The bytes a Range header asks for: None for all of them, empty where there are none such.

    One range only; a header of another shape is passed over, as the standard allows.
    """
    found = _PIECE.fullmatch(asked.replace(" ", ""))
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return range(max(size - int(last), 0), size)
    return range(int(first), min(int(last) + 1 if last else size, size))


def _read(file: IO[bytes], piece: range) -> Iterator[bytes]:
    with file:
        file.seek(piece[0])
        left = len(piece)
        while left and (block := file.read(min(_BLOCK, left))):
            left -= len(block)
            yield block
