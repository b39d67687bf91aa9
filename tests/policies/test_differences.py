"""What differs between two states of a policy. Every text here is made up."""

from __future__ import annotations

import random
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from home.policies.differences import Change, Span, difference, marked, out_of_order

ALPHABET = "的一是在民政部门牵头配合每月季度。，；、（）“”\n 12年0abc\r　😀"


def clause(key: str, text: str = "", **fields: Any) -> dict[str, Any]:
    parent, _, last = key.rpartition("-")
    data = {"key": key, "parent_key": parent, "level": key.count("-") + 1, "number": f"{last}."}
    return {
        **data,
        "heading": "",
        "text": text or f"第{key}条的正文。",
        "departments": [],
        "validity": "in-force",
        **fields,
    }


def state(*clauses: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"title": "示例文件", "validity": "in-force", "clauses": list(clauses), **fields}


def shown(spans: list[Span]) -> str:
    signs = {"same": "{}", "removed": "[-{}-]", "added": "[+{}+]"}
    return "".join(signs[span.kind].format(span.text) for span in spans)


def changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    found = difference(old, new).clauses
    return {one.key: str(one.change) for one in found if one.change != Change.SAME}


# Words


@given(st.text(ALPHABET, max_size=60), st.text(ALPHABET, max_size=60))
def test_the_marks_give_both_texts_back(old: str, new: str) -> None:
    spans = marked(old, new)
    assert "".join(span.text for span in spans if span.kind != "added") == old
    assert "".join(span.text for span in spans if span.kind != "removed") == new
    assert all(span.text for span in spans)
    assert all(one.kind != other.kind for one, other in pairwise(spans))


@given(st.text(), st.text())
def test_the_marks_give_any_two_texts_back(old: str, new: str) -> None:
    spans = marked(old, new)
    assert "".join(span.text for span in spans if span.kind != "added") == old
    assert "".join(span.text for span in spans if span.kind != "removed") == new


@given(st.text(ALPHABET, max_size=60))
def test_a_text_that_stayed_has_no_marks(text: str) -> None:
    assert marked(text, text) == ([Span("same", text)] if text else [])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("每季度更新一次。", "每月更新一次。", "[-每季度-][+每月+]更新一次。"),
        ("20个工作日内答复。", "15个工作日内答复。", "[-20-][+15+]个工作日内答复。"),
        # A list grows by a whole item with its comma.
        ("甲、乙、丙。", "甲、乙、丁、丙。", "甲、乙、[+丁、+]丙。"),
        # A sentence comes behind another and not around its full stop.
        ("由民政牵头。", "由民政牵头。每月报告。", "由民政牵头。[+每月报告。+]"),
        ("第一段。\n第三段。", "第一段。\n新段。\n第三段。", "第一段。\n[+新段。\n+]第三段。"),
        # What two sentences share by chance is not shown as having stayed.
        (
            "完全不同的一句话，写的是甲。",
            "天气很好，我们去公园玩。",
            "[-完全不同的一句话，写的是甲-][+天气很好，我们去公园玩+]。",
        ),
        (
            "建立台账，教育部门配合。",
            "建立台账，教育、公安部门配合。对重点对象一人一档。",
            "建立台账，[-教育部门-][+教育、公安部门+]配合。[+对重点对象一人一档。+]",
        ),
        ("", "新的。", "[+新的。+]"),
        ("旧的。", "", "[-旧的。-]"),
    ],
)
def test_whole_words_are_marked_where_a_reader_would_mark_them(
    old: str, new: str, expected: str
) -> None:
    assert shown(marked(old, new)) == expected


# Clauses


def test_a_clause_is_new_gone_changed_or_the_same() -> None:
    old = state(clause("1"), clause("1-1"), clause("1-2"), clause("1-3"))
    new = state(clause("1"), clause("1-1"), clause("1-2", "改过。"), clause("1-4"))
    found = difference(old, new)
    assert [(one.key, one.change) for one in found.clauses] == [
        ("1", Change.SAME),
        ("1-1", Change.SAME),
        ("1-2", Change.CHANGED),
        ("1-3", Change.REMOVED),
        ("1-4", Change.ADDED),
    ]
    assert found.counts()[Change.SAME] == 2
    assert not found.is_empty
    assert difference(old, old).is_empty


def test_what_slides_along_with_an_insertion_has_not_moved() -> None:
    old = state(clause("1"), clause("1-1"), clause("1-2"), clause("2"), clause("2-1"))
    new = state(
        clause("1"),
        clause("1-1b", number="1."),
        clause("1-1", number="2."),
        clause("1-2", number="3."),
        clause("2"),
        clause("2-1"),
    )
    found = {one.key: one for one in difference(old, new).clauses}
    assert {key for key, one in found.items() if one.change != Change.SAME} == {"1-1b"}
    assert (found["1-2"].old_number, found["1-2"].new_number) == ("2.", "3.")
    assert found["1-2"].is_renumbered
    assert not found["2-1"].is_renumbered


