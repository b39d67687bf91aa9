"""The normal form: equal documents give equal bytes, and what has no single form is refused."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.vault.canonical import NotCanonical, canonical_json

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def in_nfc(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [in_nfc(item) for item in value]
    if isinstance(value, dict):
        return {in_nfc(key): in_nfc(item) for key, item in value.items()}
    return value


@given(st.dictionaries(texts, values, max_size=5))
def test_what_is_read_back_is_what_was_written_in_nfc(document: Any) -> None:
    try:
        data = canonical_json(document)
    except NotCanonical:
        # Only two keys that become one are refused.
        keys = [k for d in _dictionaries(document) for k in [list(d)]]
        assert any(len({in_nfc(k) for k in names}) < len(names) for names in keys)
        return
    assert json.loads(data) == in_nfc(document)
    assert canonical_json(json.loads(data)) == data


def _dictionaries(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _dictionaries(item)
    elif isinstance(value, list):
        for item in value:
            yield from _dictionaries(item)


def test_order_of_keys_and_composition_of_letters_do_not_matter() -> None:
    assert canonical_json({"b": "e\u0301", "a": 1}) == canonical_json({"a": 1, "b": "\u00e9"})
    assert canonical_json({"b": "é", "a": [True, None]}) == '{"a":[true,null],"b":"é"}'.encode()


def test_rare_names_survive() -> None:
    document = {"name": "𠮷㛃·阿不都·热合曼"}
    assert json.loads(canonical_json(document)) == document


@pytest.mark.parametrize(
    "document",
    [
        {"a": "\ud800"},
        {"\udfff": "a"},
        {"a": 1.0},
        {"a": float("nan")},
        {1: "a"},
        {"e\u0301": 1, "\u00e9": 2},
        {"a": {1, 2}},
        {"a": b"bytes"},
    ],
)
def test_what_has_no_single_spelling_is_refused(document: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical_json(document)
