"""The portal's pages in the editor's hands."""

from __future__ import annotations

import pytest
from wagtail.models import Page
from wagtail.test.utils import WagtailPageTestCase
from wagtail.test.utils.form_data import nested_form_data, rich_text

from home.pages.models import BasePage
from home.portal.models import HomePage, NewsIndexPage, NewsPage
from tests.portal.conftest import write_news


class TestEditing(WagtailPageTestCase):
    @pytest.fixture(autouse=True)
    def pages(self, home: HomePage, news: NewsIndexPage) -> None:
        self.home, self.news = home, news
        self.piece = write_news(news, "a")

    def setUp(self) -> None:
        super().setUp()
        self.login()

    def test_every_page_is_routable_renderable_and_previewable(self) -> None:
        pages: list[BasePage] = [self.home, self.news, self.piece]
        for page in pages:
            self.assertPageIsRoutable(page)
            self.assertPageIsRenderable(page)
            self.assertPageIsPreviewable(page)

    def test_a_piece_of_news_can_be_edited(self) -> None:
        data = {
            "title": "动态",
            "slug": "a",
            "published_on": "2026-11-02",
            "department": "",
            "source": "",
            "summary": "",
            "keywords": "",
            "body": rich_text("<p>正文。</p>"),
            "comments": {
                "TOTAL_FORMS": "0",
                "INITIAL_FORMS": "0",
                "MIN_NUM_FORMS": "0",
                "MAX_NUM_FORMS": "",
            },
        }
        self.assertPageIsEditable(self.piece, post_data=nested_form_data(data))

    def test_there_is_one_home_page_and_one_news_section(self) -> None:
        assert not HomePage.can_create_at(Page.objects.get(depth=1))
        assert not NewsIndexPage.can_create_at(self.home)
        assert NewsPage.can_create_at(self.news)

    def test_news_stand_in_their_section_only(self) -> None:
        self.assertAllowedParentPageTypes(NewsPage, {NewsIndexPage})
        self.assertAllowedSubpageTypes(NewsIndexPage, {NewsPage})
        self.assertAllowedSubpageTypes(NewsPage, set())
