"""Where a clause is printed, which is not always where its key says.

A key is given once and stays (2-1-3); the printed number follows the text. Whoever cites a clause
cites what readers find on paper, so a place is read off the clauses of the text in hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from home.policies.keys import printed_paths
from home.policies.parser import clause_path


def in_words(path: str, otherwise: str = "") -> str:
    """A path of numbers as people say it (二(二)1 for "2-2-1"); `otherwise` where it is none."""
    try:
        return clause_path(path)
    except ValueError:
        return otherwise


def places_in_words(clauses: Iterable[Any]) -> list[str]:
    """Where each clause is printed, as people say it; by its number and first words without one."""
    rows = list(clauses)
    paths = printed_paths(map(_printed, rows))
    return [
        in_words(path, f"{row.number}{row.heading[:12]}".strip() or row.key)
        for row, path in zip(rows, paths, strict=True)
    ]


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