def test_numbers_that_run_on_across_chapters_slide_too() -> None:
    def articles(*names: str) -> list[dict[str, Any]]:
        return [
            clause(f"art-{name}", number=f"第{place}条", level=2, parent_key="ch1")
            for place, name in enumerate(names, start=1)
        ]

    old = state(clause("ch1"), *articles("1", "2"), clause("ch2"))
    old["clauses"].append(clause("art-3", number="第3条", level=2, parent_key="ch2"))
    new = state(clause("ch1"), *articles("1", "1b", "2"), clause("ch2"))
    new["clauses"].append(clause("art-3", number="第4条", level=2, parent_key="ch2"))
    assert changes(old, new) == {"art-1b": "added"}


def test_a_number_given_anew_in_place_counts_as_moved() -> None:
    old, new = state(clause("1"), clause("2")), state(clause("1"), clause("2", number="十、"))
    assert changes(old, new) == {"2": "moved"}


def test_a_section_that_moves_takes_its_items_along() -> None:
    one = [clause("1"), clause("1-1"), clause("1-2")]
    two, three = [clause("2"), clause("2-1")], [clause("3")]
    old, new = state(*one, *two, *three), state(*two, *three, *one)
    assert changes(old, new) == {"1": "moved"}


def test_another_parent_is_a_move_and_may_change_the_text_too() -> None:
    old = state(clause("1"), clause("1-1"), clause("2"), clause("2-1"))
    new = state(
        clause("1"),
        clause("2"),
        clause("2-1"),
        clause("1-1", "改过。", parent_key="2", number="2."),
    )
    found = difference(old, new)
    assert changes(old, new) == {"1-1": "moved-and-changed"}
    moved = next(one for one in found.clauses if one.key == "1-1")
    assert (moved.old_parent, moved.new_parent) == ("1", "2")


def test_a_clause_dragged_below_another_section_has_moved_whatever_parent_it_names() -> None:
    old = state(clause("1"), clause("1-1"), clause("1-2"), clause("2"), clause("2-1"))
    new = state(clause("1"), clause("1-1"), clause("2"), clause("2-1"), clause("1-2"))
    assert changes(old, new) == {"1-2": "moved"}


@given(st.permutations(range(7)))
def test_as_few_clauses_as_possible_count_as_moved(order: list[int]) -> None:
    moved = set(out_of_order(order))
    left = [rank for position, rank in enumerate(order) if position not in moved]
    assert left == sorted(left)
    longest = max(
        len(chosen)
        for bits in range(1 << len(order))
        if (chosen := [rank for at, rank in enumerate(order) if bits >> at & 1]) == sorted(chosen)
    )
    assert len(left) == longest


def test_every_order_of_five_siblings_leaves_all_that_did_not_move_in_order() -> None:
    keys = ["1", "2", "3", "4", "5"]
    old = state(*(clause(key) for key in keys))
    for order in permutations(keys):
        moved = changes(old, state(*(clause(key, number=f"{key}.") for key in order)))
        left = [key for key in order if key not in moved]
        assert left == sorted(left)


@given(st.lists(st.sampled_from("abcdefghij"), unique=True), st.randoms())
def test_every_clause_of_both_states_is_told_of_once(
    kept: list[str], chance: random.Random
) -> None:
    names = list("abcdefghij")
    chance.shuffle(names)
    old = state(*(clause(name) for name in "abcdefgh"))
    new = state(*(clause(name) for name in names if name in kept))
    found = difference(old, new)
    assert sorted(one.key for one in found.clauses) == sorted(set("abcdefgh") | set(kept))
    assert [one.key for one in found.clauses if one.new] == [c["key"] for c in new["clauses"]]


def test_departments_and_validity_of_a_clause_are_compared_item_by_item() -> None:
    old = state(clause("1", departments=["民政部门", "公安部门"]))
    new = state(clause("1", departments=["民政部门", "教育部门"], validity="repealed"))
    (change,) = difference(old, new).clauses
    departments, validity = change.fields
    assert (departments.name, validity.name) == ("departments", "validity")
    assert shown(list(departments.spans)) == "民政部门[-公安部门-][+教育部门+]"
    assert (departments.old, departments.new) == ("民政部门、公安部门", "民政部门、教育部门")
    assert (validity.old, validity.new) == ("in-force", "repealed")


# Metadata


def test_metadata_that_changed_is_listed_and_what_was_never_said_is_not() -> None:
    old = state(clause("1"), adopted_on=None, issuers=["甲厅", "乙厅"])
    new = state(
        clause("1"), title="示例办法", adopted_on="2026-01-02", issuers=["甲厅"], expires_on=None
    )
    found = {change.name: change for change in difference(old, new).fields}
    assert set(found) == {"title", "adopted_on", "issuers"}
    assert shown(list(found["title"].spans)) == "示例[-文件-][+办法+]"
    assert (found["adopted_on"].old, found["adopted_on"].new) == ("", "2026-01-02")
    assert shown(list(found["issuers"].spans)) == "甲厅[-乙厅-]"
