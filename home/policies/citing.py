"""Where a clause is printed, which is not always where its key says.

A key is given once and stays (2-1-3); the printed number follows the text. Whoever cites a clause
cites what readers find on paper, so a place is read off the clauses of the text in hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from home.policies.keys import printed_paths


def places(clauses: Iterable[Any]) -> dict[str, str]:
    """For each clause's key the path of numbers under which it is printed, in reading order.

    Takes rows of the model and the clauses of a snapshot alike.
    """
    printed = [_printed(clause) for clause in clauses]
    return dict(zip((key for key, _ in printed), printed_paths(printed), strict=True))


def _printed(clause: Any) -> tuple[str, str]:
    if isinstance(clause, Mapping):
        return clause["key"], clause["number"]
    return clause.key, clause.number
