"""How good the answers to the development set are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from search.engine.relevance import DEPTH, ndcg
from search.engine.services import SearchResults
from tests.search.relevance.content import rows

KINDS = (
    "exact",
    "synonym",
    "typing error",
    "homophone",
    "pinyin",
    "initials",
    "traditional",
    "document number",
    "date",
    "mixed",
    "one character",
    "department alias",
    "long question",
    "nothing to find",
)
Half = Literal["development", "held-out"]


@dataclass(frozen=True, slots=True)
class Graded:
    """A query with what answers it; with nothing, nothing may be found."""

    kind: str
    query: str
    grades: Mapping[str, int] = field(hash=False)

    @property
    def half(self) -> Half:
        """Chosen by the query alone, so that a new one does not move the others."""
        odd = hashlib.sha256(self.query.encode()).digest()[0] % 2
        return "development" if odd else "held-out"


@dataclass(slots=True)
class Answers:
    """What one run of the set gave."""

    ndcg: dict[Graded, float] = field(default_factory=dict)
    found: dict[Graded, tuple[str, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.found)

    def of(self, wanted: Callable[[Graded], bool]) -> Answers:
        """The part of the run that the wanted queries gave."""
        return Answers(
            {query: value for query, value in self.ndcg.items() if wanted(query)},
            {query: ids for query, ids in self.found.items() if wanted(query)},
        )

    def of_kind(self, kind: str) -> Answers:
        return self.of(lambda query: query.kind == kind)

    def of_half(self, half: Half) -> Answers:
        return self.of(lambda query: query.half == half)

    @property
    def mean(self) -> float:
        return fmean(self.ndcg.values()) if self.ndcg else 1.0

    @property
    def without_result(self) -> list[str]:
        """The queries that something answers, and that found nothing at all."""
        return [query.query for query in self.ndcg if not self.found[query]]

    @property
    def false_results(self) -> list[str]:
        """The queries that nothing answers, and that found something."""
        return [query.query for query, ids in self.found.items() if not query.grades and ids]

    @property
    def unanswerable(self) -> int:
        return len(self.found) - len(self.ndcg)


def queries() -> list[Graded]:
    """The set, in the order of its file."""
    return [Graded(**row) for row in rows("queries")]


def run(asked: Iterable[Graded], search: Callable[[str], SearchResults]) -> Answers:
    """Asks every query and compares."""
    answers = Answers()
    for query in asked:
        ids = tuple(entry(result.url) for result in search(query.query).results[:DEPTH])
        answers.found[query] = ids
        if query.grades:
            answers.ndcg[query] = ndcg(ids, query.grades)
    return answers


def entry(url: str) -> str:
    """The slug, with the key behind # for a clause."""
    path, _, anchor = url.partition("#c-")
    slug = path.rstrip("/").rpartition("/")[2]
    return f"{slug}#{anchor}" if anchor else slug


def table(answers: Answers) -> str:
    """A line for each kind, with both halves, and one for everything."""
    lines = [f"{'':18}{'queries':>8}{'nDCG@10':>9}{'develop':>9}{'held-out':>9}{'nothing':>9}"]
    for kind in (*KINDS, "all"):
        part = answers.of_kind(kind) if kind in KINDS else answers
        if kind == "nothing to find":
            lines.append(f"{kind:18}{len(part):>8}{len(part.false_results):>9} found something")
            continue
        halves = (part, part.of_half("development"), part.of_half("held-out"))
        means = "".join(f"{one.mean:9.3f}" for one in halves)
        lines.append(f"{kind:18}{len(part.ndcg):>8}{means}{len(part.without_result):>9}")
    return "\n".join(lines)
