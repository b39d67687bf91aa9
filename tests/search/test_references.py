"""Document numbers and dates, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis import references
from search.analysis.normalise import normalise
from search.analysis.references import find_references


def main_tokens(text: str) -> list[str]:
    return [reference.main for reference in find_references(normalise(text))]


@pytest.mark.parametrize(
    "written",
    [
        "辽民发〔2025〕10号",
        "辽民发2025 10号",
        "辽民发（2025）10",
        "辽民发(2025)10号",
        "辽民发【2025】第10号",
        "辽民发[2025]10 号",
        "辽民发 ﹝2025﹞ 10 号",
        "辽民发2025年10号",
        "辽民发2025-10",
        "遼民發〔2025〕10號",
        "辽民发〔２０２５〕１０号",
        "根据辽民发〔2025〕10号文件精神",
    ],
)
def test_a_document_number_is_one_token_in_every_spelling(written: str) -> None:
    assert main_tokens(written) == ["n民发2025x10"]


def test_a_number_without_its_issuer_is_held_by_the_full_one() -> None:
    [full] = find_references(normalise("辽民发〔2025〕10号"))
    assert set(main_tokens("2025年10号") + main_tokens("10号文")) <= set(full.tokens)
    assert set(main_tokens("民发〔2025〕10号") + main_tokens("辽民发10号")) <= set(full.tokens)


def test_another_issuers_number_is_another_token() -> None:
    [ours] = find_references(normalise("辽民发〔2025〕10号"))
    assert not set(main_tokens("沈政发〔2025〕10号")) & set(ours.tokens)


@pytest.mark.parametrize(
    ("written", "token"),
    [
        ("2025年2月8日", "d20250208"),
        ("2025-02-08", "d20250208"),
        ("2025.2.8", "d20250208"),
        ("2025/02/08", "d20250208"),
        ("2025 年 2 月 8 日", "d20250208"),
        ("二〇二五年二月八日", "d20250208"),
        ("二○二五年十二月二十三日", "d20251223"),
        ("2025年3月10号", "d20250310"),
        ("2025年2月", "d202502"),
        ("2025年", "d2025"),
        ("3月10日", "m0310"),
    ],
)
def test_a_date_is_one_token_in_every_spelling(written: str, token: str) -> None:
    assert main_tokens(written) == [token]


@pytest.mark.parametrize("written", ["(2025)10", "2025100号", "2025年13月1日", "12355", "10号楼"])
def test_what_only_looks_like_one_is_left_alone(written: str) -> None:
    assert not [token for token in main_tokens(written) if token != "d2025"]


def test_a_day_is_found_by_its_month_and_its_year() -> None:
    [day] = find_references(normalise("2025年2月8日"))
    assert set(day.tokens) == {"d20250208", "d202502", "d2025", "m0208"}


@given(
    st.lists(
        st.sampled_from(
            [
                *"。、,;:?! \n()-./年月日号第文件",
                "辽民发",
                "2025",
                "二〇二五年三月",
                "十日",
                "10",
                "ln",
                "3",
            ]
        ),
        max_size=40,
    ).map("".join)
)
def test_looking_only_where_one_may_be_misses_none(text: str) -> None:
    everywhere = [match.span() for match in references.REFERENCE.finditer(text)]
    assert [match.span() for match in references._matches(text)] == everywhere
