"""这一条对您有用吗？: counted exactly, about nobody, and not by anybody who floods."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from home.policies.models import ClauseUsefulness, PolicyPage

PLAN = "/policies/lmf-2025-10/"
CLAUSE = f"{PLAN}clauses/2-2-1/"
HERE = {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "same-origin"}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


@pytest.fixture(autouse=True)
def empty_counters(db: None) -> None:
    cache.clear()


def answer(key: str = "2-2-1", said: str = "yes", edition: str = "1", **headers: Any) -> Any:
    path = f"{PLAN}clauses/{key}/useful/"
    return Client(enforce_csrf_checks=True).post(
        path, {"answer": said, "edition": edition}, **{**HERE, **headers}
    )


def counts() -> list[tuple[str, int, int, int]]:
    rows = ClauseUsefulness.objects.order_by("pk")
    return list(rows.values_list("clause_key__key", "edition__number", "useful", "not_useful"))


def test_an_answer_is_counted_and_leads_back_to_the_clause_with_thanks(client: Client) -> None:
    response = answer()
    assert response.status_code == 303
    assert response["Location"] == f"{CLAUSE}#thanks"
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    assert answer(said="no").status_code == 303
    assert counts() == [("2-2-1", 1, 1, 1)]
    html = client.get(CLAUSE).content.decode()
    assert 'id="thanks"' in html


def test_the_clauses_page_asks_and_carries_no_token(client: Client) -> None:
    response = client.get(CLAUSE)
    html = response.content.decode()
    assert "这一条对您有用吗？" in html
    assert f'action="{CLAUSE}useful/"' in html
    assert 'name="edition" value="1"' in html
    assert "csrf" not in html
    assert not response.cookies


def test_the_whole_document_does_not_ask(client: Client) -> None:
    assert "useful" not in client.get(PLAN).content.decode()


def test_the_script_is_answered_in_a_sentence() -> None:
    response = answer(HTTP_ACCEPT="application/json")
    assert response.status_code == 200
    assert response.json() == {"message": "谢谢，已经记下了。"}


@pytest.mark.parametrize("key", ["9-9", "2-2-1x", "art-1"])
def test_a_clause_that_is_not_there_is_a_404(key: str) -> None:
    assert answer(key).status_code == 404
    assert counts() == []


def test_an_unpublished_documents_clause_is_a_404() -> None:
    PolicyPage.objects.get(slug="lmf-2025-10").unpublish()
    assert answer().status_code == 404
    assert counts() == []


def test_looking_at_the_address_counts_nothing(client: Client) -> None:
    assert client.get(f"{CLAUSE}useful/").status_code == 405
    assert counts() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_FETCH_SITE": "cross-site"},
        {"HTTP_SEC_FETCH_SITE": "same-site"},
        {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "https://elsewhere.example"},
        {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "null"},
        {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": "http://[broken"},
        {
            "HTTP_SEC_FETCH_SITE": None,
            "HTTP_ORIGIN": None,
            "HTTP_REFERER": "https://elsewhere.example/testserver",
        },
        {"HTTP_SEC_FETCH_SITE": None, "HTTP_ORIGIN": None},
    ],
)
def test_another_sites_page_counts_nothing(headers: dict[str, Any]) -> None:
    sent = {name: value for name, value in {**HERE, **headers}.items() if value is not None}
    response = Client().post(f"{CLAUSE}useful/", {"answer": "yes", "edition": "1"}, **sent)
    assert response.status_code == 403
    assert "没有记下" in response.content.decode()
    assert counts() == []


def test_an_old_browser_that_names_only_the_page_it_comes_from_is_counted() -> None:
    response = Client().post(
        f"{CLAUSE}useful/",
        {"answer": "yes", "edition": "1"},
        HTTP_REFERER=f"http://testserver{CLAUSE}",
    )
    assert response.status_code == 303


@pytest.mark.parametrize("edition", ["", "0", "2", "-1", "٣", "1x", "9" * 40])
def test_an_edition_that_never_was_counts_nothing(edition: str) -> None:
    response = answer(edition=edition)
    assert response.status_code == 400
    assert "请重新打开条款后再答" in response.content.decode()
    assert counts() == []


@pytest.mark.parametrize("said", ["", "maybe", "YES"])
def test_neither_yes_nor_no_counts_nothing(said: str) -> None:
    assert answer(said=said).status_code == 400
    assert counts() == []


def test_each_edition_has_its_own_count() -> None:
    answer()
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    plan.summary = plan.preamble = plan.change_note = "改过"
    plan.save_revision().publish()
    answer(edition="2")
    answer(edition="2")
    # A page that was open while the next edition came out speaks of what was read.
    answer(edition="1")
    assert counts() == [("2-2-1", 1, 2, 0), ("2-2-1", 2, 2, 0)]


def test_one_address_fills_no_count() -> None:
    statuses = [answer().status_code for _ in range(8)]
    assert statuses == [303] * 5 + [429] * 3
    assert counts() == [("2-2-1", 1, 5, 0)]
    assert "一小时后再试" in answer().content.decode()
    assert answer("2-2-2").status_code == 303
    assert answer(REMOTE_ADDR="203.0.113.9").status_code == 303


def test_with_a_broken_cache_nothing_is_counted_and_the_reader_is_told(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "tests.builder.broken_cache.BrokenCache"}}
    response = answer()
    assert response.status_code == 503
    assert "过一会儿再试" in response.content.decode()
    assert counts() == []


def test_the_address_stands_nowhere_in_clear(
    caplog: pytest.LogCaptureFixture, django_assert_max_num_queries: Any
) -> None:
    with caplog.at_level("DEBUG"), django_assert_max_num_queries(16) as queries:
        answer(REMOTE_ADDR="198.51.100.77")
    assert "198.51.100.77" not in caplog.text
    assert not any("198.51.100.77" in query["sql"] for query in queries)


def test_a_clause_page_costs_at_most_fourteen_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        client.get(CLAUSE)


def test_the_numbers_stand_on_no_public_page(client: Client) -> None:
    before = client.get(CLAUSE).content
    answer()
    assert client.get(CLAUSE).content == before
    assert not re.search(r"\d+\s*人觉得有用", before.decode())
