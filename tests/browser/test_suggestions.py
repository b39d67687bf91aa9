"""The search box while typing: by keyboard, announced to screen readers, and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Product, new_context

pytestmark = pytest.mark.browser


def test_a_suggestion_is_chosen_by_keyboard_and_announced(
    chromium: Browser, product: Product
) -> None:
    page = new_context(chromium, product).new_page()
    page.goto("/")
    box = page.get_by_role("combobox")
    box.press_sequentially("公租", delay=30)
    expect(page.get_by_role("option").first).to_contain_text("公租房")
    expect(box).to_have_attribute("aria-expanded", "true")
    expect(page.locator("form [role=status]")).to_contain_text("条建议")
    box.press("ArrowDown")
    expect(page.get_by_role("option").first).to_have_attribute("aria-selected", "true")
    chosen = page.get_by_role("option").first.get_attribute("id")
    expect(box).to_have_attribute("aria-activedescendant", str(chosen))
    # Back to what was typed, closed, open again, and to the service.
    box.press("ArrowUp")
    expect(box).not_to_have_attribute("aria-activedescendant", str(chosen))
    box.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(box).to_have_value("公租")
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url("**/services/ln-15/")


def test_enter_searches_for_what_was_typed_and_without_script_too(
    chromium: Browser, product: Product
) -> None:
    for script in (True, False):
        page = new_context(chromium, product, script=script).new_page()
        page.goto("/")
        page.locator("#q").fill("公租房")
        page.locator("#q").press("Enter")
        expect(page.locator(".answer")).to_contain_text("公租房")
        page.goto("/search/?q=儿童")
        # On a phone the choices are folded.
        page.locator(".facets > summary").click()
        page.locator(".facets .option").first.click()
        expect(page.locator(".chosen")).to_contain_text("部门")
