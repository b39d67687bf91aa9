"""Word files made for the tests, good and bad. Every text in them is made up."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
MAIN_KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACRO_KIND = "application/vnd.ms-word.document.macroEnabled.main+xml"


def content_types(kind: str = MAIN_KIND) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>'
    )


def document(body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f"<w:document {NAMESPACES}><w:body>{body}<w:sectPr/></w:body></w:document>"
    )


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def listed(text: str, number: int, level: int = 0) -> str:
    """A paragraph that Word numbers by itself."""
    return paragraph(
        text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    )


ONE_LIST = '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'


def numbering(levels: str, lists: str = ONE_LIST) -> str:
    return (
        f"<w:numbering {NAMESPACES}>"
        f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>{lists}</w:numbering>'
    )


def level(number: int, form: str, text: str, further: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
        f'<w:lvlText w:val="{text}"/>{further}</w:lvl>'
    )


def word_file(
    body: str = "", parts: Mapping[str, str | bytes] | None = None, kind: str = MAIN_KIND
) -> bytes:
    """A .docx of this body; `parts` adds or replaces what the archive holds."""
    held: dict[str, str | bytes] = {
        "[Content_Types].xml": content_types(kind),
        "word/document.xml": document(body),
        **(parts or {}),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return file.getvalue()


def bomb_that_lies() -> bytes:
    """A main part of 60 MB that declares itself small."""
    real = document("<w:p/>" * 10_000_000)
    data = bytearray(word_file(parts={"word/document.xml": real}))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.find(b"word/document.xml")
        while at >= 0:
            head = data.rfind(signature, 0, at)
            if head >= 0 and at - head in (30, 46):
                struct.pack_into("<I", data, head + offset, 5_000)
            at = data.find(b"word/document.xml", at + 1)
    return bytes(data)


def many_entries(count: int) -> bytes:
    return word_file(parts={f"word/media/{number}.bin": b"" for number in range(count)})


def encrypted() -> bytes:
    """The head of the container that Word writes for a document under a password."""
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le")


def old_word() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 500 + "WordDocument".encode("utf-16-le")
