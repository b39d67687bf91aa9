"""Typing errors and homophones are put right where nothing holds what was typed."""

from __future__ import annotations

import pytest

from search.analysis.lexicon import Lexicon
from search.analysis.question import understand
from search.analysis.repair import repaired
from search.analysis.sound import syllables
from search.analysis.streams import Token, runs, streams
from search.analysis.vocabulary import Vocabulary, Word

TITLES = """公租房，居住证，办理，临时救助，疫苗接种，暂住登记，心理辅导，低保，吃低保，学生公交卡，
助学金，儿童督导员，托育机构，高龄补贴，孩子心里有事，家庭教育指导，异地就医，备案，工资"""
HELD = [word for word, _, _ in runs(TITLES)]
VOCABULARY = Vocabulary(Word(text, syllables(text), 1, 1) for text in HELD)
LEXICON = Lexicon({}, VOCABULARY)


def put_right(query: str) -> str:
    """The query as it is read by an index that holds `HELD` and nothing else."""
    held = streams(TITLES)
    tokens = {Token("words", text) for text in held.words}
    tokens |= {Token("bigrams", text) for text in held.bigrams}
    tokens |= {Token("characters", text) for text in held.characters}
    question = understand(query, LEXICON)
    frequencies = {token: int(token in tokens) for token in question.tokens()}
    reading = repaired(question, frequencies, VOCABULARY)
    return reading.text if reading else query


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # sounds the same
        ("公租防", "公租房"),
        ("居住正办理", "居住证办理"),
        ("低宝", "低保"),
        ("心里辅导", "心理辅导"),
        # sounds nearly the same
        ("站住登记", "暂住登记"),
        # looks the same
        ("公粗房", "公租房"),
        ("临时救肋", "临时救助"),
        ("学生公文卡", "学生公交卡"),
        # one exchanged, one more, one less, one misplaced
        ("居证住", "居住证"),
        ("托育育机构", "托育机构"),
        ("儿童督员", "儿童督导员"),
        ("家庭教指导育", "家庭教育指导"),
        # what surrounds it stays as it was
        ("2025年居住正怎么办理", "2025年居住证怎么办理"),
        ("辽民发〔2025〕10号 公租防", "辽民发(2025)10号 公租房"),
    ],
)
def test_an_error_is_put_right(typed: str, meant: str) -> None:
    assert put_right(typed) == meant


@pytest.mark.parametrize(
    "query",
    [
        "公租房",
        "居住证办理",
        "孩子心里有事",
        # a word of the dictionary is meant, though nothing holds it and another is like it
        "奖学金",
        "高温补贴",
        "人工智能",
        # small words beside known ones
        "办低保",
        "有低保吗",
        # nothing like it
        "护照加急",
        "火星移民签证",
        "房",
    ],
)
def test_what_is_no_error_stays(query: str) -> None:
    assert put_right(query) == query


def test_of_two_that_are_as_likely_both_may_be_meant() -> None:
    vocabulary = Vocabulary(Word(text, syllables(text), 1, 1) for text in ("救济", "救急"))
    question = understand("就急", Lexicon({}, vocabulary))
    reading = repaired(question, dict.fromkeys(question.tokens(), 0), vocabulary)
    assert reading is not None
    assert {reading.text, *reading.others[0][2]} == {"救济", "救急"}
