"""The words of the index are kept with it, and every process notices new ones."""

from __future__ import annotations

import pytest

from home.directory.models import Department
from home.portal.models import NewsIndexPage
from search.engine import indexing, vocabulary
from search.engine.models import Generation, VocabularyWord
from search.engine.services import search
from tests.search.conftest import Commit
from tests.search.site_of_pages import publish_news

pytestmark = pytest.mark.django_db


def counts(word: str) -> tuple[int, int] | None:
    rows = VocabularyWord.objects.filter(
        word=word, generation__state=Generation.State.CURRENT, entries__gt=0
    )
    return rows.values_list("telling", "entries").first()


def test_publishing_teaches_words_and_withdrawing_takes_them_off(
    news: NewsIndexPage, committed: Commit
) -> None:
    with committed():
        page = publish_news(news, "积分落户名单", "居住证满三年")
    assert counts("积分落户") == (1, 1)
    assert counts("名单") == (1, 1)
    assert counts("居住证") == (1, 1)
    assert counts("三年") == (0, 1)
    with committed():
        publish_news(news, "积分落户问答")
    assert counts("积分落户") == (2, 2)
    with committed():
        page.unpublish()
    assert counts("积分落户") == (1, 1)
    assert counts("名单") is None


def test_publishing_again_changes_nothing_that_stayed(
    news: NewsIndexPage, committed: Commit
) -> None:
    with committed():
        page = publish_news(news, "积分落户名单")
    stamp = Generation.objects.get(state=Generation.State.CURRENT).vocabulary_stamp
    with committed():
        page.save_revision().publish()
    assert counts("积分落户") == (1, 1)
    assert Generation.objects.get(state=Generation.State.CURRENT).vocabulary_stamp == stamp


def test_a_rebuild_counts_anew(news: NewsIndexPage) -> None:
    publish_news(news, "积分落户名单")
    indexing.work_off()
    VocabularyWord.objects.filter(word="积分落户").update(entries=99)
    indexing.rebuild()
    assert counts("积分落户") == (1, 1)
    assert VocabularyWord.objects.filter(word="积分落户").count() == 1


def test_a_new_word_is_understood_by_the_next_search(
    news: NewsIndexPage, committed: Commit
) -> None:
    assert search("jifenluohu").total == 0
    with committed():
        publish_news(news, "积分落户名单")
    found = search("jifenluohu")
    assert [result.title for result in found.results] == ["积分落户名单"]
    assert found.did_you_mean == "积分落户"
    assert any(segment.hit for segment in found.results[0].heading)


def test_an_unchanged_vocabulary_costs_one_small_query(
    news: NewsIndexPage, django_assert_num_queries: object
) -> None:
    vocabulary.current()
    with django_assert_num_queries(1):  # type: ignore[operator]
        vocabulary.current()


def test_an_error_is_offered_as_it_was_read(news: NewsIndexPage) -> None:
    publish_news(news, "居住证办理须知")
    indexing.work_off()
    assert search("居住正办理").did_you_mean == "居住证办理"
    assert search("居住证办理").did_you_mean == ""


def test_no_word_of_a_hidden_page_is_told(news: NewsIndexPage) -> None:
    """Its words are still in the vocabulary until its mark is worked off."""
    page = publish_news(news, "积分落户名单")
    publish_news(news, "居住证办理须知")
    indexing.work_off()
    page.__class__.objects.filter(pk=page.pk).update(live=False)
    for query in ("jifenluohu", "积分洛户", "jflh", "jifenluohu juzhuzheng"):
        found = search(query)
        assert "积分落户" not in found.did_you_mean
        assert "落户" not in "".join(result.title for result in found.results)


def test_the_names_of_a_department_find_each_other(news: NewsIndexPage) -> None:
    Department.objects.create(
        code="housing",
        name="某省住房城乡建设厅",
        short_name="住房城乡建设",
        local_name="住房城乡建设局",
        aliases=["住建局", "住房城乡建设部门"],
    )
    publish_news(news, "租金由住房城乡建设部门公布")
    publish_news(news, "城乡居民参保")
    indexing.work_off()
    assert [result.title for result in search("住建局").results] == ["租金由住房城乡建设部门公布"]
    assert [result.title for result in search("zhujianju").results] == [
        "租金由住房城乡建设部门公布"
    ]


def test_a_search_that_puts_an_error_right_costs_one_statement_more(
    news: NewsIndexPage, django_assert_num_queries: object
) -> None:
    publish_news(news, "居住证办理须知")
    indexing.work_off()
    vocabulary.current()
    with django_assert_num_queries(9):  # type: ignore[operator]
        search("居住正办理")
