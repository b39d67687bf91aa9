"""How texts and queries are cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis.question import LONGEST_QUERY, MOST_CLUES, MOST_UNITS, Question, understand
from search.analysis.streams import (
    GAP,
    plain,
    streams,
)
from search.analysis.words import domain_words, equivalents, stop_words

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=150)


def words_asked(asked: Question) -> set[str]:
    return {token.text for token in asked.tokens() if token.stream == "words"}


def test_the_fields_own_words_are_kept_whole_and_found_by_their_parts() -> None:
    words = streams("事实无人抚养儿童可以申请公租房").words
    assert {"事实无人抚养儿童", "儿童", "公租房"} <= set(words)


@pytest.mark.parametrize("word", sorted(domain_words()))
def test_every_word_of_the_fields_dictionary_is_one_word(word: str) -> None:
    assert word in streams(f"关于{word}的规定").words
    assert not word.isascii()


def test_bigrams_follow_each_other_and_do_not_reach_over_punctuation() -> None:
    assert streams("居住证，医保").bigrams == ("居住", "住证", GAP, "医保")


def test_latin_words_and_digits_are_words() -> None:
    assert {"12355", "app"} <= set(streams("12355青少年服务台APP").words)


def test_single_characters_are_kept_once() -> None:
    assert streams("居居住").characters == ("居", "住")


def test_numbers_and_dates_have_a_stream_of_their_own() -> None:
    assert {"n2025x10", "d20250208"} <= set(streams("辽民发〔2025〕10号 2025年2月8日").numbers)


def test_a_title_is_compared_without_its_punctuation() -> None:
    assert plain("《隨遷子女》 入學，ABC") == "随迁子女入学abc"


def test_words_of_asking_are_not_asked_for() -> None:
    assert understand("请问公租房怎么申请呢").words == ("公租房", "申请")


def test_a_query_of_nothing_but_small_words_is_about_them() -> None:
    assert "怎么办" in words_asked(understand("怎么办"))
    assert understand("的").units


def test_a_longer_query_never_asks_for_single_characters() -> None:
    assert all(token.stream != "characters" for token in understand("学区划分").tokens())


def test_a_document_number_is_not_asked_for_in_pieces() -> None:
    asked = understand("辽民发2025 10号")
    assert {token.stream for token in asked.tokens()} == {"numbers"}
    assert [reference.main for reference in asked.references] == ["n民发2025x10"]


def test_what_families_say_also_asks_for_what_documents_say() -> None:
    assert {"入学", "就学"} <= set(understand("孩子上学").equivalents)
    assert "上学" not in understand("居住证").equivalents


def test_no_small_word_is_a_domain_word_and_no_equivalent_is_itself() -> None:
    assert not stop_words() & domain_words()
    assert all(word not in others for word, others in equivalents().items())
    assert all(others for others in equivalents().values())


@settings(deadline=None)
@given(ANY_TEXT)
def test_any_text_gives_tokens_that_every_engine_can_keep_whole(text: str) -> None:
    asked = understand(text)
    index = streams(text)
    tokens = [token.text for token in asked.tokens()]
    for token in [*tokens, *index.words, *index.bigrams, *index.characters, *index.numbers]:
        assert token
        assert not re.search(r"\s", token)
        assert all(c.isalnum() for c in token if c.isascii())
        token.encode("utf-8")
    assert len(asked.clues) <= MOST_CLUES
    assert len(asked.units) <= MOST_UNITS
    assert all(unit.answers and unit.weight > 0 for unit in asked.units)
    assert bool(asked.units) == bool(asked.clues)


def test_only_the_beginning_of_an_endless_query_is_read() -> None:
    assert understand("居住证" * 10_000) == understand(("居住证" * 10_000)[:LONGEST_QUERY])


@pytest.mark.parametrize("text", ["", " ", '"', "*", "，。！？", "\x00", "\ud800", "👍", "()"])
def test_what_holds_no_word_asks_for_nothing(text: str) -> None:
    assert understand(text).units == ()
