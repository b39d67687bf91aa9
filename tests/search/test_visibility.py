"""Whatever the index still holds: the database decides what may be seen, and what is counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction

from home.portal.models import NewsIndexPage, NewsPage
from search.engine import indexing
from search.engine.models import SearchDocument
from search.engine.services import search
from search.engine.suggesting import suggest
from tests.search.site_of_pages import publish_news

pytestmark = pytest.mark.django_db

Hide = Callable[[NewsPage], object]


def _restrict_parent(page: NewsPage) -> None:
    parent = Page.objects.get(pk=page.get_parent().pk)
    PageViewRestriction.objects.create(page=parent, restriction_type="login")


HIDING: dict[str, Hide] = {
    "private": lambda page: PageViewRestriction.objects.create(
        page=page, restriction_type="groups"
    ),
    "below a private section": _restrict_parent,
    "unpublished": lambda page: page.unpublish(),
    "unpublished behind Wagtail's back": lambda page: Page.objects.filter(pk=page.pk).update(
        live=False
    ),
    "expired, and the scheduler has not run": lambda page: Page.objects.filter(pk=page.pk).update(
        expire_at=timezone.now() - timedelta(seconds=1)
    ),
    "deleted": lambda page: page.delete(),
}


@pytest.fixture(params=HIDING)
def hidden(request: pytest.FixtureRequest, news: NewsIndexPage) -> NewsPage:
    """A page that the index still holds although nobody may see it any more."""
    page = publish_news(news, "不公开的托管班消息", "涉及托管班的内部安排")
    indexing.work_off()
    assert search("托管班").total == 1
    HIDING[request.param](page)
    return page


def test_it_is_in_no_result_no_count_and_no_facet(hidden: NewsPage) -> None:
    found = search("托管班")
    assert (found.total, found.results, found.facets, found.known_words) == (0, (), (), ())


def test_it_is_in_no_suggestion(hidden: NewsPage) -> None:
    assert suggest("不公开") == []


def test_it_is_in_no_answer_of_the_api_and_on_no_page(hidden: NewsPage, client: Client) -> None:
    answer = client.get("/api/v1/search", {"q": "托管班"}).json()
    assert answer == {"total": 0, "results": []}
    html = client.get("/search/", {"q": "托管班"}).content.decode()
    assert "不公开" not in html
    assert "内部安排" not in html


def test_it_changes_no_other_pages_score(hidden: NewsPage, news: NewsIndexPage) -> None:
    other = news.get_parent().add_child(instance=NewsIndexPage(title="通知公告", slug="notices"))
    publish_news(other, "公开的托管班消息")
    indexing.work_off()
    [with_hidden] = search("托管班").results
    Page.objects.filter(pk=hidden.pk).delete()
    SearchDocument.objects.filter(page_id=hidden.pk).delete()
    [without] = search("托管班").results
    assert with_hidden.title == "公开的托管班消息"
    assert with_hidden.score == without.score


def test_a_signed_in_editor_searches_what_everybody_searches(
    hidden: NewsPage, admin_client: Client
) -> None:
    assert "不公开" not in admin_client.get("/search/", {"q": "托管班"}).content.decode()
