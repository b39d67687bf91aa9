"""The home page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client, RequestFactory
from django.utils import timezone

from home.pages.recorder import Ingredient
from home.policies.models import PolicyPage
from home.portal import selectors
from home.portal.models import HomePage, NewsIndexPage
from tests.portal.conftest import write_news

NOW = "2026-11-23T10:00:00+08:00"


def test_an_empty_site_says_so_and_still_shows_the_doors(home: HomePage, client: Client) -> None:
    html = client.get("/").content.decode()
    assert "还没有发布内容" in html
    assert "行动方案发布后" in html
    for path in ("/policies/", "/requests/", "/services/", "/activities/", "/track/", "/admin/"):
        assert f'href="{path}"' in html


def test_the_first_page_asks_one_question_and_offers_peoples_own_words(
    home: HomePage, client: Client
) -> None:
    html = client.get("/").content.decode()
    assert html.count("<h1") == 1
    assert "您想了解什么？" in html
    assert 'href="/search/?q=%E5%85%AC%E7%A7%9F%E6%88%BF"' in html  # 公租房
    assert html.count('role="search"') == 1


def test_the_editor_chooses_the_words(home: HomePage, client: Client) -> None:
    home.example_words = "居住证\n\n  a&b=1 \n"
    home.save_revision().publish()
    html = client.get("/").content.decode()
    assert "居住证" in html
    assert "?q=a%26b%3D1" in html
    assert "公租房" not in html


def test_more_than_eight_words_are_refused(home: HomePage) -> None:
    home.example_words = "\n".join(f"词{number}" for number in range(9))
    with pytest.raises(ValidationError, match="最多8个词"):
        home.full_clean()


@time_machine.travel(NOW, tick=False)
def test_the_stages_show_where_today_is(plan: PolicyPage, client: Client) -> None:
    html = client.get("/").content.decode()
    assert html.count('aria-current="step"') == 1
    current = html.split('aria-current="step"')[1].split("</li>")[0]
    assert "优化推进阶段" in current
    assert "/policies/lmf-2025-10/#c-1-2" in current


@time_machine.travel(NOW, tick=False)
def test_the_page_is_fresh_until_the_next_stage_begins(
    plan: PolicyPage, rf: RequestFactory
) -> None:
    response: Any = HomePage.objects.get().serve(rf.get("/"))
    assert response.fresh_until == datetime(2027, 1, 1, tzinfo=timezone.get_default_timezone())


def test_a_page_without_stages_stays_fresh(home: HomePage, rf: RequestFactory) -> None:
    response: Any = home.serve(rf.get("/"))
    assert response.fresh_until is None


@pytest.mark.parametrize(
    ("today", "turn"),
    [
        (date(2024, 11, 30), date(2024, 12, 1)),
        (date(2024, 12, 1), date(2025, 4, 1)),
        (date(2025, 3, 31), date(2025, 4, 1)),
        (date(2030, 12, 31), date(2031, 1, 1)),
        (date(2031, 1, 1), None),
    ],
)
def test_the_place_of_today_turns_when_a_stage_begins_or_is_over(
    plan: PolicyPage, today: date, turn: date | None
) -> None:
    found = selectors.next_turn(plan.stages.all(), today)
    assert (timezone.localtime(found).date() if found else None) == turn
    if found:
        assert timezone.localtime(found).hour == 0


def test_what_is_new_lists_policies_and_news_newest_first(
    plan: PolicyPage, news: NewsIndexPage, client: Client
) -> None:
    write_news(news, "older", published_on=date(2025, 1, 1))
    write_news(news, "newer", published_on=date(2026, 1, 1))
    write_news(news, "draft", published_on=date(2026, 2, 1), live=False)
    html = client.get("/").content.decode()
    assert html.index("动态newer") < html.index(plan.title) < html.index("动态older")
    assert "动态draft" not in html


def test_what_is_new_shows_six_at_most(home: HomePage, news: NewsIndexPage) -> None:
    for number in range(8):
        write_news(news, f"n{number}")
    assert len(selectors.headlines(6)) == 6


def test_the_home_page_says_what_it_is_made_of(
    plan: PolicyPage, news: NewsIndexPage, rf: RequestFactory
) -> None:
    shown = write_news(news, "shown")
    made_of = HomePage.objects.get().serve(rf.get("/")).made_of
    assert Ingredient("settings", "") in made_of
    assert Ingredient("page", str(plan.pk)) in made_of
    assert Ingredient("page", str(shown.pk)) in made_of
    assert Ingredient("latest", "portal.NewsPage") in made_of
    assert Ingredient("latest", "policies.PolicyPage") in made_of


def test_the_home_page_costs_nine_queries(
    plan: PolicyPage,
    news: NewsIndexPage,
    client: Client,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for number in range(6):
        write_news(news, f"n{number}")
    client.get("/")
    with django_assert_max_num_queries(9):
        client.get("/")
