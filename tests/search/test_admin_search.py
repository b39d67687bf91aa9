"""What editors look up in the admin: listings and choosers, on the database the tests run on."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from modelsearch.query import MATCH_ALL, And, Boost, Not, Or, Phrase, PlainText
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page
from wagtail.search.backends import get_search_backend
from wagtail.search.models import IndexEntry

from home.directory.models import User
from home.pages.models import Document
from home.policies.models import PolicyIndexPage, PolicyPage
from home.portal.models import HomePage, NewsIndexPage, NewsPage
from tests.search import site_of_pages

pytestmark = pytest.mark.django_db

TITLES = (
    "流动儿童关爱保护行动方案",
    "随迁子女义务教育入学指南",
    "沈阳市举办“童心同行”夏令营",
    "Parent guide 2025 for schools",
    "儿童",
    "让孩子们深入学习防溺水知识",
)


@pytest.fixture
def section(news: NewsIndexPage) -> NewsIndexPage:
    for title in TITLES:
        site_of_pages.publish_news(news, title, live=True)
    return news


@pytest.fixture
def policy(news: NewsIndexPage) -> PolicyPage:
    home = HomePage.objects.get()
    index = home.add_child(instance=PolicyIndexPage(title="政策文件", slug="policies"))
    page = PolicyPage(
        title="关于印发行动方案的通知（测试）",
        slug="lmf-2025-10",
        document_number="辽民发〔2025〕10号",
    )
    index.add_child(instance=page)
    return page


def titles(results: object) -> list[str]:
    return [str(one.title) for one in results]  # type: ignore[attr-defined]


def found(typed: str) -> list[str]:
    return titles(Page.objects.autocomplete(typed))


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("随迁子女义务", TITLES[1]),
        ("义务教育", TITLES[1]),
        ("教育入", TITLES[1]),
        ("入学指南", TITLES[1]),
        ("指", TITLES[1]),
        ("隨遷子女", TITLES[1]),
        ("随迁 指南", TITLES[1]),
        ("流动儿童行动方案", TITLES[0]),
        ("童心同行夏令营", TITLES[2]),
        ("par", TITLES[3]),
        ("guide 20", TITLES[3]),
        ("ＰＡＲＥＮＴ", TITLES[3]),
    ],
)
@pytest.mark.usefixtures("section")
def test_a_part_of_a_title_finds_the_page(typed: str, title: str) -> None:
    assert found(typed) == [title]
    assert title in titles(Page.objects.search(typed)) or typed in {"par", "guide 20"}


@pytest.mark.parametrize(
    "typed",
    ["辽民发〔2025〕10号", "辽民发2025 10号", "民发（2025）10", "辽民发", "辽民发〔2025〕1"],
)
def test_a_document_number_finds_its_policy_however_it_is_written(
    policy: PolicyPage, typed: str
) -> None:
    assert found(typed) == [policy.title]


def test_another_document_number_does_not(policy: PolicyPage) -> None:
    assert found("辽民发〔2024〕10号") == []
    assert titles(Page.objects.search("辽民发〔2025〕1号")) == []


@pytest.mark.usefixtures("section")
def test_the_page_that_is_nothing_but_the_word_comes_first() -> None:
    assert found("儿童")[0] == "儿童"
    assert titles(Page.objects.search("儿童"))[0] == "儿童"
    assert set(found("儿童")) == {"儿童", TITLES[0]}


def test_what_is_typed_in_full_comes_before_what_begins_with_it(news: NewsIndexPage) -> None:
    for number in (77, 7, 70):
        site_of_pages.publish_news(news, f"简报第{number}期（测试）", live=True)
    assert found("简报 7") == ["简报第7期（测试）", *found("简报 7")[1:]]
    assert len(found("简报 7")) == 3


@pytest.mark.usefixtures("section")
def test_the_body_is_searched_below_the_title(news: NewsIndexPage) -> None:
    site_of_pages.publish_news(news, "通知一则", "防溺水 防溺水 防溺水", live=True)
    assert titles(Page.objects.search("防溺水"))[0] == TITLES[5]


@pytest.mark.parametrize(
    "typed",
    ['"', 'a"b', "'", "\\", "\x00", "流动\x00儿童", "   ", "AND OR NOT (", "*", "(", ")", "-", ":",
     "title:儿童", "NEAR(儿童)", "'流动' & !", "‮", "😀", "¦", "a" * 255, "儿" * 255, "\ud800", "%s",
     "{title}", "1e5", "0x1f", "儿童*", "^儿童"],
)  # fmt: skip
@pytest.mark.usefixtures("section")
def test_nothing_that_can_be_typed_breaks_a_search(typed: str) -> None:
    for results in (Page.objects.search(typed), Page.objects.autocomplete(typed)):
        assert len(list(results)) == results.count()
    list(Page.objects.search(Phrase(typed)))
    list(Page.objects.search(typed, operator="or"))


@pytest.mark.usefixtures("section")
def test_or_takes_any_word_and_and_takes_all() -> None:
    assert len(Page.objects.search("流动 夏令营")) == 0
    assert len(Page.objects.search("流动 夏令营", operator="or")) == 2


@pytest.mark.usefixtures("section")
def test_queries_can_be_put_together() -> None:
    children, moving = PlainText("儿童"), PlainText("流动")
    assert titles(Page.objects.search(And([children, Not(moving)]))) == ["儿童"]
    assert len(Page.objects.search(Or([children, PlainText("夏令营")]))) == 3
    assert titles(Page.objects.search(Boost(moving, 2))) == [TITLES[0]]
    assert TITLES[0] not in titles(NewsPage.objects.search(Not(moving)))
    assert titles(Page.objects.search(Phrase("关爱保护"))) == [TITLES[0]]
    assert len(NewsPage.objects.search(MATCH_ALL)) == len(TITLES)
    # A part that is about nothing does not empty the other.
    assert len(Page.objects.search(Or([children, PlainText("  ")]))) == 2


@pytest.mark.usefixtures("section")
def test_filters_order_pages_and_counts_hold() -> None:
    news = NewsPage.objects.filter(title__startswith="流动")
    assert titles(news.search("儿童")) == [TITLES[0]]
    by_title = Page.objects.order_by("title").search("儿童", order_by_relevance=False)
    assert titles(by_title) == sorted(titles(by_title))
    assert titles(
        Page.objects.order_by("-title").search("儿童", order_by_relevance=False)
    ) == sorted(titles(by_title), reverse=True)
    ranked = Page.objects.search("儿童")
    assert ranked.count() == 2
    assert titles(ranked[0:1]) + titles(ranked[1:2]) == titles(ranked)
    assert ranked[1:5].count() == 1
    assert titles(Page.objects.search("儿童", fields=["title"])) == titles(ranked)
    scores = [one.score for one in ranked.annotate_score("score")]
    assert scores == sorted(scores, reverse=True)
    assert sum(ranked.facet("content_type_id").values()) == 2


@pytest.mark.usefixtures("section")
def test_specific_pages_come_as_what_they_are() -> None:
    assert {type(page) for page in Page.objects.specific().autocomplete("儿童")} == {NewsPage}


@pytest.mark.usefixtures("section")
def test_a_change_is_found_and_what_was_there_is_not() -> None:
    page = NewsPage.objects.get(title=TITLES[2])
    page.title = "大连市举办冬令营"
    page.save()
    assert found("冬令营") == ["大连市举办冬令营"]
    assert found("夏令营") == []
    page.delete()
    assert found("冬令营") == []


@pytest.mark.usefixtures("section")
def test_an_index_that_the_stock_backend_wrote_is_written_anew() -> None:
    if connection.vendor == "sqlite":
        IndexEntry.objects.update(title="流动儿童关爱保护行动方案", body="", autocomplete="")
    else:
        IndexEntry.objects.all().delete()
    assert found("义务教育") == []
    call_command("update_index", verbosity=0)
    assert found("义务教育") == [TITLES[1]]


def test_images_and_documents_are_found(news: NewsIndexPage) -> None:
    image = get_image_model().objects.create(title="夏令营合影", file=get_test_image_file())
    document = Document.objects.create(
        title="入学申请表", file=ContentFile(b"%PDF-1.4 test", "form.pdf")
    )
    backend = get_search_backend()
    assert list(backend.autocomplete("合影", get_image_model())) == [image]
    assert list(backend.search("申请表", Document)) == [document]
    assert list(backend.autocomplete("申", Document)) == [document]


def test_a_common_word_costs_the_same_number_of_queries_however_often_it_occurs(
    news: NewsIndexPage,
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert list(Page.objects.search("儿童")[:20])
        return len(queries)

    site_of_pages.publish_news(news, "儿童一", live=True)
    before = cost()
    for number in range(30):
        news.add_child(instance=NewsPage(title=f"儿童{number}", slug=f"c{number}", body="<p>x</p>"))
    assert cost() == before <= 3


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin", "", "a-long-password-92"))
    return client


@pytest.mark.parametrize(
    "address",
    ["/admin/pages/search/?q=", "/admin/choose-page/search/?q=", "/admin/images/?q=",
     "/admin/documents/?q=", "/admin/users/?q="],
)  # fmt: skip
@pytest.mark.parametrize("typed", ["义务教育", "%22", "%00", "%20%20", "AND+OR+NOT+("])
@pytest.mark.usefixtures("section")
def test_the_admin_answers(administrator: Client, address: str, typed: str) -> None:
    answer = administrator.get(address + typed)
    assert answer.status_code == 200
    if "page" in address and typed == "义务教育":
        assert TITLES[1] in answer.content.decode()


@pytest.mark.usefixtures("section")
def test_the_listing_of_a_section_is_searched_too(
    administrator: Client, news: NewsIndexPage
) -> None:
    answer = administrator.get(f"/admin/pages/{news.pk}/?q=夏令营").content.decode()
    assert TITLES[2] in answer
    assert TITLES[1] not in answer
