"""The index follows the pages, whatever fails in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from wagtail.models import Page, PageViewRestriction

from home.portal.models import NewsIndexPage, NewsPage
from search.analysis.entry import SearchEntry
from search.engine import indexing
from search.engine.models import Generation, IndexMark, SearchDocument
from search.engine.services import search
from search.engine.tasks import sweep, work_off_marks
from tests.search.conftest import Commit
from tests.search.site_of_pages import publish_news

pytestmark = pytest.mark.django_db


def titles(query: str) -> list[str]:
    return [result.title for result in search(query).results]


def token_rows() -> int:
    """How many entries the engine itself holds tokens of."""
    table = "search_fts" if connection.vendor == "sqlite" else "search_searchdocument"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


def test_what_is_published_is_found_at_once(news: NewsIndexPage, committed: Commit) -> None:
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    assert titles("托管班") == ["暑期托管班开始报名"]
    assert not IndexMark.objects.filter(page_id=page.pk).exists()


def test_what_is_published_again_is_found_by_its_new_words_only(
    news: NewsIndexPage, committed: Commit
) -> None:
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    with committed():
        page.title = "图书馆开放时间"
        page.body = "<p>图书馆</p>"
        page.save_revision().publish()
    assert titles("图书馆") == ["图书馆开放时间"]
    assert titles("托管班") == []


def test_a_draft_beside_a_live_page_changes_nothing(news: NewsIndexPage, committed: Commit) -> None:
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    with committed():
        page.title = "图书馆开放时间"
        page.save_revision()
    assert titles("托管班") == ["暑期托管班开始报名"]
    assert titles("图书馆") == []


def test_a_page_made_live_without_being_published_is_found(
    news: NewsIndexPage, committed: Commit
) -> None:
    with committed():
        news.add_child(
            instance=NewsPage(
                title="直接上线的动态",
                slug="made-live",
                published_on="2025-03-01",
                body="<p>正文</p>",
            )
        )
    assert titles("直接上线") == ["直接上线的动态"]


def test_a_mark_is_written_by_the_transaction_that_publishes(news: NewsIndexPage) -> None:
    class PowerCut(Exception):
        pass

    def publish_and_die() -> None:
        with transaction.atomic():
            publish_news(news, "暑期托管班开始报名")
            assert IndexMark.objects.exists()
            raise PowerCut

    before = IndexMark.objects.count()
    with pytest.raises(PowerCut):
        publish_and_die()
    assert IndexMark.objects.count() == before


def test_a_kill_between_the_commit_and_the_work_loses_nothing(news: NewsIndexPage) -> None:
    publish_news(news, "暑期托管班开始报名")  # nothing waits for a commit here: as good as killed
    assert titles("托管班") == []
    sweep()
    assert titles("托管班") == ["暑期托管班开始报名"]
    assert not IndexMark.objects.exists()


def test_a_page_that_fails_keeps_its_mark_and_stops_no_other(
    news: NewsIndexPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = publish_news(news, "坏了的页面"), publish_news(news, "好的页面")
    answer = NewsPage.search_entries

    def entries(page: NewsPage) -> list[SearchEntry]:
        if page.pk == bad.pk:
            raise RuntimeError
        return answer(page)

    monkeypatch.setattr(NewsPage, "search_entries", entries)
    report = indexing.work_off()
    assert report.failed == 1
    assert titles("页面") == ["好的页面"]
    assert {mark.page_id for mark in IndexMark.objects.all()} == {bad.pk}
    mark = IndexMark.objects.first()
    assert mark is not None
    assert (mark.attempts, mark.last_error) == (1, "RuntimeError")
    assert mark.not_before > timezone.now()
    assert good.pk != bad.pk

    monkeypatch.undo()
    IndexMark.objects.update(not_before=timezone.now() - timedelta(seconds=1))
    assert indexing.work_off().failed == 0
    assert set(titles("页面")) == {"好的页面", "坏了的页面"}


def test_a_page_with_two_entries_of_one_key_is_refused_by_name(
    news: NewsIndexPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = publish_news(news, "两个一样的键")
    entry = SearchEntry(key="c-1", type="news", title="甲", url="/news/")
    monkeypatch.setattr(NewsPage, "search_entries", lambda self: [entry, entry])
    with pytest.raises(ValueError, match=f"Page {page.pk} "):
        indexing.index_page(page.pk)


def test_an_unpublished_page_leaves_nothing_in_the_index(
    news: NewsIndexPage, committed: Commit
) -> None:
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    with committed():
        page.unpublish()
    assert not SearchDocument.objects.filter(page_id=page.pk).exists()
    assert token_rows() == 0


def test_a_deleted_page_takes_its_entries_and_tokens_along(
    news: NewsIndexPage, committed: Commit
) -> None:
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    assert token_rows() == 1
    with committed():
        NewsPage.objects.get(pk=page.pk).delete()
    assert titles("托管班") == []
    assert token_rows() == 0
    assert not IndexMark.objects.filter(page_id=page.pk).exists()


def test_entries_removed_by_the_database_alone_take_their_tokens_along(
    news: NewsIndexPage, committed: Commit
) -> None:
    with committed():
        publish_news(news, "暑期托管班开始报名")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM search_searchdocument")
    assert token_rows() == 0


def test_addresses_follow_a_section_that_is_renamed(news: NewsIndexPage, committed: Commit) -> None:
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    with committed():
        news.slug = "updates"
        news.save_revision().publish()
    assert [result.url for result in search("托管班").results] == [f"/updates/{page.slug}/"]


def test_the_mark_of_a_rename_is_written_before_the_commit(
    news: NewsIndexPage, committed: Commit
) -> None:
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    news.slug = "updates"
    news.save_revision().publish()
    assert IndexMark.objects.filter(page_id=page.pk, reason="renamed").exists()


def test_addresses_follow_a_page_that_is_moved(news: NewsIndexPage, committed: Commit) -> None:
    home = news.get_parent()
    other = home.add_child(instance=NewsIndexPage(title="通知公告", slug="notices"))
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    with committed():
        page.move(other, pos="last-child")
    assert [result.url for result in search("托管班").results] == [f"/notices/{page.slug}/"]


def test_private_text_leaves_the_index(news: NewsIndexPage, committed: Commit) -> None:
    with committed():
        page = publish_news(news, "暑期托管班开始报名")
    with committed():
        restriction = PageViewRestriction.objects.create(page=news, restriction_type="login")
    assert not SearchDocument.objects.filter(page_id=page.pk).exists()
    with committed():
        restriction.delete()
    assert titles("托管班") == ["暑期托管班开始报名"]


def test_many_marks_of_one_transaction_are_left_to_the_worker(
    news: NewsIndexPage, committed: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "AT_ONCE", 2)
    pages = [publish_news(news, f"第{number}则动态") for number in range(5)]
    IndexMark.objects.all().delete()
    with committed():
        indexing.mark([page.pk for page in pages], "published")
    assert IndexMark.objects.count() == 3
    work_off_marks()
    assert search("动态").total == 5


def test_a_broker_that_is_down_stops_no_publishing(
    news: NewsIndexPage, committed: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(indexing, "AT_ONCE", 0)
    monkeypatch.setattr(work_off_marks, "apply_async", refuse)
    with committed():
        publish_news(news, "暑期托管班开始报名")
    assert IndexMark.objects.exists()
    sweep()
    assert titles("托管班") == ["暑期托管班开始报名"]


def test_nul_and_lone_surrogates_in_a_text_do_not_stop_the_index(
    news: NewsIndexPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = publish_news(news, "坏字符")
    entry = SearchEntry(
        key="", type="news", title="公租\x00房", url="/news/", body="租\ud83d金", number="\x00"
    )
    monkeypatch.setattr(NewsPage, "search_entries", lambda self: [entry])
    indexing.index_page(page.pk)
    assert titles("公租房") == ["公租房"]


def test_a_text_without_end_is_found_by_its_beginning(
    news: NewsIndexPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = publish_news(news, "长文")
    body = "开头的康乃馨" + "".join(chr(0x4E00 + i * 7 % 20_000) for i in range(400_000))
    entry = SearchEntry(key="", type="news", title="长文", url="/news/", body=body)
    monkeypatch.setattr(NewsPage, "search_entries", lambda self: [entry])
    indexing.index_page(page.pk)
    assert titles("康乃馨") == ["长文"]


class TestRebuild:
    @pytest.fixture(autouse=True)
    def _a_page_at_a_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Inside a portion nothing can change: what happens meanwhile happens between two."""
        monkeypatch.setattr(indexing, "REBUILT_AT_ONCE", 1)

    def test_the_index_is_whole_again_after_it_was_lost(self, news: NewsIndexPage) -> None:
        publish_news(news, "暑期托管班开始报名")
        SearchDocument.objects.all().delete()
        call_command("rebuild_index", verbosity=0)
        assert titles("托管班") == ["暑期托管班开始报名"]
        assert Generation.objects.count() == 1
        assert token_rows() == SearchDocument.objects.count()

    def test_searches_meanwhile_see_the_whole_old_index(
        self, news: NewsIndexPage, committed: Commit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with committed():
            for number in range(3):
                publish_news(news, f"第{number}则动态")
        seen: list[int] = []
        answer = NewsPage.search_entries

        def entries(page: NewsPage) -> list[SearchEntry]:
            seen.append(search("动态").total)
            return answer(page)

        monkeypatch.setattr(NewsPage, "search_entries", entries)
        indexing.rebuild()
        assert seen == [3, 3, 3]
        assert search("动态").total == 3

    def test_what_is_published_meanwhile_is_in_both(
        self, news: NewsIndexPage, committed: Commit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with committed():
            first = publish_news(news, "第一则动态")
            publish_news(news, "第二则动态")
        answer = NewsPage.search_entries
        edited: list[int] = []

        def entries(page: NewsPage) -> list[SearchEntry]:
            if page.pk != first.pk and not edited:
                edited.append(page.pk)
                first.title = "改过的消息"
                first.body = "<p>消息</p>"
                first.save_revision().publish()
                indexing.work_off()
                assert titles("改过的消息") == ["改过的消息"]
            return answer(page)

        monkeypatch.setattr(NewsPage, "search_entries", entries)
        indexing.rebuild()
        assert edited
        assert titles("改过的消息") == ["改过的消息"]
        assert titles("第一则") == []

    def test_a_page_made_private_meanwhile_is_never_shown(
        self, news: NewsIndexPage, committed: Commit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with committed():
            first = publish_news(news, "第一则动态")
            publish_news(news, "第二则动态")
        answer = NewsPage.search_entries

        def entries(page: NewsPage) -> list[SearchEntry]:
            if page.pk != first.pk:
                PageViewRestriction.objects.get_or_create(page=first, restriction_type="login")
                assert titles("动态") == ["第二则动态"]
            return answer(page)

        monkeypatch.setattr(NewsPage, "search_entries", entries)
        indexing.rebuild()
        assert titles("动态") == ["第二则动态"]

    def test_one_that_was_killed_is_begun_anew(self, news: NewsIndexPage) -> None:
        publish_news(news, "暑期托管班开始报名")
        Generation.objects.create(state=Generation.State.BUILDING)
        indexing.rebuild()
        assert titles("托管班") == ["暑期托管班开始报名"]
        assert [one.state for one in Generation.objects.all()] == [Generation.State.CURRENT]

    def test_one_that_is_overtaken_stops_and_the_other_stands(
        self, news: NewsIndexPage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publish_news(news, "第一则动态")
        publish_news(news, "第二则动态")
        write_portion = indexing._rebuild_portion
        portions: list[int] = []

        def overtaken(building: Generation, pages: list[int], *, waiting: bool) -> Any:
            portions.append(building.pk)
            if len(portions) == 4:
                indexing.rebuild()  # as if by another process, between two pages
            return write_portion(building, pages, waiting=waiting)

        monkeypatch.setattr(indexing, "_rebuild_portion", overtaken)
        with pytest.raises(indexing.RebuildOvertaken):
            indexing.rebuild()
        assert search("动态").total == 2
        assert token_rows() == SearchDocument.objects.count()

    def test_wagtails_own_root_and_silent_pages_are_not_in_the_index(
        self, news: NewsIndexPage
    ) -> None:
        indexing.rebuild()
        assert Page.objects.count() == 3
        assert not SearchDocument.objects.exists()
