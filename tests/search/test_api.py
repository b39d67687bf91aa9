"""/api/v1/search, for programs."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from search.engine import vocabulary

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plan_site")]


def test_the_answer_has_the_agreed_form(client: Client) -> None:
    response = client.get("/api/v1/search", {"q": "童心港湾", "type": "clause"})
    assert response["Cache-Control"] == "no-store"
    answer = response.json()
    assert answer["total"] == 1
    [result] = answer["results"]
    assert set(result) == {"id", "external_id", "type", "title", "url", "snippet", "score"}
    assert result["id"].endswith("#c-2-3-3")
    assert result["url"] == "/policies/lmf-2025-10/#c-2-3-3"
    assert "童心港湾" in result["snippet"]
    assert result["score"] > 0


def test_results_come_best_first_and_no_more_than_asked_for(client: Client) -> None:
    answer = client.get("/api/v1/search", {"q": "流动儿童", "limit": "5"}).json()
    scores = [result["score"] for result in answer["results"]]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert answer["total"] > 5


def test_an_empty_query_finds_nothing(client: Client) -> None:
    assert client.get("/api/v1/search").json() == {"total": 0, "results": []}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"q": "居住证", "limit": "abc"}, "limit"),
        ({"q": "居住证", "limit": "0"}, "limit"),
        ({"q": "居住证", "limit": "101"}, "limit"),
        ({"q": "居住证", "limit": "9" * 5000}, "limit"),
        ({"q": "居住证", "type": "case"}, "没有这一类内容"),
        ({"q": "居住\x00证"}, "无法识别的字符"),
        ({"q": "居" * 10_000}, "内容太长"),
    ],
)
def test_what_cannot_be_asked_gets_a_sentence(
    client: Client, params: dict[str, str], sentence: str
) -> None:
    response = client.get("/api/v1/search", params)
    assert response.status_code == 400
    assert sentence in response.json()["detail"]


def test_the_interface_describes_itself(client: Client) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert "/api/v1/search" in described["paths"]


def test_an_answer_costs_eight_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    vocabulary.current()  # read anew only where it has new words
    with django_assert_num_queries(8):
        client.get("/api/v1/search", {"q": "流动儿童"})
