"""Latin letters are read as Chinese, by the words that the index holds."""

from __future__ import annotations

import pytest

from search.analysis.normalise import normalise
from search.analysis.reading import read
from search.analysis.sound import blurred, syllables, without_tones
from search.analysis.vocabulary import Vocabulary, Word, telling_terms

WORDS = {
    "公租房": 5,
    "居住证": 9,
    "临时救助": 4,
    "家庭教育": 3,
    "指导": 2,
    "义务": 2,
    "医务": 1,
    "衣物": 0,
    "申请": 8,
    "积分落户": 1,
    "学生公交卡": 2,
    "旅游": 1,
    "办理": 3,
}
LATIN = ("hpv", "ln")


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    words = [Word(text, syllables(text), telling, 9) for text, telling in WORDS.items()]
    return Vocabulary([*words, *(Word(text, (), 1, 1) for text in LATIN)])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gongzufang", "公租房"),
        ("gong zu fang", "公租房"),
        ("Gong-Zu-Fang", "公租房"),
        ("gōngzūfáng", "公租房"),
        ("gong1zu1fang2", "公租房"),
        ("ｇｏｎｇｚｕｆａｎｇ", "公租房"),
        ("gongzufang shenqing", "公租房申请"),
        ("jiatingjiaoyu zhidao", "家庭教育指导"),
        ("lvyou", "旅游"),
        ("lüyou", "旅游"),
        ("gzf", "公租房"),
        ("GZF", "公租房"),
        ("jflh", "积分落户"),
        ("gzfsq", "公租房申请"),
        ("gongzufang申请", "公租房申请"),
        ("怎么办理juzhuzheng", "怎么办理居住证"),
        ("公租fang", "公租房"),
        ("学生gjk", "学生公交卡"),
        ("juzhu证", "居住证"),
        # zh and z, ng and n sound the same to many
        ("juzuzhen", "居住证"),
        # a letter too few, too many, exchanged
        ("gongzufan", "公租房"),
        ("gongzzufang", "公租房"),
        ("gognzufang", "公租房"),
        # not typed to its end
        ("linshijiu", "临时救助"),
    ],
)
def test_letters_are_read_as_words_of_the_index(
    vocabulary: Vocabulary, typed: str, meant: str
) -> None:
    assert read(normalise(typed), vocabulary).text == meant


@pytest.mark.parametrize(
    "typed", ["hpv", "HPV疫苗", "ln-19", "wifi", "qwertyuiop", "12355", "居住证办理", "x", "公租房"]
)
def test_what_is_no_pinyin_stays(vocabulary: Vocabulary, typed: str) -> None:
    text = normalise(typed)
    assert read(text, vocabulary).text == text


def test_words_that_sound_alike_may_be_meant_where_an_entry_tells_of_them(
    vocabulary: Vocabulary,
) -> None:
    reading = read("yiwu", vocabulary)
    assert reading.text == "义务"
    assert reading.others == ((0, 2, ("医务",)),)


def test_without_a_vocabulary_letters_are_letters() -> None:
    assert read("gongzufang", Vocabulary()).text == "gongzufang"


def test_titles_tell_of_their_words_and_of_short_phrases() -> None:
    terms = telling_terms("关于积分落户的通知：HPV疫苗")
    assert {"积分落户", "积分", "落户", "疫苗", "hpv"} <= terms
    assert not {"的", "关于", "落户的"} & terms


def test_sounds() -> None:
    assert syllables("长大") == ("zhang", "da")
    assert blurred("zhengchang") == blurred("zencan")
    assert without_tones("lǜ") == "lv"
