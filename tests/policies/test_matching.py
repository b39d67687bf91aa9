"""Amended texts: which clause is which, what keys they keep. The texts are made up."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from home.policies.matching import Fate, Match, match
from home.policies.parser import ParsedClause, chinese_numeral, parse

VISITS = "加强监测摸排。村（居）民委员会每季度走访一次，建立台账并动态更新。"
SCHOOL = "保障就学。教育部门简化入学材料，不得要求提供与入学无关的证明。"
LEADING = "加强组织领导。各级民政部门牵头，定期召开会商会议。"
MONEY = "强化资金保障。财政部门按规定安排经费。"
OLD = f"""辽宁省示例工作方案（虚构）

一、总体要求
（一）指导思想。坚持以儿童为中心，把最有利于未成年人的原则落到实处。
（二）工作目标。到二〇二六年底，各县（市、区）普遍建立服务站点。
二、主要任务
（一）{VISITS}
（二）{SCHOOL}
（三）提供健康服务。卫生健康部门为流动儿童提供预防接种和健康检查。
1.建立健康档案。
2.开展心理咨询，每所学校配备一名心理教师。
三、保障措施
（一）{LEADING}
（二）{MONEY}
"""


def clauses(text: str) -> tuple[ParsedClause, ...]:
    return parse(text).clauses


def amended(changes: dict[str, str]) -> list[Match]:
    text = OLD
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    return match(clauses(OLD), clauses(text))


def by_key(matches: list[Match]) -> dict[str, Match]:
    return {one.key: one for one in matches}


def fates(matches: list[Match]) -> dict[str, Fate]:
    return {one.key: one.fate for one in matches if one.fate != Fate.SAME}


def test_the_same_text_changes_nothing() -> None:
    matches = amended({})
    assert fates(matches) == {}
    assert [one.key for one in matches] == [one.key for one in clauses(OLD)]


def test_a_reworded_clause_is_changed_and_keeps_its_key() -> None:
    assert fates(amended({"每季度走访一次": "每月至少走访一次"})) == {"2-1": Fate.CHANGED}


def test_a_section_inserted_in_the_middle_leaves_all_others_their_keys() -> None:
    """二(三) becomes 二(四), keeps 2-3 and its items; the new one can't be called 2-3."""
    matches = amended(
        {
            "（三）提供健康服务": "（三）开展法治宣传。司法行政机关组织普法讲座和模拟法庭。\n"
            "（四）提供健康服务"
        }
    )
    assert fates(matches) == {"2-3b": Fate.NEW, "2-3": Fate.MOVED}
    moved = by_key(matches)["2-3"]
    assert moved.new is not None
    assert moved.new.number == "（四）"
    assert moved.renumbered
    assert not moved.relocated
    assert by_key(matches)["2-3-1"].fate == Fate.SAME
    assert by_key(matches)["2-3-1"].parent_key == "2-3"


def test_a_part_inserted_in_front_renumbers_the_parts_and_no_section_below_them() -> None:
    matches = amended(
        {
            "一、总体要求": "一、名词解释\n（一）流动儿童，指异地居住的儿童。\n二、总体要求",
            "二、主要任务": "三、主要任务",
            "三、保障措施": "四、保障措施",
        }
    )
    assert fates(matches) == {
        "1b": Fate.NEW,
        "1-1b": Fate.NEW,
        "1": Fate.MOVED,
        "2": Fate.MOVED,
        "3": Fate.MOVED,
    }


def test_a_number_used_again_for_other_words_is_another_clause() -> None:
    matches = amended({f"（二）{SCHOOL}": "（二）发展交通。公路沿线增设候车亭，冬季配备取暖设施。"})
    assert fates(matches) == {"2-2": Fate.GONE, "2-2b": Fate.NEW}


def test_a_clause_taken_out_is_gone_and_the_next_keeps_its_key() -> None:
    matches = amended(
        {
            f"（二）{SCHOOL}\n（三）": "（二）",
        }
    )
    assert fates(matches) == {"2-2": Fate.GONE, "2-3": Fate.MOVED}


def test_a_clause_that_goes_to_another_part_keeps_its_key_under_a_new_parent() -> None:
    line = f"（二）{MONEY}\n"
    matches = amended({line: "", "二、主要任务": f"（三）{MONEY}\n二、主要任务"})
    assert fates(matches) == {"3-2": Fate.MOVED}
    moved = by_key(matches)["3-2"]
    assert (moved.parent_key, moved.relocated) == ("1", True)


def test_two_sections_that_change_places_keep_their_keys() -> None:
    matches = amended({f"（一）{LEADING}\n（二）{MONEY}": f"（一）{MONEY}\n（二）{LEADING}"})
    assert fates(matches) == {"3-2": Fate.MOVED, "3-1": Fate.MOVED}


def test_a_clause_moved_and_reworded_says_both() -> None:
    matches = amended(
        {
            f"（一）{VISITS}\n（二）": "（一）",
            "（三）提供": f"（二）{VISITS.replace('每季度', '每月')}\n（三）提供",
        }
    )
    assert fates(matches) == {"2-1": Fate.MOVED_AND_CHANGED, "2-2": Fate.MOVED}


def test_a_part_with_another_name_is_known_by_its_sections() -> None:
    assert fates(amended({"二、主要任务": "二、重点举措"})) == {"2": Fate.CHANGED}


def test_a_heading_that_stands_alone_in_both_texts_names_its_clause() -> None:
    matches = amended({"各级民政部门牵头，定期召开会商会议。": "本方案由联席会议统筹。"})
    assert fates(matches) == {"3-1": Fate.CHANGED}


