"""The words of the index, kept with it, and a copy of them in every process that searches.

What an entry adds is worked out from its own row, so that what it no longer says can be taken off
again. A process reads its copy anew when the generation's stamp is another one: that is one small
query for each search.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from django.db import connection

from home.directory.models import Department
from search.analysis.lexicon import Lexicon, built_in, merged
from search.analysis.sound import syllables
from search.analysis.vocabulary import (
    LONGEST_WORD,
    Vocabulary,
    Word,
    said_words,
    sound_of,
    telling_terms,
)
from search.analysis.words import domain_words, equivalents_of, light_words, stop_words
from search.engine import synonyms
from search.engine.models import Generation, SearchDocument, VocabularyWord, new_stamp

# What the words of an entry are worked out from.
READ = ("title", "words", "normal")
# Of a greater vocabulary only the words that most entries tell of are read by what is typed.
MOST_WORDS = 20_000
# How many words are asked for in one statement.
PORTION = 500
# After this long the departments' names are looked at again, too.
KEPT_SECONDS = 300.0
# Names that say what a department is, not only what it is about: 教育局, not 教育.
OFFICE = re.compile("(局|厅|委|部门|机关|办|办公室|院|联|会|团)$")


Names = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class _Kept:
    """This process's copy, and what it was made of."""

    stamp: tuple[object, ...] | None
    names: Names
    until: float
    lexicon: Lexicon


_kept = _Kept(None, (), 0.0, built_in())


UPSERT = """
    INSERT INTO search_vocabularyword (generation_id, word, syllables, telling, entries)
    VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (generation_id, word) DO UPDATE SET
        telling = search_vocabularyword.telling + excluded.telling,
        entries = search_vocabularyword.entries + excluded.entries
"""


def learn(
    generation: int, new: Iterable[SearchDocument], gone: Iterable[SearchDocument] = ()
) -> None:
    """Brings the generation's words to what the new entries say and those gone no longer do."""
    telling, entries = _counted(new)
    telling_gone, entries_gone = _counted(gone)
    telling.subtract(telling_gone)
    entries.subtract(entries_gone)
    # In one order for everybody: two who wait for each other's rows would wait for ever.
    words = {*telling, *entries}
    changed = sorted(word for word in words if telling[word] or entries[word])
    if not changed:
        return
    in_use = Generation.objects.filter(pk=generation, state=Generation.State.CURRENT)
    if in_use.exists() and _has_new(generation, changed):
        in_use.update(vocabulary_stamp=new_stamp())
    with connection.cursor() as cursor:
        cursor.executemany(
            UPSERT,
            [
                (generation, word, _written_syllables(word), telling[word], entries[word])
                for word in changed
            ],
        )


def _counted(documents: Iterable[SearchDocument]) -> tuple[Counter[str], Counter[str]]:
    """How many of the entries tell of each word, and how many hold it."""
    telling: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    for document in documents:
        described = document.normal.partition("\n")[0]
        said = said_words(set(document.words.split()))
        # The field's own words are telling wherever they stand.
        told = telling_terms(f"{document.title}\n{described}") | said & domain_words()
        telling.update(told)
        entries.update(told | said)
    return telling, entries


# word → (telling, entries)
Counts = dict[str, tuple[int, int]]


def miscounted(generation: int) -> Counts:
    """The words whose counts are not what the entries say, with what these say."""
    rows = VocabularyWord.objects.filter(generation_id=generation)
    kept = {
        word: (telling, entries)
        for word, telling, entries in rows.values_list("word", "telling", "entries")
    }
    documents = SearchDocument.objects.filter(generation_id=generation).only(*READ)
    telling, entries = _counted(documents.iterator(chunk_size=PORTION))
    said = {word: (telling[word], entries[word]) for word in telling.keys() | entries.keys()}
    return {
        word: said.get(word, (0, 0))
        for word in said.keys() | kept.keys()
        if said.get(word, (0, 0)) != kept.get(word, (0, 0))
    }


