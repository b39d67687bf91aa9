"""The frame around every page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse

from home.pages import recorder
from home.pages.models import SiteSettings
from home.policies.models import PolicyPage
from home.portal.models import HomePage, NewsIndexPage
from home.portal.navigation import DANGER_NUMBERS, WAYS_IN
from tests.portal.conftest import write_news

PATHS = ["/", "/news/", "/news/a/", "/policies/", "/nowhere/"]


@pytest.fixture
def site(plan: PolicyPage, news: NewsIndexPage) -> None:
    write_news(news, "a")


@pytest.mark.usefixtures("site")
class TestEveryPage:
    @pytest.mark.parametrize("path", PATHS)
    def test_is_the_same_with_and_without_cookies_signed_in_and_not(self, path: str) -> None:
        insider, stranger = Client(), Client()
        insider.force_login(get_user_model().objects.create_superuser("insider"))
        stranger.cookies["csrftoken"] = "x" * 32
        stranger.cookies["django_language"] = "en"
        plain = Client().get(path)
        assert not plain.cookies
        assert "Cookie" not in plain.headers.get("Vary", "")
        assert insider.get(path).content == plain.content
        assert stranger.get(path, HTTP_ACCEPT_LANGUAGE="en").content == plain.content
        assert Client().get(path, HTTP_HOST="127.0.0.1").content == plain.content

    @pytest.mark.parametrize("path", PATHS)
    def test_has_nothing_inline_and_asks_no_other_host(self, path: str, client: Client) -> None:
        html = client.get(path).content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)", html)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", html)
        assert not re.search(r'\b(?:src|srcset|action|poster)="(?:https?:)?//', html)
        assert not re.search(r'<link[^>]+href="(?:https?:)?//', html)

    @pytest.mark.parametrize("path", PATHS)
    def test_offers_the_five_ways_and_the_numbers_to_call(self, path: str, client: Client) -> None:
        html = client.get(path).content.decode()
        for way in WAYS_IN:
            assert f'href="{way.path}"' in html
            assert str(way.label) in html
        for number in ("110", "120", "119", "12355", "12345", "12338", "12356"):
            assert f'href="tel:{number}"' in html
        assert "孩子正处于危险中？请立即拨打" in html
        assert '<html lang="zh-Hans">' in html
        assert 'href="#content"' in html
        assert 'id="content"' in html

    @pytest.mark.parametrize("path", PATHS)
    def test_has_one_main_heading_and_every_id_once(self, path: str, client: Client) -> None:
        html = client.get(path).content.decode()
        assert html.count("<h1") == 1
        ids = re.findall(r'\sid="([^"]+)"', html)
        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("path", PATHS)
    def test_shows_no_control_that_is_dead_without_script(self, path: str, client: Client) -> None:
        html = client.get(path).content.decode()
        for block in re.findall(r"<[^>]*data-needs-script[^>]*>", html):
            assert " hidden" in block
        outside = re.sub(r'<div class="display-switches".*?</div>', "", html, flags=re.DOTALL)
        assert not re.search(r'<button(?![^>]*hidden)[^>]*type="button"', outside)


@pytest.mark.usefixtures("site")
def test_the_way_the_reader_is_on_is_marked(client: Client) -> None:
    html = client.get("/policies/lmf-2025-10/").content.decode()
    marked = re.findall(r'<a href="([^"]+)" aria-current="true">', html)
    assert set(marked) == {"/policies/"}


@pytest.mark.usefixtures("site")
def test_the_breadcrumb_leads_home(client: Client) -> None:
    html = client.get("/news/a/").content.decode()
    crumbs = html.split('aria-label="当前位置"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', crumbs) == ["/", "/news/"]
    assert 'aria-current="page">动态a' in crumbs
    assert "当前位置" not in client.get("/").content.decode()


def test_a_demonstration_says_on_every_page_that_it_is_one(home: HomePage, client: Client) -> None:
    html = client.get("/").content.decode()
    assert html.count("示例站点") >= 2
    assert "不是辽宁省民政厅的官方网站" in html
    assert '<meta name="robots" content="noindex">' in html
    assert html.count("待填") == 4


def test_a_real_site_shows_what_it_knows_and_leaves_out_the_rest(
    home: HomePage, client: Client
) -> None:
    SiteSettings.objects.create(is_demo=False, contact="辽宁省沈阳市", site_id_code="2100000000")
    html = client.get("/").content.decode()
    assert "示例站点" not in html
    assert "待填" not in html
    assert "noindex" not in html
    assert "ICP备案编号" not in html
    assert "辽宁省沈阳市" in html
    assert '<meta name="SiteIDCode" content="2100000000">' in html


def test_a_code_that_nobody_entered_is_not_made_up(home: HomePage, client: Client) -> None:
    html = client.get("/").content.decode()
    assert "SiteIDCode" not in html
    assert '<meta name="SiteName" content="童伴">' in html
    assert '<meta name="SiteDomain" content="127.0.0.1:8000">' in html


def test_a_visit_writes_no_settings(home: HomePage, client: Client) -> None:
    client.get("/")
    assert not SiteSettings.objects.exists()


@pytest.mark.django_db
def test_the_frame_costs_one_query(
    rf: RequestFactory, django_assert_num_queries: Callable[..., Any]
) -> None:
    template = Template('{% extends "base.html" %}{% block content %}<p>x</p>{% endblock %}')
    with recorder.recording() as made_of, django_assert_num_queries(1):
        template.render(Context({"request": rf.get("/somewhere/")}))
    assert made_of == {("settings", "")}


@pytest.mark.django_db
def test_crawlers_are_told_what_to_leave_alone(client: Client) -> None:
    response = client.get(reverse("robots"))
    assert response.headers["Content-Type"].startswith("text/plain")
    text = response.content.decode()
    for path in ("/admin/", "/track/", "/requests/receipt/", "/search/"):
        assert f"Disallow: {path}" in text
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in text


@pytest.mark.usefixtures("site")
def test_the_sitemap_lists_live_public_pages_only(news: NewsIndexPage, client: Client) -> None:
    write_news(news, "draft", live=False)
    xml = client.get("/sitemap.xml").content.decode()
    assert "http://localhost/news/a/</loc>" in xml
    assert "/news/draft/" not in xml
    assert "/admin/" not in xml


def test_every_number_to_call_carries_its_word() -> None:
    assert all(str(hotline.label) for hotline in DANGER_NUMBERS)
    assert len({hotline.number for hotline in DANGER_NUMBERS}) == len(DANGER_NUMBERS)
