"""What editors keep for the search, and what they are told of it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry, PageViewRestriction

from home.directory.models import User
from home.pages.review import drafts
from home.portal.models import NewsIndexPage
from search.analysis.words import built_in_groups, equivalents
from search.engine import query_log, reference, synonyms, vocabulary
from search.engine.models import PromotedResult, QueryCount, SynonymGroup
from search.engine.services import search
from tests.search import site_of_pages
from tests.search.conftest import Commit

pytestmark = pytest.mark.django_db


@pytest.fixture
def bicycles(news: NewsIndexPage, committed: Commit) -> NewsIndexPage:
    with committed():
        site_of_pages.publish_news(news, "骑行安全须知（测试）", "请佩戴头盔")
        site_of_pages.publish_news(news, "图书角开放（测试）", "欢迎借阅")
    return news


def found(query: str) -> list[str]:
    return [one.title for one in search(query).results]


class TestSynonyms:
    def test_the_products_list_is_loaded_and_says_what_it_said(self) -> None:
        reference.load()
        assert SynonymGroup.objects.count() == len(built_in_groups()) >= 400
        assert synonyms.kept() == equivalents()

    def test_loading_again_changes_nothing(self) -> None:
        reference.load()
        before = list(SynonymGroup.objects.values())
        assert reference.load() == ""
        assert list(SynonymGroup.objects.values()) == before

    def test_what_editors_changed_outlives_a_new_version(self) -> None:
        reference.load()
        first, second, *_ = SynonymGroup.objects.all()
        SynonymGroup.objects.filter(pk=first.pk).update(active=False)
        second.said += " 小可爱"
        second.save()
        reference.load()
        first.refresh_from_db()
        assert not first.active
        assert "小可爱" in synonyms.kept()
        assert SynonymGroup.objects.count() == len(built_in_groups())

    def test_what_the_product_drops_goes_unless_editors_changed_it(self) -> None:
        reference.load()
        for line, written in (("旧词 > 老词", "老词"), ("旧词 > 陈词", "改过的")):
            SynonymGroup.objects.create(
                said="旧词", written=written, built_in_as=line, source="built-in"
            )
        reference.load()
        kept = SynonymGroup.objects.get(said="旧词")
        assert (kept.written, kept.source, kept.built_in_as) == ("改过的", "editor", "")

    @pytest.mark.usefixtures("bicycles")
    def test_a_new_group_is_searched_by_at_once_and_no_longer_when_switched_off(self) -> None:
        reference.load()
        assert "骑行安全须知（测试）" not in found("脚踏车")
        group = SynonymGroup.objects.create(said="脚踏车", written="骑行")
        assert found("脚踏车")[0] == "骑行安全须知（测试）"
        group.active = False
        group.save()
        assert "骑行安全须知（测试）" not in found("脚踏车")
        group.active = True
        group.save()
        assert found("脚踏车")
        group.delete()
        assert "骑行安全须知（测试）" not in found("脚踏车")

    def test_unchanged_words_are_not_read_again(self) -> None:
        assert vocabulary.current() is vocabulary.current()

    @pytest.mark.parametrize(
        ("said", "written", "field"),
        [("", "入学", "said"), ("上学", "", "written"), ("上学", "上学", "written"),
         ("字" * 21, "入学", "said"), ("上学 ！！", "入学", "said"),
         (" ".join(f"词{n}" for n in range(41)), "入学", "said")],
    )  # fmt: skip
    def test_a_group_that_says_nothing_is_refused_at_its_field(
        self, said: str, written: str, field: str
    ) -> None:
        with pytest.raises(ValidationError) as refused:
            SynonymGroup(said=said, written=written).full_clean()
        assert field in refused.value.message_dict

    def test_words_are_kept_as_the_search_reads_them(self) -> None:
        group = SynonymGroup(said="隨遷子女、外来娃，外来娃", written="ＡＢＣ")
        group.full_clean()
        assert (group.said, group.written) == ("随迁子女 外来娃", "abc")

    @pytest.mark.usefixtures("bicycles")
    def test_an_editor_adds_a_group_and_tries_it_first(self, editor: Client) -> None:
        reference.load()
        address = f"/admin/search/try/?query={quote('脚踏车')}"
        words = f"&said={quote('脚踏车')}&written={quote('骑行')}&group="
        tried = editor.get(address + words)
        assert tried.status_code == 200
        assert "新找到" in tried.content.decode()
        assert not SynonymGroup.objects.filter(said="脚踏车").exists()
        editor.post(
            "/admin/search/synonyms/new/", {"said": "脚踏车", "written": "骑行", "active": "on"}
        )
        group = SynonymGroup.objects.get(said="脚踏车")
        assert group.source == "editor"
        named = editor.get(f"/admin/search/try/?group={group.pk}").content.decode()
        assert 'value="骑行"' in named
        assert "骑行" in editor.get("/admin/search/synonyms/?q=脚踏").content.decode()

    def test_a_group_sent_twice_is_kept_once(self, editor: Client) -> None:
        typed = {"said": "脚踏车 单车", "written": "自行车", "active": "on"}
        assert editor.post("/admin/search/synonyms/new/", typed).status_code == 302
        again = editor.post("/admin/search/synonyms/new/", typed | {"said": "脚踏车，单车"})
        assert "已经有同样的一组同义词" in again.content.decode()
        group = SynonymGroup.objects.get(written="自行车")
        saved = editor.post(f"/admin/search/synonyms/edit/{group.pk}/", typed | {"note": "试"})
        assert saved.status_code == 302

    @pytest.mark.parametrize(
        "asked", ["", "?query=", "?query=%00", "?group=x&query=a", "?group=99999999999999999999",
                  "?query=%22&said=%22&written=(", "?query=" + "a" * 300]
    )  # fmt: skip
    def test_the_box_takes_anything(self, editor: Client, asked: str) -> None:
        assert editor.get("/admin/search/try/" + asked).status_code == 200

    def test_a_built_in_group_is_switched_off_not_deleted(self, editor: Client) -> None:
        reference.load()
        group = SynonymGroup.objects.first()
        assert group
        answer = editor.post(f"/admin/search/synonyms/delete/{group.pk}/", follow=True)
        assert "不能删除" in answer.content.decode()
        assert SynonymGroup.objects.filter(pk=group.pk).exists()


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "counted"),
        [
            ("公租房", "公租房"),
            ("  隨遷子女  入學 ", "随迁子女 入学"),
            ("低保 13812345678", "低保"),
            ("低保 138 1234 5678", "低保"),
            ("024-86881234 投诉", "投诉"),
            ("21010220150101123X", ""),
            ("210102 20150101 123x 学籍", "学籍"),
            ("辽民发〔2025〕10号", "辽民发(2025)10号"),
            ("王小明入学", ""),
            ("someone@example.org", ""),
            ("？！", ""),
            ("我家孩子上学" * 8, ""),
        ],
    )
    def test_what_may_tell_of_a_person_is_not_counted(self, query: str, counted: str) -> None:
        assert query_log.countable(query) == counted

    def test_the_results_page_counts_each_question_once(self, client: Client) -> None:
        for address in (
            "?q=公租房",
            "?q=公租房",
            "?q=公租房&page=2",
            "?q=公租房&type=policy",
            "?q=",
        ):
            client.get(f"/search/{address}")
        row = QueryCount.objects.get()
        assert (row.query, row.times, row.found) == ("公租房", 2, 0)
        assert row.day == timezone.localdate()

    def test_rare_ones_are_forgotten_after_a_month(self) -> None:
        old = timezone.localdate() - timedelta(days=query_log.KEPT_DAYS + 1)
        QueryCount.objects.create(day=old, query="罕见", times=2)
        QueryCount.objects.create(day=old, query="常见", times=2)
        QueryCount.objects.create(day=timezone.localdate(), query="常见", times=1)
        QueryCount.objects.create(day=timezone.localdate(), query="新词", times=1)
        assert query_log.forget_rare() == 1
        assert set(QueryCount.objects.values_list("query", flat=True)) == {"常见", "新词"}

    def test_editors_see_what_was_asked_and_what_found_nothing(self, editor: Client) -> None:
        today = timezone.localdate()
        for days, query, times, hits in (
            (0, "公租房", 3, 9),
            (1, "公租房", 4, 8),
            (0, "飞船", 5, 0),
        ):
            QueryCount.objects.create(
                day=today - timedelta(days=days), query=query, times=times, found=hits
            )
        page = editor.get("/admin/search/queries/").content.decode()
        assert page.index("公租房") < page.index("飞船")
        assert "7" in page
        nothing = editor.get("/admin/search/queries/?answered=no").content.decode()
        assert "飞船" in nothing
        assert "公租房" not in nothing
        exported = editor.get(f"/admin/search/queries/?export=csv&day_from={today}")
        rows = b"".join(exported.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        assert rows[0].lstrip("\ufeff").split(",")[:2] == ["搜索词", "次数"]
        assert rows[1].startswith("飞船,5")
        assert rows[2].startswith("公租房,3")


class TestPromoted:
    @pytest.fixture
    def page(self, bicycles: NewsIndexPage) -> object:
        return bicycles.get_children().first()

    def test_it_stands_first_however_the_query_is_spelt(self, client: Client, page: object) -> None:
        PromotedResult.objects.create(query="安全 头盔", page=page)
        for spelt in ("安全 头盔", "安全头盔", "安全頭盔。"):
            text = client.get("/search/", {"q": spelt}).content.decode()
            assert text.index("编辑推荐") < text.index("骑行安全须知（测试）") or "编辑推荐" in text
        assert "编辑推荐" not in client.get("/search/", {"q": "头盔"}).content.decode()
        assert (
            "编辑推荐"
            not in client.get("/search/", {"q": "安全头盔", "type": "news"}).content.decode()
        )

    def test_it_shows_no_page_that_is_not_public(self, client: Client, page: object) -> None:
        PromotedResult.objects.create(query="头盔", page=page)
        restriction = PageViewRestriction.objects.create(page=page, restriction_type="login")
        assert "编辑推荐" not in client.get("/search/", {"q": "头盔"}).content.decode()
        restriction.delete()
        assert "编辑推荐" in client.get("/search/", {"q": "头盔"}).content.decode()
        page.unpublish()  # type: ignore[attr-defined]
        assert "编辑推荐" not in client.get("/search/", {"q": "头盔"}).content.decode()

    def test_an_editor_recommends_a_page_once(self, editor: Client, page: object) -> None:
        typed = {"query": "头盔", "page": page.pk, "sort_order": 1, "active": "on"}  # type: ignore[attr-defined]
        assert editor.post("/admin/search/promoted/new/", typed).status_code == 302
        again = editor.post("/admin/search/promoted/new/", typed | {"query": "头盔！"})
        assert "这个词已经推荐了这个页面" in again.content.decode()
        empty = editor.post("/admin/search/promoted/new/", typed | {"query": "！"})
        assert "请写出要搜索的词" in empty.content.decode()
        assert PromotedResult.objects.count() == 1

    def test_a_page_whose_draft_is_for_others_is_named_nowhere(
        self, editor: Client, news: NewsIndexPage
    ) -> None:
        writer = User.objects.create_user("writer", "", "a-long-password-92")
        page = site_of_pages.publish_news(news, "还不能让人知道的标题", "正文")
        page.unpublish()
        drafts.restrict(page, [], writer)
        row = PromotedResult.objects.create(query="头盔", page=page)
        of_row = [f"{name}/{row.pk}/" for name in ("edit", "delete", "history", "usage")]
        addresses = ["", "?q=还不能", *of_row]
        for address in addresses:
            body = editor.get(f"/admin/search/promoted/{address}").content.decode()
            assert "让人知道的标题" not in body, address
        editor.post(f"/admin/search/promoted/delete/{row.pk}/")
        entry = ModelLogEntry.objects.get(action="wagtail.delete")
        assert entry.label == "头盔"
