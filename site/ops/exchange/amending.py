"""An amended text in place of the one before: every clause that stayed keeps its permanent key.

Cautious where nobody looks on: a clause keeps its key where its words are the same, or where it
stands at the same printed place and most of its words are. Any other is new, and its key too.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from home.policies.keys import give_keys, printed_paths
from home.policies.parser import ParsedClause, ParsedDocument
from home.policies.parser.lines import squash

_ALIKE = 0.5
# Beyond this a clause is compared by its beginning: the comparison grows with the square.
_COMPARED = 600


@dataclass(frozen=True, slots=True)
class OldClause:
    """What is published now: a clause's key, printed number and words."""

    key: str
    number: str
    words: str


def keep_keys(
    parsed: ParsedDocument, old: Sequence[OldClause], registered: Iterable[str]
) -> ParsedDocument:
    """The document with the keys its clauses have had, and new ones for those that are new."""
    printed = [clause.key for clause in parsed.clauses]
    kept = _kept(parsed.clauses, old)
    given = dict(zip(printed, give_keys(printed, kept, registered), strict=True))
    clauses = tuple(
        replace(clause, key=given[clause.key], parent_key=given.get(clause.parent_key, ""))
        for clause in parsed.clauses
    )
    return replace(parsed, clauses=clauses)


def _kept(clauses: Sequence[ParsedClause], old: Sequence[OldClause]) -> list[str | None]:
    same_words: dict[str, deque[str]] = defaultdict(deque)
    for one in old:
        same_words[squash(one.words)].append(one.key)
    kept: list[str | None] = []
    for clause in clauses:
        found = same_words.get(squash(f"{clause.heading}{clause.text}"))
        kept.append(found.popleft() if found else None)
    claimed = set(kept)
    paths = printed_paths((one.key, one.number) for one in old)
    at_place = {path: one for path, one in zip(paths, old, strict=True) if one.key not in claimed}
    for index, clause in enumerate(clauses):
        before = at_place.get(clause.key) if kept[index] is None else None
        if before is not None and _alike(before.words, f"{clause.heading}{clause.text}"):
            kept[index] = before.key
    return kept


def _alike(one: str, other: str) -> bool:
    first, second = squash(one[:_COMPARED]), squash(other[:_COMPARED])
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
