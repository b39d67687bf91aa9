"""How long the difference of two editions takes. Run with `-m bench -s` to see the figures."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from home.policies.differences import Change, difference, marked

pytestmark = pytest.mark.bench

# Made up for the measurement; a clause of the plan has about 200 characters.
SENTENCE = (
    "由县级民政部门会同教育、公安、卫生健康等部门建立信息台账，按月更新，发现问题及时转介处置。"
)


def edition(size: int) -> dict[str, Any]:
    clauses = [
        {
            "key": f"{number // 10 + 1}-{number % 10 + 1}",
            "parent_key": str(number // 10 + 1),
            "level": 2,
            "number": f"{number % 10 + 1}.",
            "heading": f"第{number}项工作",
            "text": f"对第{number}类儿童，{SENTENCE * 4}",
            "departments": ["民政部门"],
        }
        for number in range(size)
    ]
    return {"title": "示例文件", "clauses": clauses}


def amended(old: dict[str, Any], seed: int = 1) -> dict[str, Any]:
    """Every clause reworded and all of them in another order: the worst that can happen."""
    clauses = [
        {**clause, "text": clause["text"].replace("按月", "每周").replace("转介", "移交并转介")}
        for clause in old["clauses"]
    ]
    random.Random(seed).shuffle(clauses)
    return {**old, "clauses": clauses}


@pytest.mark.parametrize(("size", "most_milliseconds"), [(100, 50), (1000, 500)])
def test_two_editions_of_which_every_clause_changed(size: int, most_milliseconds: int) -> None:
    old = edition(size)
    new = amended(old)
    marked("字典装载", "字典已经装载")  # the dictionary is loaded once a process
    taken = min(_measured(old, new) for _ in range(5))
    print(f"\n{size} clauses, all changed: {taken:.1f} ms")
    assert taken < most_milliseconds


def _measured(old: dict[str, Any], new: dict[str, Any]) -> float:
    began = time.perf_counter()
    found = difference(old, new)
    taken = (time.perf_counter() - began) * 1000
    assert found.counts()[Change.SAME] == 0
    assert len(found.clauses) == len(old["clauses"])
    return taken


def test_a_text_that_repeats_itself_takes_no_quadratic_time() -> None:
    began = time.perf_counter()
    marked("甲。" * 20_000, "乙。甲。" * 15_000)
    assert time.perf_counter() - began < 1
