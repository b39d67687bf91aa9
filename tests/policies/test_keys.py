"""Permanent keys of clauses: what a new clause is called, and what nothing else is ever called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from home.policies.keys import give_keys, new_key, printed_paths
from home.policies.models.clause import KEY_PATTERN
from home.policies.parser import clause_path, parse

PATHS = st.from_regex(r"(?:att[1-9]-)?[1-9](?:-[0-9]){0,3}[b-c]?", fullmatch=True)


def test_a_clause_is_called_by_its_printed_numbers_where_they_were_never_used() -> None:
    assert new_key("2-1-3", {"2-1-2"}) == "2-1-3"


def test_a_number_that_once_named_another_clause_gets_a_letter() -> None:
    assert new_key("2-1-3", {"2-1-3"}) == "2-1-3b"
    assert new_key("2-1-3", {"2-1-3", "2-1-3b"}) == "2-1-3c"
    assert new_key("art-8-zhi-1", {"art-8-zhi-1"}) == "art-8-zhi-1b"


def test_a_letter_the_parser_gave_is_not_put_behind_another() -> None:
    assert new_key("1b", {"1", "1b"}) == "1c"


def test_letters_go_on_after_z() -> None:
    taken = {"1"} | {f"1{letter}" for letter in "bcdefghijklmnopqrstuvwxyz"}
    assert new_key("1", taken) == "1aa"


def test_inserting_in_the_middle_leaves_every_clause_its_key() -> None:
    """二(三) becomes 二(四) and stays 2-3; the new 二(三) can't be 2-3."""
    printed = ["2-1", "2-2", "2-3", "2-4"]
    kept = ["2-1", "2-2", None, "2-3"]
    assert give_keys(printed, kept, ["2-1", "2-2", "2-3"]) == ["2-1", "2-2", "2-3b", "2-3"]


def test_a_key_of_a_clause_that_has_gone_is_not_given_again() -> None:
    assert give_keys(["3"], [None], ["1", "2", "3"]) == ["3b"]


def test_two_clauses_can_not_keep_one_key() -> None:
    with pytest.raises(ValueError, match="one key"):
        give_keys(["1", "2"], ["1", "1"], ["1"])


@given(st.lists(PATHS, max_size=30), st.sets(PATHS, max_size=30), st.data())
def test_new_keys_are_unlike_all_before_and_show_the_same_printed_path(
    printed: list[str], registered: set[str], data: st.DataObject
) -> None:
    pool = iter(data.draw(st.permutations(sorted(registered))))
    kept = [next(pool, None) if data.draw(st.booleans()) else None for _ in printed]
    keys = give_keys(printed, kept, registered)
    assert len(set(keys)) == len(keys)
    for key, path, old in zip(keys, printed, kept, strict=True):
        if old is not None:
            assert key == old
            continue
        assert key not in registered
        assert re.fullmatch(KEY_PATTERN.regex, key)
        assert clause_path(key) == clause_path(path)


TEXT = """一、总则
（一）目的。说明。
（二）范围。说明。
1.甲。说明。
（1）子。说明。
二、措施
1.乙。说明。
（三）期限。说明。
附件1
表格说明一览表
一、填写
（一）要求。说明。
"""


def test_a_clause_that_never_moved_is_printed_at_its_key() -> None:
    clauses = parse(TEXT).clauses
    assert printed_paths([(one.key, one.number) for one in clauses]) == [one.key for one in clauses]


def test_articles_and_decimals_are_printed_at_their_keys_too() -> None:
    for text in (
        "第一章 总则\n第一条 为。\n第二条 用。\n第二条之一 另。\n第二章 附则\n第三条 施行。\n",
        "1 总则\n1.1 目的\n说明。\n1.2 范围\n（1）甲方。说明。\n2 组织\n2.1 机构\n说明。\n",
    ):
        clauses = parse(text).clauses
        assert clauses
        assert printed_paths([(one.key, one.number) for one in clauses]) == [
            one.key for one in clauses
        ]


def test_a_clause_printed_with_another_number_since_is_found_there() -> None:
    clauses = [
        ("2", "二、"),
        ("2-1", "（一）"),
        ("2-1b", "（二）"),
        ("2-2", "（三）"),
        ("2-2-1", "1."),
    ]
    assert printed_paths(clauses) == ["2", "2-1", "2-2", "2-3", "2-3-1"]


def test_a_clause_without_a_number_keeps_its_key_as_its_place() -> None:
    assert printed_paths([("intro", ""), ("1", "一、")]) == ["intro", "1"]