def test_an_editor_may_say_that_a_changed_clause_is_a_new_one() -> None:
    text = OLD.replace("每季度", "每月")
    position = next(i for i, one in enumerate(clauses(text)) if one.key == "2-1")
    matches = match(clauses(OLD), clauses(text), decided={position: None})
    assert fates(matches) == {"2-1": Fate.GONE, "2-1b": Fate.NEW}


def test_an_editor_may_say_which_old_clause_it_is() -> None:
    text = OLD.replace(
        f"（二）{SCHOOL}",
        "（二）发展交通。公路沿线增设候车亭，冬季配备取暖设施。",
    )
    position = next(i for i, one in enumerate(clauses(text)) if one.key == "2-2")
    matches = match(clauses(OLD), clauses(text), decided={position: "2-2"})
    assert fates(matches) == {"2-2": Fate.CHANGED}


def test_one_old_clause_can_not_be_two_new_ones() -> None:
    with pytest.raises(ValueError, match="one twice"):
        match(clauses(OLD), clauses(OLD), decided={0: "1", 3: "1"})
    with pytest.raises(ValueError, match="isn't there"):
        match(clauses(OLD), clauses(OLD), decided={0: "9"})


def test_keys_that_left_the_policy_long_ago_are_not_given_again() -> None:
    text = OLD + "（三）加强督导。每年组织一次评估并通报结果。\n"
    matches = match(clauses(OLD), clauses(text), registered=["3-3"])
    assert fates(matches) == {"3-3b": Fate.NEW}


@dataclass(frozen=True)
class Row:
    """A made-up clause."""

    key: str
    parent_key: str
    level: int
    number: str
    heading: str
    text: str


def made_up(seed: int, length: int = 60) -> str:
    source = random.Random(seed)
    return "".join(chr(source.randrange(0x4E00, 0x9000)) for _ in range(length))


def articles(seeds: list[int]) -> list[Row]:
    return [
        Row(f"art-{place}", "", 3, f"第{chinese_numeral(place)}条", "", made_up(seed))
        for place, seed in enumerate(seeds, 1)
    ]


SEEDS = st.lists(st.integers(0, 10**6), unique=True, min_size=1, max_size=40)


@given(SEEDS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_clauses_in_any_order_are_found_again(seeds: list[int], chance: random.Random) -> None:
    shuffled = list(seeds)
    chance.shuffle(shuffled)
    matches = match(articles(seeds), articles(shuffled))
    said = {one.key: one.text for one in articles(seeds)}
    assert {one.key: one.new.text for one in matches if one.new} == said
    assert {one.fate for one in matches} <= {Fate.SAME, Fate.MOVED}


@given(SEEDS, st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_inserted_is_new_and_what_is_left_out_is_gone(
    seeds: list[int], data: st.DataObject
) -> None:
    left = [seed for seed in seeds if data.draw(st.booleans())]
    added = [seed + 2 * 10**6 for seed in range(data.draw(st.integers(0, 10)))]
    mixed = (
        data.draw(st.permutations([*left, *added]))
        if data.draw(st.booleans())
        else [
            *added,
            *left,
        ]
    )
    old = articles(seeds)
    matches = match(old, articles(list(mixed)))
    key_of = {one.text: one.key for one in old}
    for one in matches:
        if one.new is None:
            assert one.old is not None
            assert one.fate == Fate.GONE
        elif one.new.text in key_of:
            assert one.key == key_of[one.new.text]
        else:
            assert one.fate == Fate.NEW
            assert one.key not in set(key_of.values())
    assert sum(one.fate == Fate.NEW for one in matches) == len(added)
    assert sum(one.fate == Fate.GONE for one in matches) == len(seeds) - len(left)
    assert len({one.key for one in matches}) == len(matches)


@given(SEEDS, st.data())
@settings(max_examples=40, deadline=None)
def test_a_clause_with_a_third_of_its_words_changed_is_the_same_clause(
    seeds: list[int], data: st.DataObject
) -> None:
    old = articles(seeds)
    reworded = [
        replace(one, text=one.text[:40] + made_up(-index - 1, 20)) for index, one in enumerate(old)
    ]
    order = data.draw(st.permutations(range(len(old))))
    numbered = articles(seeds)
    new = [
        replace(reworded[index], key=place.key, number=place.number)
        for place, index in zip(numbered, order, strict=True)
    ]
    matches = match(old, new)
    assert [one.key for one in matches if one.new] == [old[index].key for index in order]


def test_three_hundred_clauses_against_three_hundred_take_less_than_a_second() -> None:
    """Every clause reworded, so that none is found by its words alone."""
    old = [replace(one, text=one.text * 3) for one in articles(list(range(300)))]
    new = [replace(one, text="修" + one.text[:-9] + "改") for one in reversed(old)]
    began = time.process_time()
    matches = match(old, new)
    assert time.process_time() - began < 1
    assert all(one.old and one.new and one.old.key == one.new.key for one in matches)


def test_clauses_that_say_nearly_the_same_are_matched_in_a_second_too() -> None:
    phrase = "各级民政部门会同有关部门按照职责分工抓好落实并于每年年底前报送工作情况" * 8
    old = [replace(one, text=f"{phrase}{one.text[:6]}") for one in articles(list(range(300)))]
    new = [replace(one, text=f"{one.text}。") for one in old]
    began = time.process_time()
    matches = match(old, new)
    assert time.process_time() - began < 1
    assert {one.fate for one in matches} == {Fate.CHANGED}
