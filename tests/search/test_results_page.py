"""/search/ as a family sees it, and what it answers to bad input."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from search.engine import vocabulary

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plan_site")]


def page(client: Client, status: int = 200, **params: str) -> str:
    response = client.get("/search/", params)
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    return response.content.decode()


def text(html: str) -> str:
    """What stands on the page between <main> and </main>, without marks."""
    main = re.search(r"<main.*?</main>", html, re.DOTALL)
    assert main is not None
    return re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", main.group()))


def test_results_are_marked_and_jump_to_the_clause(client: Client) -> None:
    html = page(client, q="童心港湾")
    assert 'href="/policies/lmf-2025-10/#c-2-3-3"' in html
    assert "<mark>童心港湾</mark>" in html
    assert "辽民发〔2025〕10号二(三)3" in text(html)


def test_a_query_in_traditional_characters_marks_the_text_as_it_stands(client: Client) -> None:
    assert "<mark>童心港湾</mark>" in page(client, q="童心港灣")


def test_types_are_links_with_their_counts(client: Client) -> None:
    html = page(client, q="康复")
    assert re.search(r'href="\?q=%E5%BA%B7%E5%A4%8D&amp;type=clause"\s*>条款', html)
    chosen = page(client, q="康复", type="clause")
    assert re.search(r'type=clause"\s+aria-current="true"', chosen)
    assert 'name="type" value="clause"' in chosen


def test_many_results_are_paged(client: Client) -> None:
    first, last = page(client, q="儿童"), page(client, q="儿童", page="2")
    assert "第1页，共2页" in text(first)
    assert "page=2" in first
    assert "上一页" in text(last)
    assert "下一页" not in text(last)


def test_an_empty_query_says_how_to_search(client: Client) -> None:
    for query in ("", "   "):
        assert "用平时的话写就行" in text(page(client, q=query))
    assert 'href="/services/"' in page(client)


@pytest.mark.parametrize("query", ['"', "*", "，。", "()", "👍"])
def test_only_punctuation_is_answered_with_what_to_type(client: Client, query: str) -> None:
    assert "请输入要查找的字词" in text(page(client, q=query))


def test_nothing_found_leads_on(client: Client) -> None:
    html = page(client, q="护照办理")
    assert "没有找到“护照办理”" in text(html)
    assert 'href="?q=%E5%8A%9E%E7%90%86"' in html
    assert 'href="/requests/"' in html


def test_nothing_in_one_type_leads_to_the_others(client: Client) -> None:
    html = page(client, q="童心港湾", type="activity")
    assert "这一类里没有找到" in text(html)
    assert 'href="?q=%E7%AB%A5%E5%BF%83%E6%B8%AF%E6%B9%BE"' in html


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"q": "居住\x00证"}, "无法识别的字符"),
        ({"q": "居住证" * 4000}, "内容太长"),
        ({"q": "居住证", "page": "abc"}, "页码应当是从1开始的数字"),
        ({"q": "居住证", "page": "0"}, "页码应当是从1开始的数字"),
        ({"q": "居住证", "page": "-1"}, "页码应当是从1开始的数字"),
        ({"q": "居住证", "page": "１"}, "页码应当是从1开始的数字"),
        ({"q": "居住证", "page": "9" * 400}, "页码应当是从1开始的数字"),
        ({"q": "居住证", "type": "case"}, "没有这一类内容"),
        ({"q": "居住证", "type": "\x00"}, "没有这一类内容"),
    ],
)
def test_what_cannot_be_asked_gets_a_sentence(
    client: Client, params: dict[str, str], sentence: str
) -> None:
    assert sentence in text(page(client, 400, **params))


def test_a_page_past_the_last_is_a_404_with_a_way_back(client: Client) -> None:
    html = page(client, 404, q="居住证", page="999999")
    assert "没有这一页" in text(html)
    assert "回到第1页" in text(html)


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF%FE", "%B9%AB%D7%E2%B7%BF", "%00"])
def test_bytes_that_are_no_text_get_a_sentence(client: Client, raw: str) -> None:
    for path in ("/search/", "/search/suggest/", "/api/v1/search"):
        response = client.get(f"{path}?q={raw}")
        assert response.status_code == 400
        assert "无法识别的字符" in (
            response.content.decode() if path == "/search/" else response.json()["detail"]
        )


def test_a_long_sentence_is_looked_for_by_its_beginning_and_says_so(client: Client) -> None:
    html = page(client, q="童心港湾" + "，请问这件事情到底应该怎么办理才好呢" * 8)
    assert "只按前100个字查找" in text(html)


@pytest.mark.parametrize(
    "query", ["<script>alert(1)</script>居住证", '"><img src=x onerror=1>居住证']
)
def test_what_was_typed_is_shown_as_text(client: Client, query: str) -> None:
    html = page(client, q=query)
    assert "<script>alert" not in html
    assert "<img src=x" not in html


# What editors recommend; and, on the first page, the count: two PRAGMAs on SQLite, one UPDATE in a
# savepoint.
RECOMMENDED, COUNTED = 1, 5


def test_the_page_costs_at_most_nine_queries_beside_its_count(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    vocabulary.current()
    for params in (
        {"q": "流动儿童"},
        {"q": "儿童", "page": "2"},
        {"q": "流动儿童", "type": "clause", "sort": "date"},
        {"q": "宠物"},
    ):
        client.get("/search/", params)  # the vocabulary is read, today's row is made
        with django_assert_max_num_queries(9 + RECOMMENDED + COUNTED):
            client.get("/search/", params)


def test_the_page_is_the_same_for_everybody(client: Client, admin_client: Client) -> None:
    client.cookies["anything"] = "1"
    mine, theirs = (one.get("/search/", {"q": "居住证"}) for one in (client, admin_client))
    assert mine.content == theirs.content
    assert not mine.cookies


def test_nothing_but_reading_is_possible(client: Client) -> None:
    assert client.post("/search/", {"q": "居住证"}).status_code in (403, 405)


def suggested(client: Client, typed: str) -> list[dict[str, str]]:
    response = client.get("/search/suggest/", {"q": typed})
    assert response["Cache-Control"] == "no-store"
    return response.json()["suggestions"]


def test_suggestions_begin_with_titles_that_begin_with_what_was_typed(client: Client) -> None:
    assert suggested(client, "义务教")[0] == {
        "title": "义务教育入学",
        "url": "/services/ln-05/",
        "type": "service",
        "label": "服务",
    }
    titles = [one["title"] for one in suggested(client, "儿童")]
    assert titles[0] == "儿童友好空间与服务"
    assert 1 < len(titles) == len(set(titles)) <= 8


def test_suggestions_ignore_punctuation_case_and_script(client: Client) -> None:
    for typed in ("義務 教育", "义务·教育"):
        assert suggested(client, typed)[0]["url"] == "/services/ln-05/"


def test_suggestions_know_what_documents_say_and_what_letters_stand_for(client: Client) -> None:
    assert "/services/ln-05/" in [one["url"] for one in suggested(client, "上学")]
    assert "/services/ln-05/" in [one["url"] for one in suggested(client, "yiwujiaoyu")]


def test_a_suggested_query_goes_on_from_what_was_typed_and_finds_something(client: Client) -> None:
    queries = [one for one in suggested(client, "公租") if one["type"] == "query"]
    assert queries
    for one in queries:
        assert one["title"].startswith("公租")
        assert "找到" in text(client.get(one["url"]).content.decode())


def test_suggestions_cost_two_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    vocabulary.current()
    for typed in ("儿", "儿童", "上学", "宠物", "gongzufang"):
        with django_assert_max_num_queries(2):
            client.get("/search/suggest/", {"q": typed})


@pytest.mark.parametrize("typed", ["", "%", "_", "*", '"'])
def test_no_sign_stands_for_every_title(client: Client, typed: str) -> None:
    assert client.get("/search/suggest/", {"q": typed}).json() == {"suggestions": []}
