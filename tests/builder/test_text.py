"""The normal form of what is typed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.builder.text import Damaged, clean_text
from forms.vault.canonical import canonical_json

anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd"))


@given(anything, st.booleans())
def test_the_normal_form_of_a_normal_form_is_itself(typed: str, lines: bool) -> None:
    text = clean_text(typed, lines=lines)
    assert clean_text(text, lines=lines) == text
    allowed = "\n\t" if lines else ""
    assert all(c in allowed or unicodedata.category(c) != "Cc" for c in text)
    assert canonical_json({"a": text})


@given(st.text(st.characters(categories=["L", "N", "P"]), min_size=1))
def test_words_and_marks_are_kept_as_they_are_but_for_composition(typed: str) -> None:
    assert clean_text(typed) == unicodedata.normalize("NFC", typed)


def test_damaged_text_is_refused() -> None:
    for typed in ("\ud800", "a\udfffb", "\ufffd"):
        with pytest.raises(Damaged):
            clean_text(typed)
