"""The three-way merge of a working copy: nothing that either side wrote is lost without a word."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from home.policies.merging import Merge, merge

KEYS = [f"k{number}" for number in range(7)]
WORDS = ["甲", "乙", "丙", "丁"]


def text(*clauses: tuple[str, str], **fields: Any) -> dict[str, Any]:
    return {
        **fields,
        "clauses": [
            {
                "pk": 7 + place,
                "page": 1,
                "sort_order": place,
                "key": key,
                "text": words,
                "number": "一",
            }
            for place, (key, words) in enumerate(clauses)
        ],
    }


def said(result: Merge) -> list[tuple[str, str]]:
    return [(row["key"], row["text"]) for row in result.text["clauses"]]


BASE = text(("a", "一"), ("b", "二"), ("c", "三"), title="题")


def test_a_correction_of_the_published_text_is_carried_over() -> None:
    mine = text(("a", "一"), ("b", "我改的二"), ("c", "三"), title="题")
    theirs = text(("a", "更正的一"), ("b", "二"), ("c", "三"), title="题")
    result = merge(BASE, mine, theirs)
    assert said(result) == [("a", "更正的一"), ("b", "我改的二"), ("c", "三")]
    assert result.conflicts == []
    assert [(one.key, one.part) for one in result.carried] == [("a", "text")]


def test_two_parts_of_one_clause_do_not_disturb_each_other() -> None:
    mine, theirs = text(("a", "新的一")), text(("a", "一"))
    theirs["clauses"][0]["number"] = "（一）"
    result = merge(text(("a", "一")), mine, theirs)
    assert result.conflicts == []
    assert result.text["clauses"] == [{"key": "a", "text": "新的一", "number": "（一）"}]


def test_what_both_changed_differently_is_a_conflict_until_it_is_decided() -> None:
    mine, theirs = text(("a", "我的")), text(("a", "更正的"))
    base = text(("a", "一"))
    result = merge(base, mine, theirs)
    (conflict,) = result.conflicts
    assert (conflict.key, conflict.part, conflict.base) == ("a", "text", "一")
    assert (conflict.mine, conflict.theirs) == ("我的", "更正的")
    assert said(merge(base, mine, theirs, {conflict.id: "mine"})) == [("a", "我的")]
    decided = merge(base, mine, theirs, {conflict.id: "theirs"})
    assert said(decided) == [("a", "更正的")]
    assert decided.conflicts == []


def test_a_decision_holds_for_the_words_it_was_made_on_alone() -> None:
    base = text(("a", "一"))
    (conflict,) = merge(base, text(("a", "我的")), text(("a", "更正的"))).conflicts
    later = merge(base, text(("a", "我的")), text(("a", "又更正的")), {conflict.id: "mine"})
    assert len(later.conflicts) == 1


def test_a_clause_removed_here_and_corrected_there_is_a_conflict() -> None:
    result = merge(
        BASE, text(("a", "一"), ("c", "三")), text(("a", "一"), ("b", "更正"), ("c", "三"))
    )
    (conflict,) = result.conflicts
    assert (conflict.key, conflict.part, conflict.mine) == ("b", "whole", None)


def test_a_clause_added_there_stands_behind_the_one_it_followed() -> None:
    mine = text(("c", "三"), ("a", "一"), ("b", "二"), title="题")
    theirs = text(("a", "一"), ("n", "新"), ("b", "二"), ("c", "三"), title="题")
    assert [key for key, _ in said(merge(BASE, mine, theirs))] == ["c", "a", "n", "b"]


def test_two_different_orders_are_a_conflict() -> None:
    mine = text(("c", "三"), ("a", "一"), ("b", "二"))
    theirs = text(("b", "二"), ("a", "一"), ("c", "三"))
    result = merge(BASE, mine, theirs)
    assert [conflict.part for conflict in result.conflicts] == ["order"]
    (conflict,) = result.conflicts
    assert [k for k, _ in said(merge(BASE, mine, theirs, {conflict.id: "theirs"}))] == list("bac")


# ── properties ──────────────────────────────────────────────────────────────────────────────────

a_text = st.builds(
    lambda keys, words, title: text(*zip(keys, words, strict=False), title=title),
    st.permutations(KEYS).flatmap(
        lambda keys: st.integers(0, len(keys)).map(lambda length: keys[:length])
    ),
    st.lists(st.sampled_from(WORDS), min_size=len(KEYS), max_size=len(KEYS)),
    st.sampled_from(WORDS),
)


def bare(one: dict[str, Any]) -> dict[str, Any]:
    """The text as a merge gives it: rows without what the database adds."""
    return merge(one, one, one).text


def state(one: dict[str, Any], key: str) -> str | None:
    return next((row["text"] for row in one["clauses"] if row["key"] == key), None)


@given(a_text, a_text)
def test_what_one_side_alone_changed_is_taken_whole(base: Any, changed: Any) -> None:
    for result in (merge(base, changed, base), merge(base, base, changed)):
        assert result.conflicts == []
        assert result.text == bare(changed)
    assert merge(base, changed, changed).text == bare(changed)
    assert merge(base, changed, changed).conflicts == []


@given(a_text, a_text, a_text)
@settings(max_examples=300)
def test_nothing_is_lost_without_a_word(base: Any, mine: Any, theirs: Any) -> None:
    result = merge(base, mine, theirs)
    in_conflict = {conflict.key for conflict in result.conflicts}
    keys = [row["key"] for row in result.text["clauses"]]
    assert len(keys) == len(set(keys))
    for key in KEYS:
        before, ours, other = state(base, key), state(mine, key), state(theirs, key)
        got = state(result.text, key)
        if ours == other or other == before:
            assert got == ours
        elif ours == before:
            assert got == other
            assert key in {one.key for one in result.carried}
        else:
            assert key in in_conflict
            (conflict,) = [c for c in result.conflicts if c.key == key]
            kept = {_words(conflict.mine), _words(conflict.theirs)}
            assert {ours, other} == kept, "both texts stand in the conflict"


def _words(value: Any) -> str | None:
    return value["text"] if isinstance(value, dict) else value


@given(a_text, a_text, a_text)
@settings(max_examples=300)
def test_decided_conflicts_are_gone_and_the_sides_mirror_each_other(
    base: Any, mine: Any, theirs: Any
) -> None:
    here, there = merge(base, mine, theirs), merge(base, theirs, mine)
    assert len(here.conflicts) == len(there.conflicts)
    for side, mirrored in (("mine", "theirs"), ("theirs", "mine")):
        one = merge(base, mine, theirs, dict.fromkeys((c.id for c in here.conflicts), side))  # type: ignore[arg-type]
        other = merge(base, theirs, mine, dict.fromkeys((c.id for c in there.conflicts), mirrored))  # type: ignore[arg-type]
        assert one.conflicts == other.conflicts == []
        assert {r["key"]: r for r in one.text["clauses"]} == {
            r["key"]: r for r in other.text["clauses"]
        }
        assert one.text["title"] == other.text["title"]


@given(a_text, a_text, a_text)
def test_merging_again_changes_nothing(base: Any, mine: Any, theirs: Any) -> None:
    """After the merge the published text is the new base: there is nothing left to carry over."""
    first = merge(base, mine, theirs)
    again = merge(theirs, first.text, theirs)
    assert again.text == first.text
    assert again.carried == again.conflicts == []
