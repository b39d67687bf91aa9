"""Results by date, and who stands for them."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from home.directory.models import Department
from home.portal.models import NewsIndexPage
from search.engine import indexing
from search.engine.grouping import newest_first
from search.engine.ranking import Ranked
from search.engine.services import search_pages
from tests.search.site_of_pages import publish_news

pytestmark = pytest.mark.django_db


def test_by_date_the_newest_comes_first(news: NewsIndexPage) -> None:
    for title, day in (("旧的居住证消息", 3), ("新的居住证消息", 9), ("居住证居住证居住证", 6)):
        publish_news(news, title, published_on=date(2025, 3, day))
    indexing.work_off()
    found = search_pages("居住证", by_date=True)
    assert [group.head.title for group in found.groups] == [
        "新的居住证消息",
        "居住证居住证居住证",
        "旧的居住证消息",
    ]


def test_what_has_no_date_comes_last_and_one_day_keeps_its_order() -> None:
    ranked = [Ranked(number, number, "news", 1 / number) for number in (1, 2, 3, 4)]
    dates = {1: None, 2: date(2025, 3, 1), 3: date(2025, 3, 9), 4: date(2025, 3, 1)}
    assert [one.document for one in newest_first(ranked, dates)] == [3, 2, 4, 1]


def test_a_result_names_who_stands_for_it_and_can_be_narrowed_to_them(
    news: NewsIndexPage, client: Client
) -> None:
    department = Department.objects.create(code="x-1", name="示例教育厅", short_name="示例教厅")
    publish_news(news, "居住证办理须知", department=department)
    publish_news(news, "居住证的另一则消息")
    indexing.work_off()
    html = client.get("/search/", {"q": "居住证"}).content.decode()
    assert html.count("示例教育厅") == 2
    narrowed = client.get("/search/", {"q": "居住证", "department": "示例教育厅"}).content.decode()
    assert "居住证办理须知" in narrowed.replace("<mark>", "").replace("</mark>", "")
    assert "另一则消息" not in narrowed


@pytest.mark.parametrize("hidden", [True, False])
def test_what_only_hidden_pages_hold_is_no_choice(news: NewsIndexPage, hidden: bool) -> None:
    department = Department.objects.create(code="x-1", name="示例教育厅", short_name="示例教厅")
    page = publish_news(news, "居住证办理须知", department=department)
    publish_news(news, "居住证的另一则消息")
    indexing.work_off()
    if hidden:
        type(page).objects.filter(pk=page.pk).update(live=False)
    names = [facet.name for facet in search_pages("居住证").facets]
    assert ("department" in names) is not hidden
