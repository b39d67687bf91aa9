"""Unicode's normal forms, without the minutes a million marks would take."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forms.vault import normal
from forms.vault.normal import Form, normalised

# Letters of many kinds, and marks of several classes: also those that stand for two, or look like
# a letter until they are taken apart.
ODD = "ae\u00e9\u0300\u0316\u0301\u0344\u0f73\u0f71\u0f72\u3099\uff9e\uff76\u0345\u1100\u1161孤𠮷"


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
@given(st.text(st.sampled_from(ODD) | st.characters()))
@example("\u0f73\u0f71" * 20)
@example("\uff9e\u0300" * 20)
def test_it_is_what_unicode_says(form: Form, text: str) -> None:
    few, normal._FEW = normal._FEW, 0
    try:
        assert normalised(form, text) == unicodedata.normalize(form, text)
    finally:
        normal._FEW = few


@pytest.mark.parametrize("marks", ["\u0300\u0316", "\u0f73\u0f71", "\uff9e\u0300"])
@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_a_million_marks_take_no_quarter_of_an_hour(form: Form, marks: str) -> None:
    began = time.monotonic()
    normalised(form, "a" + marks * 500_000)
    assert time.monotonic() - began < 20
