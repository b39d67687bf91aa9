"""How often a result is opened: what is counted, by whom it can't be filled, and the report."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from search.engine import opening, query_log
from search.engine.models import QueryCount

pytestmark = pytest.mark.django_db
ADDRESS, REPORT = "/search/opened/", "/admin/search/opened/"
FORM = "application/x-www-form-urlencoded;charset=UTF-8"


@pytest.fixture(autouse=True)
def _empty_counts() -> None:
    cache.clear()


def say(client: Client, query: str = "公租房", place: object = 1, **headers: str) -> int:
    return send(client, urlencode({"q": query, "place": place}), **headers)


def send(client: Client, body: str | bytes, **headers: str) -> int:
    sent = {"Sec-Fetch-Site": "same-origin"} | headers
    response = client.post(ADDRESS, body, content_type=FORM, headers=sent)
    assert response.content == b""
    assert not response.cookies
    return response.status_code


def asked(query: str = "公租房", times: int = 5, days: int = 0, **fields: Any) -> QueryCount:
    day = timezone.localdate() - timedelta(days=days)
    values = {"found": 9} | fields
    return QueryCount.objects.create(day=day, query=query, times=times, **values)


def counted(query: str = "公租房") -> tuple[int | None, int | None]:
    return QueryCount.objects.values_list("opened", "places").get(query=query)


class TestTheCount:
    def test_a_search_and_an_opened_result_stand_in_one_row(self, client: Client) -> None:
        client.get("/search/", {"q": "公租房"})
        client.get("/search/", {"q": "公租房"})
        assert say(client, "公租房", 3) == 204
        assert counted() == (1, 3)

    def test_however_the_query_is_spelt_it_is_the_one_that_was_asked(self, client: Client) -> None:
        asked("随迁子女 入学")
        say(client, "  隨遷子女  入學 ", 2)
        assert counted("随迁子女 入学") == (1, 2)

    def test_only_what_was_asked_today_is_counted(self, client: Client) -> None:
        asked("昨天", days=1)
        for query in ("昨天", "没人问过", "13812345678", "王小明入学", "someone@example.org", ""):
            assert say(client, query) == 204
        assert QueryCount.objects.count() == 1
        assert counted("昨天") == (0, 0)

    def test_it_never_says_more_than_there_were_searches(self, client: Client) -> None:
        asked(times=2)
        for _message in range(5):
            say(client, place=4)
        assert counted() == (2, 8)

    @pytest.mark.parametrize(
        "body",
        [
            "", "q=", "q=公租房", "place=1", "q=公租房&place=0", "q=公租房&place=-1",
            "q=公租房&place=301", "q=公租房&place=1.5", "q=公租房&place=%EF%BC%91",
            "q=%00&place=1", "q=%FF%FE&place=1", b"\xff\xfe", "&" * 900, "q=" + "a" * 5000,
            "{}", "q=公租房&place=" + "9" * 800,
        ],
    )  # fmt: skip
    def test_whatever_comes_it_answers_204_and_counts_nothing(
        self, client: Client, body: str | bytes
    ) -> None:
        asked()
        assert send(client, body) == 204
        assert counted() == (0, 0)

    def test_other_sites_pages_count_nothing(self, client: Client) -> None:
        asked()
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
        ):
            assert say(client, **headers) == 204
        assert counted() == (0, 0)

    def test_one_address_does_not_fill_the_counts(self, client: Client) -> None:
        asked(times=10_000)
        for _message in range(opening.OPENED_PER_ADDRESS + 5):
            assert say(client) == 204
        assert counted()[0] == opening.OPENED_PER_ADDRESS

    def test_where_the_cache_fails_nothing_is_counted_and_nobody_is_disturbed(
        self, client: Client, settings: Settings
    ) -> None:
        asked()
        settings.CACHES = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": "redis://127.0.0.1:9/0",
            }
        }
        assert say(client) == 204
        assert counted() == (0, 0)

    def test_a_database_that_fails_disturbs_nobody(self, client: Client) -> None:
        asked()

        def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            if sql.startswith("UPDATE") and "search_querycount" in sql:
                raise OperationalError("database is locked")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(refuse):
            assert say(client) == 204
        assert counted() == (0, 0)

    def test_reading_the_address_is_no_way_to_count(self, client: Client) -> None:
        asked()
        assert client.get(f"{ADDRESS}?q=公租房&place=1").status_code == 405
        assert counted() == (0, 0)

    def test_neither_a_session_nor_a_token_is_needed_or_made(self, client: Client) -> None:
        asked()
        strict = Client(enforce_csrf_checks=True)
        assert say(strict) == 204
        assert counted() == (1, 1)
        assert "sessionid" not in strict.cookies


@pytest.mark.usefixtures("plan_site")
class TestThePage:
    def test_the_links_are_plain_links_and_say_their_first_place(self, client: Client) -> None:
        first = client.get("/search/", {"q": "儿童"}).content.decode()
        second = client.get("/search/", {"q": "儿童", "page": "2"}).content.decode()
        assert '<ol class="results" data-first="1">' in first
        assert '<ol class="results" data-first="21">' in second
        assert 'src="/static/js/opened.js" defer' in first
        assert 'href="/services/ln-32/"' in first

    def test_its_bytes_do_not_change_with_what_was_opened(self, client: Client) -> None:
        before = client.get("/search/", {"q": "公租房"}).content
        say(client, "公租房", 1)
        assert counted("公租房") == (1, 1)
        assert client.get("/search/", {"q": "公租房"}).content == before


class TestTheReport:
    def test_what_is_asked_often_and_seldom_opened_stands_first(self, editor: Client) -> None:
        asked("公租房", times=40, opened=36, places=54)
        asked("暂住证", times=30, opened=3, places=24)
        asked("暂住证", times=10, opened=1, places=8, days=3)
        asked("医保", times=20, opened=0, places=0)
        html = editor.get(REPORT).content.decode()
        assert html.index("暂住证") < html.index("医保") < html.index("公租房")
        for shown in ("10%", "90%", "8.0", "1.5"):
            assert shown in html
        assert "只有开着 JavaScript 的浏览器会报告点开" in html

    def test_what_found_nothing_is_rare_or_was_not_counted_yet_is_left_out(
        self, editor: Client
    ) -> None:
        asked("没有结果", found=0)
        asked("少见", times=2)
        asked("从前", opened=None, places=None)
        asked("现在", times=3)
        asked("现在", times=900, opened=None, places=None, days=2)
        html = editor.get(REPORT).content.decode()
        assert "现在" in html
        assert "903" not in html
        for query in ("没有结果", "少见", "从前"):
            assert f">{query}<" not in html.replace(" ", "").replace("\n", "")
        assert "少见" in editor.get(f"{REPORT}?asked=1").content.decode()

    def test_it_is_narrowed_to_days_and_exported(self, editor: Client) -> None:
        asked("公租房", times=8, opened=2, places=3)
        asked("公租房", times=5, opened=5, places=5, days=3)
        today = timezone.localdate()
        exported = editor.get(f"{REPORT}?export=csv&day_from={today}")
        rows = b"".join(exported.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        assert rows[0].lstrip("\ufeff").split(",")[:3] == ["搜索词", "搜索次数", "点开次数"]
        assert rows[1] == f"公租房,8,2,6,25.0,1.5,{today}"

    @pytest.mark.parametrize("given", ["asked=x", "asked=-1", "day_from=no", "ordering=x", "p=0"])
    def test_it_takes_any_address(self, editor: Client, given: str) -> None:
        asked()
        assert editor.get(f"{REPORT}?{given}").status_code == 200
        assert editor.get(f"{REPORT}results/?{given}").status_code == 200

    def test_every_column_can_be_sorted_by(self, editor: Client) -> None:
        asked("公租房")
        asked("医保", opened=2, places=2)
        for name in ("query", "asked", "openings", "unopened", "share", "place", "last"):
            for sign in ("", "-"):
                assert editor.get(f"{REPORT}?ordering={sign}{name}").status_code == 200

    def test_it_costs_the_same_however_much_was_asked(
        self, editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(60):
            asked(f"公租房{number}", times=number + 3)
        editor.get(REPORT)
        with django_assert_max_num_queries(16):
            assert editor.get(REPORT).content.decode().count("公租房") >= 50

    def test_rare_ones_are_forgotten_with_their_openings(self) -> None:
        asked("罕见", times=2, opened=1, places=1, days=query_log.KEPT_DAYS + 1)
        query_log.forget_rare()
        assert not QueryCount.objects.exists()
