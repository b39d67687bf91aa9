"""How long the parser takes: `pytest -m bench tests/bench -s`. Nothing is judged by the clock."""

from __future__ import annotations

import time
from random import Random

import pytest

from home.policies.parser import parse
from tests.bench.made_up import document

pytestmark = pytest.mark.bench


def test_a_hundred_pages_of_text() -> None:
    text = document(Random(1), 100)
    parse(text[:5_000])  # patterns are compiled once
    started, worked = time.perf_counter(), time.process_time()
    parsed = parse(text)
    print(
        f"\nparser: {len(text):,} characters, {len(parsed.clauses):,} clauses: "
        f"{time.perf_counter() - started:.2f} s ({time.process_time() - worked:.2f} s of processor)"
    )
    assert len(parsed.clauses) == 100 * (1 + 3 + 9)
