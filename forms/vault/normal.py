"""Unicode's normal forms in a time that grows with the text alone.

Python sorts the marks behind a letter by insertion: a million of them, which fit into one form,
keep a processor busy for a quarter of an hour, and everybody else waiting.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Literal

Form = Literal["NFC", "NFKC"]
_APART: dict[Form, Literal["NFD", "NFKD"]] = {"NFC": "NFD", "NFKC": "NFKD"}
# So few are sorted in no time at all.
_FEW = 500


def normalised(form: Form, text: str) -> str:
    """The same as `unicodedata.normalize`."""
    if len(text) > _FEW and not text.isascii():
        # Taken apart and in order there is nothing left to sort (Unicode, 3.11, D108 and D109).
        text = "".join(_in_order(_apart(form, text)))
    return unicodedata.normalize(form, text)


def _apart(form: Form, text: str) -> str:
    apart = _APART[form]
    return "".join(unicodedata.normalize(apart, character) for character in text)


def _in_order(text: str) -> Iterator[str]:
    """Runs of marks in the order of their classes; those of one class stay as they are."""
    for is_marks, run in groupby(text, key=lambda character: unicodedata.combining(character) > 0):
        if is_marks:
            yield from sorted(run, key=unicodedata.combining)
        else:
            yield from run
