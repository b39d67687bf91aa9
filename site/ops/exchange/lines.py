"""The format of a line: reading and writing it, and saying in Chinese what is wrong with it.

One JSON object a line, in UTF-8; the meaning of its fields: docs/running.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

# A line beyond this isn't read into memory. The longest official documents have 400 KB.
LONGEST_LINE = 4 * 1024 * 1024
LONGEST = {
    "external_id": 120,
    "title": 255,
    "document_number": 60,
    "department": 200,
    "keywords": 200,
    "body": 1_000_000,
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Control characters that no text has and PostgreSQL (NUL) or XML (the rest) refuse.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Kind(StrEnum):
    """What a line describes."""

    POLICY = "policy"
    INTERPRETATION = "interpretation"
    SERVICE = "service"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class ContentLine:
    """One page as a line tells it. Empty strings and None stand for what it does not say."""

    external_id: str
    type: Kind
    title: str
    body: str
    document_number: str = ""
    adopted_on: date | None = None
    published_on: date | None = None
    department: str = ""
    keywords: str = ""

    def as_json(self) -> str:
        """The line in the one form in which it is written, without the end of line."""
        values = asdict(self)
        values["type"] = str(self.type)
        for name in ("adopted_on", "published_on"):
            values[name] = values[name].isoformat() if values[name] else None
        return json.dumps(values, ensure_ascii=False)


class BadLine(Exception):
    """A line that can't be loaded: `reasons` are sentences in Chinese for whoever wrote it."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("；".join(reasons))
        self.reasons = reasons


def raw_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Number and bytes of each line that isn't empty; None for one too long to be read."""
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE and not raw.endswith(b"\n"):
            while raw and not raw.endswith(b"\n"):
                raw = file.readline(LONGEST_LINE)
            yield number, None
        elif raw.strip():
            yield number, raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw


def read_line(raw: bytes | None) -> ContentLine:
    """The page a line describes. Raises BadLine with everything that is wrong with it."""
    values = _object(raw)
    reasons: list[str] = []
    texts = {name: _text(values, name, reasons) for name in LONGEST}
    kind = _kind(values.get("type"), reasons)
    adopted_on = _day(values.get("adopted_on"), "adopted_on", reasons)
    published_on = _day(values.get("published_on"), "published_on", reasons)
    if not texts["external_id"] and not _is_wrong(values.get("external_id")):
        reasons.append(_("缺少 external_id（外部编号）"))
    # A policy's title may stand in its text; every other page has only what the line says.
    if not texts["title"] and kind != Kind.POLICY and not _is_wrong(values.get("title")):
        reasons.append(_("缺少 title（标题）"))
    if not texts["body"] and not _is_wrong(values.get("body")):
        reasons.append(_("缺少 body（正文）"))
    if reasons or kind is None:
        raise BadLine(*reasons)
    return ContentLine(
        external_id=texts["external_id"],
        type=kind,
        title=texts["title"],
        body=texts["body"],
        document_number=texts["document_number"],
        adopted_on=adopted_on,
        published_on=published_on,
        department=texts["department"],
        keywords=texts["keywords"],
    )


def _object(raw: bytes | None) -> Mapping[str, Any]:
    if raw is None:
        raise BadLine(
            _("这一行超过 %(size)d MB，没有读取") % {"size": LONGEST_LINE // 1024 // 1024}
        )
    try:
        values = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadLine(_("这一行不是 UTF-8 编码")) from error
    except (ValueError, RecursionError) as error:
        raise BadLine(_("不是有效的 JSON")) from error
    if not isinstance(values, dict):
        raise BadLine(_('应是一个 JSON 对象，如 {"external_id": …}'))
    return values


def _is_wrong(value: Any) -> bool:
    """Whether a value was given that another reason already speaks of."""
    return value is not None and not isinstance(value, str)


def _text(values: Mapping[str, Any], name: str, reasons: list[str]) -> str:
    value = values.get(name)
    if name == "keywords" and isinstance(value, list):
        value = " ".join(word for word in value if isinstance(word, str))
    if value is None:
        return ""
    if not isinstance(value, str):
        reasons.append(_("%(field)s 应是文字") % {"field": name})
        return ""
    if _CONTROL.search(value):
        reasons.append(_("%(field)s 含有不可用的控制字符（如 NUL）") % {"field": name})
    if _SURROGATE.search(value):
        reasons.append(_("%(field)s 含有残缺的字符（单独的代理码）") % {"field": name})
    text = "\n".join(line.rstrip() for line in value.splitlines()).strip()
    if name != "body":
        text = " ".join(text.split())
    if len(text) > LONGEST[name]:
        reasons.append(
            _("%(field)s 过长：最多 %(most)d 字，现有 %(length)d 字")
            % {"field": name, "most": LONGEST[name], "length": len(text)}
        )
    return text


def _kind(value: Any, reasons: list[str]) -> Kind | None:
    try:
        return Kind(value)
    except ValueError:
        known = "、".join(Kind)
        shown = _shown(value)
        reasons.append(
            _("缺少 type（类型），应是：%(known)s") % {"known": known}
            if value in (None, "")
            else _("不认识的 type：%(value)s，应是：%(known)s") % {"value": shown, "known": known}
        )
        return None


def _day(value: Any, name: str, reasons: list[str]) -> date | None:
    if value in (None, ""):
        return None
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:  # a day that no calendar has: said below
            pass
    reasons.append(
        _("%(field)s 不是有效日期：%(value)s，应写成 2025-02-08 这样")
        % {"field": name, "value": _shown(value)}
    )
    return None


def _shown(value: Any) -> str:
    """A value as a message shows it: short, and on one line."""
    text = _SURROGATE.sub("?", _CONTROL.sub("?", str(value)))
    return text if len(text) <= 30 else f"{text[:29]}…"
