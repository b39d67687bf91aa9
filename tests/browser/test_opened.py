"""The results page says that a result was opened; the link works whether or not it can."""

from __future__ import annotations

import sqlite3

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Product, new_context

pytestmark = pytest.mark.browser


def counted(product: Product, query: str) -> tuple[int, int, int]:
    with sqlite3.connect(product.data_dir / "db.sqlite3", timeout=10) as database:
        row = database.execute(
            "SELECT times, opened, places FROM search_querycount WHERE query = ?", [query]
        ).fetchone()
    return row or (0, 0, 0)


def open_third_result(page: Page, query: str) -> None:
    page.goto(f"/search/?q={query}")
    page.locator(".results > .result h3 a").nth(2).click()
    page.wait_for_url(lambda url: "/search/" not in url)
    expect(page.locator("h1")).to_be_visible()


def test_opening_a_result_is_counted_once_with_its_place(
    chromium: Browser, product: Product
) -> None:
    context = new_context(chromium, product)
    page = context.new_page()
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.url) if "opened/" in request.url else None
    )
    errors: list[str] = []
    page.on(
        "console", lambda message: errors.append(message.text) if message.type == "error" else None
    )
    open_third_result(page, "儿童")
    page.wait_for_timeout(500)
    assert sent == [f"{product.url}/search/opened/"]
    assert counted(product, "儿童") == (1, 1, 3)
    # The middle button opens a tab of its own and leaves the page: also an opening, and only one.
    page.goto("/search/?q=公租房")
    for number in range(2):
        with context.expect_page():
            page.locator(".results > .result h3 a").nth(number).click(button="middle")
    page.wait_for_timeout(500)
    assert counted(product, "公租房") == (1, 1, 1)
    # What is no result is no opening.
    page.goto("/search/?q=义务教育")
    page.locator(".sorts a").nth(1).click()
    page.wait_for_timeout(300)
    assert counted(product, "义务教育")[1] == 0
    assert errors == []


def test_without_script_the_link_leads_there_and_nothing_is_counted(
    chromium: Browser, product: Product
) -> None:
    page = new_context(chromium, product, script=False).new_page()
    open_third_result(page, "家庭教育")
    assert counted(product, "家庭教育") == (1, 0, 0)
