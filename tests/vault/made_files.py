"""Real files of every kind and unkindness, made for the tests. Their content is made up."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from typing import Any

import pillow_heif
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

CANARY = "canary-3f9c-made-up"
# North and east of a place in a made-up photo's EXIF.
GPS = {1: "N", 2: (41.0, 48.0, 12.0), 3: "E", 4: (123.0, 25.0, 48.0)}
ORIENTATION = 0x0112
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A picture with a red left half, so that its orientation can be told."""
    image = Image.new("RGB", (width, height), (20, 60, 200))
    image.paste((220, 30, 30), (0, 0, width // 2, height))
    return image.convert(mode)


def noise(width: int, height: int) -> Image.Image:
    """A picture with as much detail as a photo."""
    small = (width // 8, height // 8)
    grain = random.Random(1).randbytes(small[0] * small[1] * 3)
    return Image.frombytes("RGB", small, grain).resize((width, height), Image.Resampling.BICUBIC)


def exif(orientation: int = 1) -> Image.Exif:
    data = Image.Exif()
    data[ORIENTATION] = orientation
    data[0x010F] = CANARY
    data[0x9286] = CANARY
    data.get_ifd(0x8825).update(GPS)
    return data


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return saved(image or picture(), "JPEG", **options)


def telling_jpeg() -> bytes:
    """A JPEG with all that a JPEG can tell about who made it."""
    return jpeg(
        exif=exif(),
        comment=CANARY.encode(),
        icc_profile=CANARY.encode() * 20,
        xmp=f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode(),
    )


def telling_png() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", CANARY)
    text.add_itxt("XML:com.adobe.xmp", CANARY)
    text.add_text("Comment", CANARY, zip=True)
    return saved(picture(), "PNG", pnginfo=text, exif=exif())


def telling_webp() -> bytes:
    return saved(picture(), "WEBP", exif=exif().tobytes(), xmp=CANARY.encode())


def telling_heic(image: Image.Image | None = None) -> bytes:
    out = io.BytesIO()
    heif = pillow_heif.from_pillow(image or picture())
    heif.save(out, exif=exif().tobytes(), quality=80)
    return out.getvalue()


def pdf(*objects: bytes, trailer: bytes = b"", tail: bytes = b"") -> bytes:
    """A PDF of one empty page; `objects` are further ones, numbered from 4."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
        *objects,
    ]
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(bodies) + 1, trailer)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out) + tail


def stream(content: bytes, dictionary: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (dictionary, len(content), content)


def packed(content: bytes, dictionary: bytes = b"/Type /ObjStm /N 1 /First 4") -> bytes:
    return stream(zlib.compress(content), dictionary + b" /Filter /FlateDecode")


CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
DOCUMENT = "<document><body>示例</body></document>"


def docx(extra: dict[str, str | bytes] | None = None, **replaced: str) -> bytes:
    """A small Word document; `extra` are further entries of its archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", replaced.get("types", CONTENT_TYPES))
        archive.writestr("word/document.xml", replaced.get("document", DOCUMENT))
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def upload(content: bytes, name: str = "file.jpg") -> SimpleUploadedFile:
    """As a form would hand it over; the declared type is never believed."""
    file = SimpleUploadedFile("x", content, "text/html")
    file._name = name  # type: ignore[attr-defined]  # past Django's own cleaning
    return file
