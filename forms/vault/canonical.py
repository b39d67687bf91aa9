"""The one form in which a document is sealed, digested and compared.

Normal form: text in Unicode NFC, keys sorted by code point, no white space, UTF-8. Values are text,
whole numbers, true, false, null, lists and objects. What has no single spelling is refused, not
guessed: floats (decimals and dates travel as text), lone surrogates, two keys that become one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from forms.vault.normal import normalised


class NotCanonical(ValueError):
    """The document can't be written in the normal form. The message never repeats its content."""


def canonical_json(document: Any) -> bytes:
    """The document's bytes; equal documents give equal bytes. Raises NotCanonical."""
    return json.dumps(
        _normal(document), ensure_ascii=False, separators=(",", ":"), sort_keys=True
    ).encode("utf-8")


def _normal(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _normal_text(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return _normal_mapping(value)
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    raise NotCanonical(f"A {type(value).__name__} has no canonical form.")


def _normal_text(value: str) -> str:
    # str() also turns lazy and safe strings of Django into plain ones.
    text = normalised("NFC", str(value))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise NotCanonical("A text holds a lone surrogate.") from None
    return text


def _normal_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise NotCanonical("A key is not text.")
        normal_key = _normal_text(key)
        if normal_key in result:
            raise NotCanonical("Two keys are the same in NFC.")
        result[normal_key] = _normal(item)
    return result
