"""The archive that a .docx is, opened with distrust."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from django.utils.translation import gettext as _
from lxml import etree

from . import limits
from .refusal import Refusal, broken, macros

_END = b"PK\x05\x06"
_END_SIZE = 22
_ZIP64_LOCATOR = b"PK\x06\x07"
_MAIN = "wordprocessingml.document.main+xml"
_UTF_8 = re.compile(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']utf-?8[\"']", re.IGNORECASE)
_DECLARES = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding", re.IGNORECASE)
# Ten thousand attributes of one element would be read before any of them is counted.
_ENDLESS_TAG = re.compile(rb"<[^<]{%d}" % limits.LONGEST_TAG_BYTES)
# Which errors zipfile lets through for a damaged or unusual archive.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


def _bomb() -> Refusal:
    return Refusal(
        "too-large-inside",
        _("文件解压后太大，不能导入。请只保留公文本身，或者复制全文，粘贴到文本框里。"),
    )


class Package:
    """The parts of a .docx by name. Raises Refusal where the archive isn't an honest one."""

    def __init__(self, data: bytes) -> None:
        _check_directory(data)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except _ZIP_ERRORS as error:
            raise broken() from error
        entries = self._archive.infolist()
        self.names = {entry.filename for entry in entries}
        if len(entries) != len(self.names):
            raise broken()
        _check_sizes(entries)
        if any(entry.flag_bits & 1 for entry in entries):
            raise Refusal("encrypted", _("文件设有密码。请取消密码，保存后再导入。"))
        self.main = self._main_part()

    def _main_part(self) -> str:
        if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in self.names):
            raise macros()
        kinds = self.tree("[Content_Types].xml")
        if kinds is None:
            raise broken()
        main = ""
        for entry in kinds:
            kind = str(entry.get("ContentType", ""))
            if "macroEnabled" in kind or "vbaProject" in kind:
                raise macros()
            if kind.endswith(_MAIN):
                main = str(entry.get("PartName", "")).lstrip("/")
        if not main:
            raise Refusal(
                "not-word",
                _("这不是 Word 文档（可能是表格、演示文稿或压缩包）。请选择公文的 .docx 文件。"),
            )
        if main not in self.names:
            raise broken()
        return main

    def part(self, name: str, most: int = limits.OTHER_PART_BYTES) -> bytes | None:
        """What a part holds; None where there is none. The real size counts, not the declared."""
        if name not in self.names:
            return None
        try:
            with self._archive.open(name) as file:
                data = file.read(most + 1)
        except _ZIP_ERRORS as error:
            raise broken() from error
        if len(data) > most:
            raise _bomb()
        return data

    def tree(self, name: str) -> etree._Element | None:
        """A small part as a tree; None where there is none."""
        data = self.part(name)
        if data is None:
            return None
        root = None
        for event, element in elements(data):
            if event == "start" and root is None:
                root = element
        return root


def _check_directory(data: bytes) -> None:
    """Looks at the archive's own count first: zipfile makes an object for every entry it finds."""
    if data[-_END_SIZE:].startswith(_END) and data.endswith(b"\0\0"):
        at = len(data) - _END_SIZE
    else:
        at = data.rfind(_END, max(0, len(data) - _END_SIZE - 65_536))
    if at < 0 or len(data) < at + _END_SIZE:
        raise broken()
    _on_disk, entries, size = struct.unpack_from("<HHI", data, at + 8)
    if data[max(0, at - 20) : at].startswith(_ZIP64_LOCATOR):
        raise _bomb()  # only made for more than 65,535 entries or 4 GB
    if entries > limits.MOST_ENTRIES or size > limits.DIRECTORY_BYTES:
        raise _bomb()


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > limits.MOST_ENTRIES:
        raise _bomb()
    if any(one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for one in entries):
        raise broken()
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if inflated > limits.INFLATED_BYTES or (
        inflated > limits.RATIO_FROM_BYTES and inflated > packed * limits.MOST_RATIO
    ):
        raise _bomb()


def elements(data: bytes) -> Iterator[tuple[str, etree._Element]]:
    """The start and end of every element of an XML part, as it is read.

    Refuses what no word processor writes: a document type (entities, outside files), another
    encoding than UTF-8, too many elements or too deep.
    """
    # "<" is never a character of text in XML, so that this finds declarations and nothing else.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise _declares()
    if _DECLARES.match(data.removeprefix(b"\xef\xbb\xbf")) and not _UTF_8.match(
        data.removeprefix(b"\xef\xbb\xbf")
    ):
        raise broken()
    if _ENDLESS_TAG.search(data):
        raise _bomb()
    met = depth = 0
    try:
        for event, element in etree.iterparse(
            io.BytesIO(data),
            events=("start", "end"),
            load_dtd=False,
            no_network=True,
            resolve_entities=False,
            remove_comments=True,
            remove_pis=True,
            huge_tree=False,
        ):
            if event == "start":
                met, depth = met + 1 + len(element.attrib), depth + 1
                if met > limits.MOST_NODES or depth > limits.MOST_DEPTH:
                    raise _bomb()
            else:
                depth -= 1
            yield event, element
    except etree.XMLSyntaxError as error:
        raise broken() from error


def _declares() -> Refusal:
    return Refusal(
        "document-type",
        _("文件里有 Word 不会写入的声明，可能有害，不能导入。请复制全文，粘贴到文本框里。"),
    )
