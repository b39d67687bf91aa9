"""Which kind of file it is, by its name and by its content, which must agree."""

from __future__ import annotations

from pathlib import PurePath
from typing import BinaryIO

from django.utils.translation import gettext as _

from . import limits
from .plain import Source, checked, decode
from .refusal import Refusal, broken, macros
from .word import read_word

_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
# The container of .doc, .wps, and of a .docx under a password.
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_KINDS = (
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "GZIP"),
    (b"MZ", "EXE"),
)


def read_file(file: BinaryIO, name: str) -> Source:
    """The text of a .docx or .txt file. Raises Refusal for whatever else it turns out to be.

    `file` is read from where it stands, at most as far as a file may be long.
    """
    name = PurePath(name.replace("\\", "/")).name
    suffix = PurePath(name).suffix.lower()
    most = _most_bytes(suffix)
    data = file.read(most + 1)
    if not data:
        raise Refusal("empty", _("文件是空的。请检查后重新选择。"))
    if len(data) > most:
        raise Refusal(
            "too-large",
            _("文件太大：%(kind)s 文件不能超过 %(size)d MB。请只导入公文本身，图片先行压缩。")
            % {"kind": suffix, "size": most // limits.MEGABYTE},
        )
    _refuse_what_it_is_not(data, suffix)
    if suffix == ".txt":
        return Source(checked(decode(data)), name)
    text, notes = read_word(data)
    return Source(checked(text), name, notes)


def _most_bytes(suffix: str) -> int:
    if suffix == ".txt":
        return limits.TEXT_BYTES
    if suffix == ".docx":
        return limits.WORD_BYTES
    if suffix in (".docm", ".dotm"):
        raise macros()
    if suffix in (".doc", ".wps", ".dot", ".rtf"):
        raise Refusal(
            "old-word",
            _(
                "不能读取 %(kind)s 文件。请用 Word 或 WPS 打开，"
                "选择“另存为”，保存类型选 .docx，再导入。"
            )
            % {"kind": suffix},
        )
    raise Refusal(
        "wrong-kind",
        _("只能导入 .docx 和 .txt 文件。也可以打开原文，复制全文，粘贴到文本框里。"),
    )


def _refuse_what_it_is_not(data: bytes, suffix: str) -> None:
    if data.startswith(_COMPOUND):
        if _ENCRYPTED in data:
            raise Refusal("encrypted", _("文件设有打开密码。请在 Word 中取消密码，保存后再导入。"))
        raise Refusal(
            "old-word",
            _(
                "这是旧版 Word（.doc）文件。请用 Word 或 WPS 打开，"
                "选择“另存为”，保存类型选 .docx，再导入。"
            ),
        )
    is_zip = data.startswith((_ZIP, _EMPTY_ZIP))
    if suffix == ".txt" and is_zip:
        raise _mismatch(suffix, _("压缩文件或 Word 文件"))
    for head, kind in _OTHER_KINDS:
        if data.startswith(head):
            raise _mismatch(suffix, kind)
    if suffix == ".docx" and not is_zip:
        raise broken()


def _mismatch(suffix: str, kind: str) -> Refusal:
    return Refusal(
        "wrong-extension",
        _("文件名以 %(suffix)s 结尾，内容却是%(kind)s。请选择原来的 .docx 或 .txt 文件。")
        % {"suffix": suffix, "kind": kind},
    )
