"""The news section."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from wagtail.models import PageViewRestriction

from home.directory.models import Department
from home.portal.models import NewsIndexPage
from tests.portal.conftest import write_news


def test_an_empty_section_says_so(news: NewsIndexPage, client: Client) -> None:
    assert "还没有发布动态" in client.get("/news/").content.decode()


def test_news_are_listed_newest_first_and_drafts_are_not(
    news: NewsIndexPage, client: Client
) -> None:
    write_news(news, "old", published_on=date(2026, 1, 1))
    write_news(news, "new", published_on=date(2026, 5, 1))
    write_news(news, "draft", live=False)
    html = client.get("/news/").content.decode()
    assert html.index("动态new") < html.index("动态old")
    assert "动态draft" not in html
    assert "2026年5月1日" in html


def test_private_news_are_not_listed(news: NewsIndexPage, client: Client) -> None:
    hidden = write_news(news, "hidden")
    PageViewRestriction.objects.create(page=hidden, restriction_type=PageViewRestriction.LOGIN)
    assert "动态hidden" not in client.get("/news/").content.decode()


def test_the_list_is_paged_by_twenty(
    news: NewsIndexPage, client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(21):
        write_news(news, f"n{number}")
    first = client.get("/news/").content.decode()
    assert "第 1 页，共 2 页" in first
    assert 'href="?page=2"' in first
    with django_assert_max_num_queries(9):
        second = client.get("/news/?page=2").content.decode()
    assert "上一页" in second
    assert "下一页" not in second


@pytest.mark.parametrize("number", ["0", "9", "-1", "x", "", "1e3", "%00", "9" * 5000])
def test_a_page_that_is_not_there_is_a_404(
    news: NewsIndexPage, client: Client, number: str
) -> None:
    assert client.get(f"/news/?page={number}").status_code == 404


def test_a_piece_of_news_names_its_day_and_its_source(
    news: NewsIndexPage, client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    department = Department.objects.create(
        code="civil-affairs", name="辽宁省民政厅", short_name="民政", local_name="民政局"
    )
    write_news(news, "a", department=department, summary="一句话。", keywords="居住证、上学")
    with django_assert_max_num_queries(8):
        html = client.get("/news/a/").content.decode()
    assert '<meta name="ArticleTitle" content="动态a">' in html
    assert '<meta name="PubDate" content="2026-11-01 00:00">' in html
    assert '<meta name="ContentSource" content="辽宁省民政厅">' in html
    assert "来源：辽宁省民政厅" in html
    assert 'aria-label="当前位置"' in html


def test_search_gets_the_text_without_marks(news: NewsIndexPage) -> None:
    page = write_news(
        news,
        "a",
        summary="摘要。",
        keywords="居住证、上学 医保",
        body="<h2>标题</h2><p>A &amp; B<br/>第二行</p><ul><li>一</li><li>二</li></ul>",
    )
    (entry,) = page.search_entries()
    assert entry.body == "摘要。\n标题\nA & B\n第二行\n一\n二"
    assert entry.keywords == ("居住证", "上学", "医保")
    assert (entry.type, entry.url, entry.key) == ("news", "/news/a/", "")


def test_a_script_in_the_text_does_not_reach_the_reader(
    news: NewsIndexPage, client: Client
) -> None:
    write_news(news, "a", title="<script>alert(1)</script>", summary="<b>x</b>")
    html = client.get("/news/a/").content.decode()
    assert "<script>alert" not in html
    assert "<b>x</b>" not in html
