"""Marks in the original text what a query found there.

Everything is looked for in the normalised text and marked in the original: a query in traditional
characters marks the simplified text, 辽民发2025 10号 marks 辽民发〔2025〕10号.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from search.analysis.normalise import Normalised, normalise_with_map, readable
from search.analysis.question import Question, understand
from search.analysis.references import find_references
from search.analysis.streams import HAN
from search.analysis.words import cut, cut_for_search

ELLIPSIS = "…"
SENTENCE_ENDS = "。！？；!?;\n"
# How far before the first hit a snippet may begin to take in the whole sentence.
LEAD = 24
LONGEST_BODY = 100_000

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text, marked or not."""

    text: str
    hit: bool = False


def highlight(original: str, query: str | Question, *, length: int | None = None) -> list[Segment]:
    """The text in marked and unmarked pieces.

    With `length` only the window of about that many characters that holds most of the query,
    begun at a sentence where one is near, with … where text was left out. Without hits it is the
    beginning of the text.
    """
    asked = understand(query) if isinstance(query, str) else query
    original = original[:LONGEST_BODY]
    mapped = normalise_with_map(original)
    hits = _hits(mapped.text, asked)
    window = (0, len(mapped.text))
    if length is not None and len(mapped.text) > length:
        window = _window(mapped.text, hits, length)
    # From here on in the original's places: one of its characters may be several normalised ones.
    marked = _merged([_in_original(mapped, start, end) for start, end, _ in hits])
    return _segments(original, marked, _in_original(mapped, *window))


def _in_original(mapped: Normalised, start: int, end: int) -> Span:
    return (mapped.starts[start], mapped.ends[end - 1]) if start < end else (0, 0)


def _hits(text: str, asked: Question) -> list[tuple[int, int, str]]:
    """Where the query's words, numbers and dates stand in the text: (start, end, what)."""
    hits = _reference_hits(text, asked)
    tokens = [token for unit in asked.units for answer in unit.answers for token in answer]
    words = {token.text for token in tokens if token.stream in ("words", "characters")}
    words.update(asked.words, asked.equivalents)
    found = _found_words(text, words, spoken=frozenset(asked.words))
    if found:
        # 发展 stands in 开发/展示 too. Where some are words of the text, only those are hits.
        of_text = {(start, end) for _, start, end in cut_for_search(text)}
        single = {hit for hit in found if hit[1] - hit[0] == 1}
        real = [hit for hit in found if hit[:2] in of_text or hit in single]
        return hits + (real or _whole_words(text, found))
    bigrams = {token.text for token in tokens if token.stream == "bigrams"}
    crumbs = [hit for bigram in bigrams for hit in _occurrences(text, bigram)]
    return hits + (_whole_words(text, crumbs) if crumbs else [])


def _found_words(
    text: str, words: set[str], *, spoken: frozenset[str]
) -> list[tuple[int, int, str]]:
    """Where the words stand; not the 居住 inside 居住证 where 居住证 itself is found."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    for word in sorted(words, key=len, reverse=True):
        if word not in spoken and any(word in longer for longer in found):
            continue
        if hits := _occurrences(text, word):
            found[word] = hits
    return [hit for hits in found.values() for hit in hits]


def _reference_hits(text: str, asked: Question) -> list[tuple[int, int, str]]:
    wanted = {reference.main for reference in asked.references}
    if not wanted:
        return []
    return [
        (reference.start, reference.end, main)
        for reference in find_references(text)
        for main in wanted.intersection(reference.tokens)
    ]


def _occurrences(text: str, word: str) -> list[tuple[int, int, str]]:
    # 12 is not a hit in 12355: letters and digits count only as a whole.
    pattern = re.escape(word)
    if not re.match(rf"[{HAN}]", word):
        pattern = rf"(?<![^\W_{HAN}]){pattern}(?![^\W_{HAN}])"
    return [(match.start(), match.end(), word) for match in re.finditer(pattern, text)]


def _whole_words(text: str, hits: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Widens hits that begin or end inside a word of the text to the whole word."""
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    for _, start, end in cut(text):
        for position in range(start, end):
            begins[position] = start
            ends[position] = end
    return [(begins[start], ends[end - 1], what) for start, end, what in hits]


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _window(text: str, hits: list[tuple[int, int, str]], length: int) -> Span:
    """The stretch of the text that holds the most different words of the query."""
    if not hits:
        return 0, length
    hits = sorted(hits)
    best, best_value = hits[0][0], -1
    last = 0
    inside: dict[str, int] = {}
    for first, (start, _, what) in enumerate(hits):
        while last < len(hits) and hits[last][1] <= start + length - LEAD:
            inside[hits[last][2]] = inside.get(hits[last][2], 0) + 1
            last += 1
        value = sum(len(word) * 3 for word in inside) + last - first
        if value > best_value:
            best, best_value = start, value
        if inside.get(what, 0) > 1:
            inside[what] -= 1
        else:
            inside.pop(what, None)
        last = max(last, first + 1)
    start = max(0, min(_sentence_start(text, best), len(text) - length))
    return start, min(len(text), start + length)


def _sentence_start(text: str, hit: int) -> int:
    earliest = max(0, hit - LEAD)
    if earliest == 0:
        return 0
    before = text[earliest:hit]
    ends = [before.rfind(mark) for mark in SENTENCE_ENDS]
    if max(ends) >= 0:
        return earliest + max(ends) + 1
    commas = [before.find(mark) for mark in ",、,:：" if mark in before]
    return earliest + min(commas) + 1 if commas else earliest


def _segments(original: str, hits: list[Span], window: Span) -> list[Segment]:
    start, end = window
    pieces: list[Segment] = []
    position = start
    for hit_start, hit_end in hits:
        if hit_end > start and hit_start < end:
            pieces.append(_segment(original, position, max(hit_start, start)))
            pieces.append(_segment(original, max(hit_start, start), min(hit_end, end), hit=True))
            position = min(hit_end, end)
    pieces.append(_segment(original, position, end))
    before = [Segment(ELLIPSIS)] if readable(original[:start]).strip() else []
    after = [Segment(ELLIPSIS)] if readable(original[end:]).strip() else []
    return [*before, *(piece for piece in pieces if piece.text), *after]


def _segment(original: str, start: int, end: int, *, hit: bool = False) -> Segment:
    return Segment(re.sub(r"\s+", " ", readable(original[start:end])), hit)