def lock(generation: int, words: Iterable[str]) -> None:
    """Holds these words' rows, in the order in which `learn` does."""
    rows = VocabularyWord.objects.filter(generation_id=generation)
    wanted = sorted(words)
    for first in range(0, len(wanted), PORTION):
        portion = rows.filter(word__in=wanted[first : first + PORTION])
        list(portion.select_for_update().order_by("word").values_list("pk", flat=True))


def correct(generation: int, counts: Counts) -> None:
    """Writes these counts in place of those that are kept."""
    VocabularyWord.objects.bulk_create(
        [
            VocabularyWord(
                generation_id=generation,
                word=word,
                syllables=_written_syllables(word),
                telling=telling,
                entries=entries,
            )
            for word, (telling, entries) in sorted(counts.items())
        ],
        batch_size=PORTION,
        update_conflicts=True,
        unique_fields=["generation", "word"],
        update_fields=["telling", "entries"],
    )
    Generation.objects.filter(pk=generation).update(vocabulary_stamp=new_stamp())


def _has_new(generation: int, words: Sequence[str]) -> bool:
    """Whether the generation does not know one of these words yet."""
    known = VocabularyWord.objects.filter(generation_id=generation)
    portions = (words[first : first + PORTION] for first in range(0, len(words), PORTION))
    return any(known.filter(word__in=portion).count() < len(portion) for portion in portions)


def _written_syllables(word: str) -> str:
    return "" if word.isascii() else " ".join(sound_of(word))


def current() -> Lexicon:
    """What queries are understood by: the product's words, the departments' and the index's."""
    global _kept
    stamp = (
        Generation.objects.filter(state=Generation.State.CURRENT)
        .values_list("pk", "vocabulary_stamp", *synonyms.stamp())
        .first()
    )
    if stamp == _kept.stamp and time.monotonic() < _kept.until:
        return _kept.lexicon
    names = _department_names()
    lexicon = _kept.lexicon
    if (stamp, names) != (_kept.stamp, _kept.names):
        lexicon = _read(stamp[0], names) if stamp else built_in()
    _kept = _Kept(stamp, names, time.monotonic() + KEPT_SECONDS, lexicon)
    return lexicon


def _read(generation: int, names: Names) -> Lexicon:
    words = {
        word.text: word
        for word in (*_small_words(), *_named(name for group in names for name in group))
    }
    rows = VocabularyWord.objects.filter(generation_id=generation, entries__gt=0)
    for text, sound, telling, entries in rows.order_by("-telling", "-entries").values_list(
        "word", "syllables", "telling", "entries"
    )[:MOST_WORDS]:
        words[text] = Word(text, tuple(sound.split()), telling, entries)
    return Lexicon(merged(synonyms.kept(), _equivalent_names(names)), Vocabulary(words.values()))


def with_synonyms(groups: Iterable[tuple[str, str]]) -> Lexicon:
    """What queries would be understood by, were these the editors' groups: to try a change."""
    names = _equivalent_names(_department_names())
    return replace(current(), equivalents=merged(equivalents_of(groups), names))


@cache
def _small_words() -> tuple[Word, ...]:
    """Words of asking, which are typed in pinyin too, whether or not an entry says them."""
    words = sorted(stop_words() | light_words())
    return tuple(Word(word, syllables(word)) for word in words if len(word) > 1)


def _named(names: Iterable[str]) -> Iterator[Word]:
    for name in names:
        if 2 <= len(name) <= LONGEST_WORD:
            yield Word(name, syllables(name), telling=1, entries=1)


def _department_names() -> Names:
    """Every way in which each department is written."""
    rows = Department.objects.values_list("name", "short_name", "local_name", "aliases")
    return tuple(
        tuple(dict.fromkeys((name, short, local, *aliases))) for name, short, local, aliases in rows
    )


def _equivalent_names(groups: Iterable[Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """A department's names find each other; what is only its subject finds nothing more."""
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        offices = [name for name in group if OFFICE.search(name)]
        for name in offices:
            found[name] = tuple(other for other in offices if other != name)
    return found
