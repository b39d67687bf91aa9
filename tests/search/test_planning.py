"""Which entries answer enough of a question, written out as a condition."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.analysis.question import understand
from search.analysis.streams import Token
from search.engine import planning
from search.engine.planning import All, Need, floor, plan


def holds(need: Need, held: set[Token]) -> bool:
    if isinstance(need, Token):
        return need in held
    answers = [holds(one, held) for one in need.of]
    return all(answers) if isinstance(need, All) else any(answers)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=7), st.data())
def test_the_condition_holds_exactly_where_the_weights_reach_the_floor(
    weights: list[int], data: st.DataObject
) -> None:
    wanted = data.draw(st.integers(1, sum(weights)))
    weights.sort(reverse=True)
    tokens = [Token("words", str(number)) for number in range(len(weights))]
    need = planning._threshold(weights, tokens, wanted)
    assert need is not None
    for chosen in product([False, True], repeat=len(weights)):
        held = {token for token, taken in zip(tokens, chosen, strict=True) if taken}
        reached = sum(w for w, taken in zip(weights, chosen, strict=True) if taken) >= wanted
        assert holds(need, held) == reached


def test_what_can_never_be_reached_is_no_condition() -> None:
    assert planning._threshold([1, 1], [Token("words", "a"), Token("words", "b")], 3) is None


def test_a_word_that_no_entry_holds_counts_against_every_entry() -> None:
    question = understand("公租房护照")
    frequencies = dict.fromkeys(question.tokens(), 0) | {Token("words", "护照"): 3}
    assert plan(question, frequencies, 100).need is None


def test_small_change_does_not_answer_a_question() -> None:
    question = understand("护照办理")
    frequencies = dict.fromkeys(question.tokens(), 0) | {Token("words", "办理"): 30}
    assert plan(question, frequencies, 100).need is None


@pytest.mark.parametrize(("shorter", "longer"), [("公租房", "外地孩子在沈阳上小学需要什么材料")])
def test_the_floor_falls_as_questions_grow(shorter: str, longer: str) -> None:
    assert floor(understand(shorter)) > floor(understand(longer))


def test_clues_that_half_the_index_holds_are_left_out_before_rare_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planning, "MOST_HITS", 1000)
    question = understand("儿童童心港湾")
    frequencies = dict.fromkeys(question.tokens(), 5) | {Token("words", "儿童"): 900_000}
    chosen = {clue.tokens for clue, _ in plan(question, frequencies, 1_000_000).clues}
    assert (Token("words", "童心港湾"),) in chosen
    assert (Token("words", "儿童"),) not in chosen
