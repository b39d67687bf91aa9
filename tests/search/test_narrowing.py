"""Narrowing results, one result a page, the direct answer: with the plan and its services."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from home.checklist.models import ServicePage
from search.engine import choices
from search.engine.choices import Chosen
from search.engine.services import BEST_PARTS, MOST_RANKED, SearchResults, search, search_pages
from tests.search.test_results_page import page, text

pytestmark = pytest.mark.django_db


def counts(found: SearchResults, name: str) -> dict[str, int]:
    """What a facet offers, with the numbers it shows."""
    return {
        option.value: option.count
        for facet in found.facets
        if facet.name == name
        for option in facet.options
    }


def test_each_choice_is_counted_under_the_others() -> None:
    kinds = {
        1: {"type": ("clause",), "department": ("甲", "乙"), "area": (), "audience": (),
            "validity": ("in-force",), "year": ("2025",)},
        2: {"type": ("service",), "department": ("甲",), "area": (), "audience": (),
            "validity": (), "year": ()},
        3: {"type": ("clause",), "department": ("乙",), "area": (), "audience": (),
            "validity": ("repealed",), "year": ("2019",)},
    }  # fmt: skip
    chosen = Chosen(type="clause", department="甲")
    numbers = {1: 4, 2: 3, 3: 2}
    offered = {
        facet.name: {option.value: option.count for option in facet.options}
        for facet in choices.facets(numbers, kinds, chosen)
    }
    assert choices.total(numbers, kinds, chosen) == 4
    assert offered["type"] == {"clause": 4, "service": 3}
    assert offered["department"] == {"甲": 4, "乙": 6}
    assert offered["validity"] == {"in-force": 4}
    assert offered["year"] == {"2025": 4}


@pytest.mark.usefixtures("plan_site")
def test_choosing_what_a_facet_offers_leaves_as_many_as_it_said() -> None:
    for chosen in (Chosen(), Chosen(type="clause"), Chosen(validity="in-force")):
        offered = search("儿童", chosen)
        assert offered.facets
        for facet in offered.facets:
            for option in facet.options:
                narrowed = Chosen(**{**chosen.values(), facet.name: option.value})
                assert search("儿童", narrowed).total == option.count, (facet.name, option)


@pytest.mark.usefixtures("plan_site")
def test_choices_are_links_and_each_can_be_given_up(client: Client) -> None:
    html = page(client, q="儿童", type="clause", year="2025")
    chips = html[html.index('<ul class="chosen"') :]
    assert 'href="?q=%E5%84%BF%E7%AB%A5&amp;year=2025"' in chips
    assert 'href="?q=%E5%84%BF%E7%AB%A5&amp;type=clause"' in chips
    assert "全部取消" in text(html)
    # The next query keeps them; the page is a form without script.
    assert re.search(r'type="hidden"\s+name="year"\s+value="2025"', html)
    assert "<script>" not in html


@pytest.mark.usefixtures("plan_site")
@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"validity": "maybe"}, "有效性只能是有效、已修改、失效或废止"),
        ({"year": "二〇二五"}, "年份应当是四位数字"),
        ({"year": "99999"}, "年份应当是四位数字"),
        ({"department": "厅" * 300}, "筛选项里没有这个名称"),
        ({"area": "沈\x00阳"}, "筛选项里没有这个名称"),
        ({"sort": "size"}, "只能按相关程度或日期排列"),
    ],
)
def test_values_that_cannot_be_get_a_sentence(
    client: Client, params: dict[str, str], sentence: str
) -> None:
    assert sentence in text(page(client, 400, q="儿童", **params))
    if "sort" not in params:
        response = client.get("/api/v1/search", {"q": "儿童", **params})
        assert response.status_code == 400
        assert sentence in response.json()["detail"]


@pytest.mark.usefixtures("plan_site")
def test_a_department_nobody_knows_finds_nothing_and_can_be_taken_off(client: Client) -> None:
    html = page(client, q="儿童", department="宇航局")
    assert "这些筛选下没有找到" in text(html)
    assert 'class="chosen__one" href="?q=%E5%84%BF%E7%AB%A5"' in html


@pytest.mark.usefixtures("plan_site")
def test_programs_narrow_alike() -> None:
    answer = Client().get("/api/v1/search", {"q": "儿童", "year": "2025", "limit": "100"}).json()
    assert answer["total"] == counts(search("儿童"), "year")["2025"] == len(answer["results"])


@pytest.mark.usefixtures("plan_site")
def test_a_policy_is_one_result_with_its_best_clauses_under_it() -> None:
    found = search_pages("流动儿童")
    [policy] = [group for group in found.groups if group.head.type == "policy"]
    assert len(policy.parts) == BEST_PARTS
    assert {part.type for part in policy.parts} == {"clause"}
    scores = [part.score for part in policy.parts]
    assert scores == sorted(scores, reverse=True)
    assert policy.is_hit
    everything = search("流动儿童")
    assert found.total == everything.total
    clauses = counts(everything, "type")["clause"]
    assert policy.more == clauses - BEST_PARTS


@pytest.mark.usefixtures("plan_site")
def test_the_groups_of_all_pages_hold_every_page_once() -> None:
    pages = [search_pages("儿童", page=number, limit=10) for number in range(1, 7)]
    urls = [group.head.url for one in pages for group in one.groups]
    assert len(urls) == len(set(urls)) == pages[0].found_pages


@pytest.mark.usefixtures("plan_site")
def test_the_page_says_how_many_entries_and_on_how_many_pages(client: Client) -> None:
    found = search_pages("流动儿童")
    said = text(page(client, q="流动儿童"))
    assert f"找到{found.total}条，在{found.found_pages}个页面上" in said
    assert re.search(r"另有\d+条", said)


@pytest.mark.usefixtures("plan_site")
def test_beyond_what_is_ranked_the_page_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = search_pages("儿童").total
    monkeypatch.setattr("search.engine.services.MOST_RANKED", 10)
    assert whole > 10
    assert MOST_RANKED >= 100
    said = text(page(client, q="儿童"))
    assert f"找到{whole}条" in said
    assert "最相关的10条" in said


@pytest.mark.usefixtures("plan_site")
@pytest.mark.parametrize("query", ["临时救助", "公租房", "怎么办理临时救助呢"])
def test_a_service_that_is_asked_for_answers_at_once(client: Client, query: str) -> None:
    answer = search_pages(query).answer
    assert answer is not None
    service = ServicePage.objects.get(url_path__endswith=answer.result.url)
    assert answer.text in service.content
    box = page(client, q=query).partition('class="answer"')[2].partition("</section>")[0]
    assert service.title in box
    assert "示例" in box


@pytest.mark.usefixtures("plan_site")
@pytest.mark.parametrize("query", ["儿童", "医", "居住证", "流动儿童", "护照办理", "2025年"])
def test_where_several_could_be_meant_or_none_nothing_answers_at_once(query: str) -> None:
    assert search_pages(query).answer is None
