"""An editor works on a policy of sixty clauses in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Product, new_context, sign_in
from tests.browser.making import make_long_policy

pytestmark = pytest.mark.browser


def row(page: Page, key: str) -> Locator:
    return page.locator(f".clause-row[data-key='{key}']")


def keys(page: Page) -> list[str]:
    """The keys of the rows in their order; empty for a clause that has none yet."""
    found: list[str] = page.locator(".clause-row:not(.deleted)").evaluate_all(
        "rows => rows.map(row => row.dataset.key)"
    )
    return found


def save(page: Page) -> None:
    # Who presses while Wagtail saves by itself is asked by Wagtail which of the two counts.
    page.wait_for_timeout(2500)
    page.locator("footer button[type=submit]").first.click()
    expect(page.locator("[data-messages], .messages").first).to_contain_text("保存")
    expect(page.locator("[data-clause-panel]")).to_be_visible()


def test_clauses_are_found_added_moved_and_saved_and_their_keys_stay(
    chromium: Browser, product: Product
) -> None:
    page = sign_in(new_context(chromium, product), "editor")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/admin/pages/{make_long_policy(product, 60)}/edit/")
    before = keys(page)
    assert len(before) == 60

    # Found: by words, by number, by key; what is looked for is no change of the page.
    find = page.locator("[data-clause-filter]")
    find.fill("第45条示例")
    expect(page.locator(".clause-row:visible")).to_have_count(1)
    expect(page.locator("[data-clause-found]")).to_have_text("找到 1 条")
    find.fill("(一)")
    expect(page.locator(".clause-row:visible")).to_have_count(3)
    find.fill("2-1-1")
    expect(page.locator(".clause-row:visible")).to_have_count(1)
    find.press("Enter")
    find.fill("没有这样的词")
    expect(page.locator("[data-clause-none]")).to_be_visible()
    page.locator("[data-clause-find-clear]").click()
    expect(page.locator(".clause-row:visible")).to_have_count(60)

    # Opened by keyboard.
    first = row(page, "1-1-1").locator("[data-clause-toggle]")
    first.focus()
    first.press("Enter")
    expect(row(page, "1-1-1").locator("textarea")).to_be_visible()
    first.press("ArrowDown")
    expect(row(page, "1-1-2").locator("[data-clause-toggle]")).to_be_focused()

    # Added in between, with a department, while Wagtail saves by itself.
    row(page, "1-1-4").locator("[data-clause-add=after]").click()
    new = page.locator(".clause-row[data-key='']")
    expect(new.locator("input[name$=-number]")).to_be_focused()
    page.keyboard.type("5.")
    new.locator("input[name$=-heading]").fill("新加的一条")
    new.locator("textarea").fill("测试用的正文。")
    new.locator("[data-clause-departments-open]").press("Enter")
    page.keyboard.press("Space")
    expect(new.locator("[data-clause-departments-said]")).not_to_be_empty()
    place = keys(page).index("")
    assert place == before.index("1-1-4") + 1
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        new.locator("textarea").press("End")
        page.keyboard.type("又写了一句。")
    assert keys(page)[place] == ""

    # Moved with what stands beneath it.
    row(page, "1-2").locator("[data-clause-up]").click()
    moved = keys(page)
    assert moved.index("1-2") < moved.index("1-1") < moved.index("1-1-1")
    assert moved[moved.index("1-2") + 1] == "1-2-1"
    row(page, "1-2").locator("[data-clause-down]").click()

    save(page)
    after = keys(page)
    assert after == before[:place] + ["1-1-5"] + before[place:]

    # Saved again, renumbered and moved: the key stays.
    row(page, "1-1-5").locator("[data-clause-toggle]").click()
    row(page, "1-1-5").locator("input[name$=-number]").fill("9.")
    row(page, "1-1-5").locator("[data-clause-up]").click()
    save(page)
    assert keys(page).index("1-1-5") == place - 1
    assert sorted(keys(page)) == sorted(after)

    # Deleted: at once where nothing rests on it, with a way back; asked where something does.
    row(page, "1-1-5").locator("[data-clause-delete]").click()
    expect(row(page, "1-1-5")).to_be_hidden()
    page.get_by_role("button", name="撤销").click()
    expect(row(page, "1-1-5")).to_be_visible()
    row(page, "1-2").locator("[data-clause-delete]").click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("它下面还有")
    dialog.get_by_role("button", name="不删除").click()
    expect(row(page, "1-2")).to_be_visible()
    row(page, "1-1-5").locator("[data-clause-delete]").click()
    save(page)
    assert keys(page) == before

    # On a phone: nothing is wider than the screen.
    page.set_viewport_size({"width": 360, "height": 740})
    row(page, "1-1-1").locator("[data-clause-toggle]").click()
    width = page.evaluate(
        "document.querySelector('[data-clause-panel]').getBoundingClientRect().right"
    )
    assert width <= 360
