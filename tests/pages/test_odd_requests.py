"""What the admin answers to a second press and to a mangled address: a sentence, no error page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from config.urls import urlpatterns as product_urls
from home.directory.models import User, WorkdayException
from home.portal.models import NewsPage
from tests.pages.press import House

DAY = date(2027, 2, 6)
ALREADY = "同样的内容刚刚已经保存过"


def second_press(request: HttpRequest) -> HttpResponse:
    """The later of two requests that both found the day free."""
    with transaction.atomic():
        WorkdayException.objects.create(date=DAY, kind="work", source="试")
    raise AssertionError("the constraint is gone")


def second_page(request: HttpRequest) -> HttpResponse:
    """The later of two requests that both found the slug free."""
    there = NewsPage.objects.get(slug="one")
    there.get_parent().add_child(instance=NewsPage(title="新闻", slug="one"))
    raise AssertionError("the check is gone")


def broken(request: HttpRequest) -> HttpResponse:
    """A mistake of ours."""
    with transaction.atomic():
        WorkdayException.objects.filter(date=DAY).update(date=None)
    raise AssertionError("the constraint is gone")


urlpatterns = [
    path("admin/second-press/", second_press),
    path("admin/second-page/", second_page),
    path("admin/broken/", broken),
    *product_urls,
]


@pytest.fixture
def house(db: None) -> House:
    return House()


@pytest.fixture
def editor(house: House, settings: Any) -> Client:
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=house.editor.pk))
    return client


def test_a_form_pressed_twice_says_that_it_was_saved(editor: Client) -> None:
    WorkdayException.objects.create(date=DAY, kind="work", source="试")
    response = editor.post("/admin/second-press/")
    assert response.status_code == 409
    assert ALREADY in response.content.decode()
    saved = editor.post("/admin/second-press/", headers={"Accept": "application/json"})
    assert (saved.status_code, saved.json()["success"]) == (409, False)
    assert ALREADY in saved.json()["error_message"]


def test_a_page_made_twice_says_that_its_address_is_taken(editor: Client, house: House) -> None:
    house.draft_news(slug="one")
    response = editor.post("/admin/second-page/")
    assert response.status_code == 409
    assert "下已有网址名称“one”" in response.content.decode()


def test_a_mistake_of_ours_stays_an_error(editor: Client) -> None:
    WorkdayException.objects.create(date=DAY, kind="work", source="试")
    assert editor.post("/admin/broken/").status_code == 500


@pytest.mark.parametrize(
    "address",
    [
        "/admin/bulk/wagtailcore/page/publish/?id=x",
        "/admin/bulk/wagtailcore/page/publish/?id=",
        "/admin/bulk/wagtailcore/page/publish/?id=all&childOf=",
        "/admin/choose-page/chosen-multiple/?id=²",
        "/admin/clause_key_chooser/chosen-multiple/?id=%00",
        "/admin/clause_key_chooser/chosen/x/",
        "/admin/documents/chooser/chosen/%00/",
        "/admin/choose-external-link/?parent_page_id=-1",
        "/admin/api/main/pages/?offset=99999999999999999999",
        "/admin/policies/99999999999999999999/compare/",
        "/admin/pages/99999999999999999999/edit/",
        "/admin/login/?next=x",
    ],
)
def test_a_mangled_address_is_not_there(editor: Client, address: str) -> None:
    assert editor.get(address).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/admin/pages/{section}/?owner={number}",
        "/admin/pages/{section}/?content_type={number}",
        "/admin/clause_key_chooser/results/?policy={number}",
    ],
)
def test_a_number_greater_than_a_row_can_have_is_no_error(
    editor: Client, house: House, address: str
) -> None:
    response = editor.get(address.format(section=house.news.pk, number="9" * 20))
    if connection.vendor == "postgresql":  # compares it, and finds nothing of that number
        assert response.status_code == 200
    else:
        assert response.status_code == 400
        assert "数字太大" in response.content.decode()


@pytest.mark.parametrize("field", [{"body": "x"}, {"body": "[1"}])
def test_a_text_that_no_editor_writes_is_refused_in_a_sentence(
    editor: Client, house: House, field: dict[str, str]
) -> None:
    page = house.draft_news()
    for name in ("wagtailadmin_pages:edit", "prechecks_of_page"):
        response = editor.post(reverse(name, args=[page.pk]), field)
        assert response.status_code == 400, name
        assert "读不懂" in response.content.decode()


@pytest.mark.parametrize("chosen", ["", "x", "²", "\x00", "9" * 5000])
def test_a_choice_that_is_no_page_is_refused_in_a_sentence(
    editor: Client, house: House, chosen: str
) -> None:
    page = house.draft_news()
    typed = {"new_title": "新闻", "new_slug": "two", "new_parent_page": chosen}
    copied = editor.post(reverse("wagtailadmin_pages:copy", args=[page.pk]), typed)
    made = editor.post("/admin/search/promoted/new/", {"query": "头盔", "page": chosen})
    assert copied.status_code == 400
    assert made.status_code in (200, 400)
    assert not NewsPage.objects.filter(slug="two").exists()


def test_what_wagtail_itself_sends_still_arrives(editor: Client, house: House) -> None:
    page = house.draft_news()
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    for address in (
        f"{bulk}?id={page.pk}&next=/admin/",
        f"{bulk}?id=all&childOf={house.news.pk}",
        reverse("wagtailadmin_choose_page_chosen_multiple") + f"?id={page.pk}",
        reverse("wagtailadmin_choose_page_external_link") + f"?parent_page_id={house.news.pk}",
    ):
        assert editor.get(address).status_code == 200, address
