"""Pasted text and .txt files."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from . import limits
from .refusal import Refusal

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What no text holds: control characters but for tab, line ends and page breaks.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a document, where it came from, and what about it could not be read."""

    text: str
    name: str = ""
    notes: tuple[str, ...] = ()


def read_pasted(text: str) -> Source:
    """A text that somebody pasted. Raises Refusal where it is empty or too long."""
    return Source(checked(text))


def decode(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or GB18030 (GBK), as Windows programs save Chinese text."""
    for encoding in ("utf-16",) if data.startswith(_UTF_16) else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.search(text):
            return text
    raise Refusal(
        "not-text",
        _("这不是文本文件，或者编码无法识别。请用记事本另存为 UTF-8 编码后再导入。"),
    )


def checked(text: str) -> str:
    """The same text with plain line ends. Raises Refusal where it can't be a document."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    # A database can't hold it, and it shows nothing.
    text = text.replace("\x00", "")
    if not text.strip():
        raise Refusal("empty", _("没有读到文字。请粘贴公文全文，或者选择有文字内容的文件。"))
    if len(text) > limits.MOST_CHARACTERS or text.count("\n") >= limits.MOST_LINES:
        raise Refusal(
            "too-long",
            _(
                "文字太多：一次最多导入 %(characters)d 万字、%(lines)d 行。"
                "请只导入公文本身，附带的资料另行上传为附件。"
            )
            % {"characters": limits.MOST_CHARACTERS // 10_000, "lines": limits.MOST_LINES},
        )
    return text
