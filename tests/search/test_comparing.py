"""The nightly comparison finds what no mark told of, mends it, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from home.portal.models import NewsIndexPage, NewsPage
from search.engine import comparing, indexing
from search.engine.models import (
    Generation,
    IndexComparison,
    IndexMark,
    SearchDocument,
    VocabularyWord,
)
from search.engine.services import search
from search.engine.tasks import compare_with_pages, sweep
from tests.search.conftest import Commit
from tests.search.site_of_pages import publish_news

pytestmark = pytest.mark.django_db


def titles(query: str) -> list[str]:
    return [result.title for result in search(query).results]


@pytest.fixture
def page(news: NewsIndexPage, committed: Commit) -> NewsPage:
    with committed():
        publish_news(news, "图书馆开放时间")
    with committed():
        return publish_news(news, "暑期托管班开始报名", "请带户口簿")


def compared() -> IndexComparison:
    found = comparing.compare()
    assert found is not None
    return found


@pytest.mark.usefixtures("page")
def test_a_true_index_is_left_as_it_is() -> None:
    before = list(SearchDocument.objects.order_by("pk").values())
    found = compared()
    assert (found.mended, found.lost, found.words) == (0, 0, 0)
    assert found.pages >= 4
    assert not found.is_drift
    assert list(SearchDocument.objects.order_by("pk").values()) == before


def test_an_entry_that_was_lost_is_found_again(page: NewsPage) -> None:
    SearchDocument.objects.filter(page_id=page.pk).delete()
    assert titles("托管班") == []
    assert compared().mended == 1
    assert titles("托管班") == ["暑期托管班开始报名"]
    assert not compared().is_drift


def test_an_entry_that_says_something_else_than_its_page_is_written_anew(page: NewsPage) -> None:
    SearchDocument.objects.filter(page_id=page.pk).update(title="不是这个标题")
    assert compared().mended == 1
    assert titles("托管班") == ["暑期托管班开始报名"]


def test_an_entry_whose_tokens_were_lost_is_written_anew(page: NewsPage) -> None:
    [entry] = SearchDocument.objects.filter(page_id=page.pk)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM search_fts WHERE rowid = %s", [entry.pk])
        else:
            cursor.execute(
                "UPDATE search_searchdocument SET vector = NULL WHERE id = %s", [entry.pk]
            )
    assert compared().mended == 1
    assert titles("托管班") == ["暑期托管班开始报名"]


def test_an_entry_of_a_page_that_is_not_public_is_removed(page: NewsPage) -> None:
    NewsPage.objects.filter(pk=page.pk).update(live=False)
    assert compared().mended == 1
    assert not SearchDocument.objects.filter(page_id=page.pk).exists()


def test_what_waits_for_its_mark_is_no_drift(page: NewsPage) -> None:
    SearchDocument.objects.filter(page_id=page.pk).update(title="不是这个标题")
    IndexMark.objects.create(page_id=page.pk, reason="published")
    assert not compared().is_drift


def test_words_of_a_page_that_was_deleted_outright_are_counted_off(page: NewsPage) -> None:
    counted = VocabularyWord.objects.filter(entries__gt=0)
    before = counted.count()
    SearchDocument.objects.filter(page_id=page.pk).delete()
    NewsPage.objects.filter(pk=page.pk).update(live=False)
    found = compared()
    assert found.words > 0
    assert not found.is_drift
    assert 0 < counted.count() < before
    assert compared().words == 0


def test_tokens_that_no_entry_is_behind_are_removed(page: NewsPage) -> None:
    has_rows_of_its_own = connection.vendor == "sqlite"
    if has_rows_of_its_own:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO search_fts(rowid, title_words) VALUES (987654321, '托管班')"
            )
    assert compared().lost == int(has_rows_of_its_own)
    assert compared().lost == 0
    assert titles("托管班") == [page.title]


def test_an_index_of_an_older_version_is_not_compared_but_built_anew(page: NewsPage) -> None:
    Generation.objects.update(analysis=0)
    assert comparing.compare() is None
    sweep()
    assert not indexing.is_stale()
    assert titles("托管班") == [page.title]


def test_a_rebuild_that_is_alive_is_not_overtaken_by_the_next_sweep(page: NewsPage) -> None:
    Generation.objects.update(analysis=0)
    building = Generation.objects.create(state=Generation.State.BUILDING)
    sweep()
    assert Generation.objects.filter(pk=building.pk).exists()
    assert indexing.is_stale()
    building.progressed_at = timezone.now() - indexing.STANDING_STILL - timedelta(seconds=1)
    building.save()
    sweep()
    assert not Generation.objects.filter(pk=building.pk).exists()
    assert not indexing.is_stale()
    assert titles("托管班") == [page.title]


def test_who_looks_after_the_search_is_told(
    page: NewsPage,
    caplog: pytest.LogCaptureFixture,
    admin_client: Client,
) -> None:
    SearchDocument.objects.filter(page_id=page.pk).delete()
    compare_with_pages()
    assert "1 of" in caplog.text
    assert page.title not in caplog.text
    assert "检索索引核对" in admin_client.get("/admin/").content.decode()
    compare_with_pages()
    assert "检索索引核对" not in admin_client.get("/admin/").content.decode()


def test_only_the_last_comparisons_are_kept() -> None:
    IndexComparison.objects.bulk_create(
        IndexComparison(pages=1, mended=0, lost=0, words=0) for _ in range(comparing.KEPT + 5)
    )
    indexing.rebuild()
    newest = compared()
    assert IndexComparison.objects.count() == comparing.KEPT
    assert IndexComparison.objects.filter(pk=newest.pk).exists()
