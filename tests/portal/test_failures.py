"""Pages that answer when something is wrong."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import path
from django.views.debug import SafeExceptionReporterFilter

from config.urls import urlpatterns as product_urls
from home.portal.models import HomePage
from home.portal.views import stale_form

STORY = "孩子九月要上学，\n  <b>没有</b>居住证 & 不知道找谁"


def taker(request: HttpRequest) -> HttpResponse:
    return HttpResponse("taken")


def breaker(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken")


urlpatterns = [path("takes-a-form/", taker), path("breaks/", breaker), *product_urls]


@pytest.fixture
def stranger(home: HomePage, settings: Any) -> Client:
    settings.ROOT_URLCONF = __name__
    return Client(enforce_csrf_checks=True)


def boxes(page: bytes) -> list[str]:
    found = re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", page.decode(), re.DOTALL)
    return [text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for text in found]


def test_a_stale_form_gives_back_what_was_typed(stranger: Client) -> None:
    response = stranger.post(
        "/takes-a-form/",
        {
            "k1": STORY,
            "k2": "",
            "k3": ["上午", "晚上"],
            "csrfmiddlewaretoken": "x" * 32,
            "submission_key": "secret",
        },
    )
    assert response.status_code == 403
    assert boxes(response.content) == [STORY, "上午", "晚上"]
    html = response.content.decode()
    assert "<b>没有" not in html
    assert "secret" not in html
    assert "这次没有收到" in html
    assert 'href="/takes-a-form/"' in html
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("sent_from", "opened"),
    [
        ("http://testserver/track/?x=1", "/track/"),
        ("http://elsewhere.example/track/", "/takes-a-form/"),
        ("http://testserver//elsewhere.example/", "/takes-a-form/"),
        ("http://[", "/takes-a-form/"),
        ("javascript:alert(1)", "/takes-a-form/"),
        ("", "/takes-a-form/"),
    ],
)
def test_the_form_is_opened_again_where_it_was_sent_from(
    stranger: Client, sent_from: str, opened: str
) -> None:
    response = stranger.post("/takes-a-form/", {"k": "x"}, HTTP_REFERER=sent_from)
    assert f'<a class="button" href="{opened}">' in response.content.decode()


def test_a_text_keeps_the_line_break_it_begins_with(stranger: Client) -> None:
    # A browser drops the line break right behind <textarea>; ours comes before the text's own.
    html = stranger.post("/takes-a-form/", {"k": "x\n\ny"}).content.decode()
    assert "\nx\n\ny</textarea>" in html


def test_what_was_typed_is_not_logged(stranger: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        stranger.post("/takes-a-form/", {"k1": "金丝雀13900001111"})
    assert "/takes-a-form/" in caplog.text  # the refusal itself is
    assert "金丝雀" not in caplog.text
    assert "13900001111" not in caplog.text


def test_passwords_and_staff_forms_are_never_given_back(stranger: Client) -> None:
    response = stranger.post("/admin/login/", {"username": "editor", "password": "hunter2-hunter2"})
    assert response.status_code == 403
    assert boxes(response.content) == []
    assert b"hunter2" not in response.content
    response = stranger.post("/takes-a-form/", {"new_password1": "hunter2-hunter2", "k": "留下"})
    assert boxes(response.content) == ["留下"]


def test_files_are_asked_for_again(stranger: Client) -> None:
    response = stranger.post(
        "/takes-a-form/", {"k": "x", "file": SimpleUploadedFile("a.jpg", b"data")}
    )
    assert "需要重新选择" in response.content.decode()


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"k=a%00b%07c", ["abc"]),
        (b"k=%ED%A0%80x", None),
        (b"", []),
        (b"&&&=", []),
        (b"k=" + b"%E5%AD%97" * 5000, ["字" * 5000]),
    ],
)
def test_odd_bytes_are_answered_in_chinese(
    stranger: Client, body: bytes, kept: list[str] | None
) -> None:
    response = stranger.post(
        "/takes-a-form/", body, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 403
    assert "这次没有收到" in response.content.decode()
    if kept is not None:
        assert boxes(response.content) == kept


def test_a_flood_of_fields_is_given_back_in_a_hundred_boxes(stranger: Client) -> None:
    typed = {f"k{number}": f"v{number}" for number in range(500)}
    found = boxes(stranger.post("/takes-a-form/", typed).content)
    assert len(found) == 100
    assert "\n".join(found).splitlines() == list(typed.values())


@pytest.mark.parametrize(
    "body", [b"x=" + b"y" * 3_000_000, b"&".join(b"k=v" for _ in range(10_001))]
)
def test_too_much_is_refused_in_chinese(stranger: Client, body: bytes) -> None:
    response = stranger.post(
        "/takes-a-form/", body, content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 400
    assert "没有收下" in response.content.decode()
    assert "12355" in response.content.decode()


def test_an_error_report_would_not_carry_what_was_typed(home: HomePage, rf: RequestFactory) -> None:
    request = rf.post("/takes-a-form/", {"k": STORY})
    stale_form(request)
    report = SafeExceptionReporterFilter()
    assert STORY not in str(report.get_post_parameters(request))
    assert "k" in report.get_post_parameters(request)


def test_a_page_that_is_not_there_says_so_and_shows_ways_on(home: HomePage, client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    html = response.content.decode()
    assert "没有找到这个页面" in html
    assert 'action="/search/"' in html


@pytest.mark.parametrize(
    "odd", ["/%00/", "/%ED%A0%80/", "/'\"/", f"/{'x' * 3000}/", "/../../etc/passwd"]
)
def test_an_odd_address_is_a_404_in_chinese(home: HomePage, client: Client, odd: str) -> None:
    response = client.get(odd)
    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


def test_an_error_is_answered_without_the_database(
    django_assert_num_queries: Callable[..., Any], db: None
) -> None:
    with django_assert_num_queries(0):
        for name in ("500.html", "400.html"):
            html = render_to_string(name)
            assert 'lang="zh-Hans"' in html
            assert 'href="tel:110"' in html


def test_a_fault_of_ours_is_a_500_in_chinese(stranger: Client) -> None:
    stranger.raise_request_exception = False
    response = stranger.get("/breaks/")
    assert response.status_code == 500
    assert "网站暂时出了问题" in response.content.decode()
    assert "没有看到编号和查询码，就是没有收到" in response.content.decode()
