"""One written form for many ways of writing."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.analysis.normalise import normalise, normalise_with_map

# Any code point, lone surrogates too: hypothesis leaves them out unless asked.
ANY_TEXT = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("流動兒童隨遷子女", "流动儿童随迁子女"),
        ("ＡＢＣ１２３", "abc123"),
        ("辽民发〔2025〕10号", "辽民发(2025)10号"),
        ("辽民发【2025】10号", "辽民发(2025)10号"),
        ("辽民发﹝2025﹞10号", "辽民发(2025)10号"),
        ("辽民发［2025］10号", "辽民发(2025)10号"),
        ("公租\u200b房\ufe0f", "公租房"),
        ("公租\x00房\ud83d", "公租房"),
        ("\u202e公租房\u202c", "公租房"),
        ("第一行\r\n第二行\t完", "第一行  第二行 完"),
        ("e\u0301cole École", "école école"),
        ("①㈠", "1(一)"),
    ],
)
def test_what_is_written_in_many_ways_gets_one_form(written: str, form: str) -> None:
    assert normalise(written) == form


@settings(deadline=None)
@given(ANY_TEXT)
@example("ﾊﾞ각e\u0301\u200b\u0301㈱İ\u1100\u1161\u11a8")
@example("\u3131\u314f")
@example("字\u3099")
def test_the_map_leads_from_every_character_to_where_it_came_from(text: str) -> None:
    mapped = normalise_with_map(text)
    assert mapped.text == normalise(text)
    assert len(mapped.text) == len(mapped.starts) == len(mapped.ends)
    assert all(0 <= s < e <= len(text) for s, e in zip(mapped.starts, mapped.ends, strict=True))
    assert mapped.starts == sorted(mapped.starts)


@settings(deadline=None)
@given(ANY_TEXT)
def test_nothing_unreadable_is_left(text: str) -> None:
    form = normalise(text)
    assert "\x00" not in form
    form.encode("utf-8")  # a lone surrogate would raise
