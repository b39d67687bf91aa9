"""How good the answers to the development set are (tests/search/relevance/README.md).

Prints the table; what must hold is the same on every engine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from search.analysis.lexicon import built_in
from search.analysis.words import domain_words, equivalents, is_word
from search.engine.engines import elasticsearch, is_mirrored
from search.engine.models import Generation, SearchDocument
from search.engine.services import search
from tests.search.relevance import content, measure
from tests.search.relevance.measure import Answers

pytestmark = pytest.mark.django_db

QUALITY = 0.85
# The same for the half that no rule was made with: otherwise rules only learn it by heart.
HELD_OUT_QUALITY = 0.85
EVERY_KIND = 0.75
WITHOUT_RESULT = 0.015
FALSE_RESULTS = 1 / 7


@pytest.fixture(scope="module")
def relevance_site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo's content and the pages of the development set, indexed once."""
    with django_db_blocker.unblock(), transaction.atomic():
        content.publish()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def answers(relevance_site: None, django_db_blocker: DjangoDbBlocker) -> Answers:
    with django_db_blocker.unblock():
        return measure.run(measure.queries(), search)


def test_the_answers_are_good(answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{measure.table(answers)}")
    assert answers.mean >= QUALITY
    assert answers.of_half("held-out").mean >= HELD_OUT_QUALITY


def test_elasticsearch_gave_the_answers_where_there_is_one(answers: Answers) -> None:
    if is_mirrored():
        index = Generation.objects.get(state=Generation.State.CURRENT).mirror.name
        searched = elasticsearch.client().indices.stats(index=index, metric="search")
        assert searched["_all"]["total"]["search"]["query_total"] >= len(answers.ndcg)


@pytest.mark.parametrize("kind", [kind for kind in measure.KINDS if kind != "nothing to find"])
def test_no_kind_of_query_is_left_behind(answers: Answers, kind: str) -> None:
    assert answers.of_kind(kind).mean >= EVERY_KIND


def test_what_can_be_answered_is_answered(answers: Answers) -> None:
    assert len(answers.without_result) <= WITHOUT_RESULT * len(answers.ndcg), answers.without_result


def test_what_cannot_be_answered_finds_nothing(answers: Answers) -> None:
    assert len(answers.false_results) <= FALSE_RESULTS * answers.unanswerable, answers.false_results


def test_the_set_has_enough_queries_of_every_kind() -> None:
    kinds = Counter(query.kind for query in measure.queries())
    assert set(kinds) == set(measure.KINDS)
    assert min(kinds.values()) >= 10
    assert kinds.total() >= 160
    assert len({query.query for query in measure.queries()}) == kinds.total()


@pytest.mark.usefixtures("relevance_site")
def test_every_grade_is_of_an_entry_that_is_there() -> None:
    there = {measure.entry(url) for url in SearchDocument.objects.values_list("url", flat=True)}
    graded = {one for query in measure.queries() for one in query.grades}
    assert graded <= there
    assert all(set(query.grades.values()) <= {1, 2, 3} for query in measure.queries())


def test_no_query_of_the_set_is_a_rule_of_the_product() -> None:
    """A whole query in the list of equivalents would be an answer learnt by heart."""
    unusual = {"typing error", "homophone", "pinyin", "initials", "long question"}
    asked = {query.query for query in measure.queries() if query.kind in unusual}
    assert not asked & set(built_in().equivalents)
    assert not asked & domain_words()


def test_what_stands_for_a_word_is_a_word_that_documents_have() -> None:
    folder = Path(content.demo.CONTENT)
    texts = "".join(
        (folder / name).read_text("utf-8")
        for name in ("action-plan.txt", "services_from_plan.csv", "interpretations.json")
    )
    departments = Path("home/directory/data/departments.json").read_text("utf-8")
    strange = {
        other
        for others in equivalents().values()
        for other in others
        if other not in texts and other not in departments and not is_word(other)
    }
    assert not strange


def test_there_are_enough_groups_of_equivalents() -> None:
    lines = Path("search/analysis/equivalents.txt").read_text("utf-8").splitlines()
    groups = [line for line in lines if re.match(r"[^#\s]", line)]
    assert len(groups) >= 400
