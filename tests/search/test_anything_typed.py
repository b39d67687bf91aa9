"""Whatever is typed gets an answer, and costs no more than it may.

The queries are made of what people and attackers type, stuck together at random. The suite asks
some hundreds; TYPED=10000 asks as many (the database and SEARCH_URL say of which engine), SEED
others.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from search.engine import vocabulary

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plan_site")]

TYPED = int(os.environ.get("TYPED", "300"))
SEED = os.environ.get("SEED", "tongban")
LONGEST = 255
# The results page with everything around it, and the longest statement it may send.
MOST_STATEMENTS = 20
LONGEST_STATEMENT = 200_000

# typed.txt: what people type, what means something to some machine, what few keyboards have.
SAID, SYNTAX, ODD = (
    part.partition("\n")[2].split()
    for part in (Path(__file__).parent / "typed.txt").read_text().split("\n# ")
)
UNREADABLE = ("\x00", "\ud83d", "\udfff", "\x1b", "\x7f", "\x0b")
SPACES = ("", "", "", " ", "  ", "\t", "\n", "\u3000", "\u2028")


def queries(number: int) -> Iterator[str]:
    """So many queries of 1 to 255 characters, the same for the same seed."""
    chance = random.Random(SEED)
    for _ in range(number):
        pools = chance.choices(
            (SAID, SYNTAX, ODD, UNREADABLE),
            weights=(6, 4, 2, 1),
            k=chance.choice((1, 2, 4, 12, 60)),
        )
        parts = (chance.choice(pool) * chance.choice((1, 1, 1, 1, 2, 30)) for pool in pools)
        typed = "".join(part + chance.choice(SPACES) for part in parts)
        start = chance.randrange(max(1, len(typed) - LONGEST))
        yield typed[start : start + LONGEST]


@pytest.mark.parametrize("address", ["/search/", "/api/v1/search", "/search/suggest/"])
def test_whatever_is_typed_is_answered(client: Client, address: str) -> None:
    vocabulary.current()  # read anew only where it has new words
    asked = list(queries(TYPED))
    refused = 0
    for query in asked:
        with CaptureQueriesContext(connection) as statements:
            answer = client.get(address, {"q": query.encode("utf-8", "surrogatepass")})
        assert answer.status_code in (200, 400), (query, answer.status_code)
        assert len(statements) <= MOST_STATEMENTS, query
        longest = max((len(one["sql"]) for one in statements.captured_queries), default=0)
        assert longest <= LONGEST_STATEMENT, (query, longest)
        if answer.status_code == 400:
            refused += 1
            assert "请" in answer.content.decode() or "请" in answer.json()["detail"]
    # Refused is what nobody can mean (control characters), not what is hard to read.
    assert refused < len(asked) / 2
