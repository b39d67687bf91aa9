"""What a reader gives back on a clause, at phone width, with script and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Product, new_context, sign_in

pytestmark = pytest.mark.browser

CLAUSE = "/policies/lmf-2025-10/clauses/2-2-1/"
WORDS = "这一句少了一个字"


def test_the_reader_is_thanked_in_place_or_by_the_page(chromium: Browser, product: Product) -> None:
    for script in (True, False):
        page = new_context(chromium, product, script=script).new_page()
        page.goto(CLAUSE)
        page.get_by_role("button", name="有用", exact=True).click()
        thanks = page.locator("[data-useful-said]" if script else "#thanks")
        expect(thanks).to_be_visible()
        expect(thanks).to_have_text("谢谢，已经记下了。")
        expect(page).to_have_url(re.compile(f"{CLAUSE}{'' if script else '#thanks'}$"))
        assert page.context.cookies() == []


def test_a_mistake_is_reported_from_the_clause_and_answered_at_the_desk(
    chromium: Browser, product: Product
) -> None:
    page = new_context(chromium, product, script=False).new_page()
    page.goto("/policies/lmf-2025-10/")
    page.locator("#c-2-2-1").get_by_role("link", name="我要纠错").click()
    expect(page.locator("main")).to_contain_text("辽民发〔2025〕10号 二(二)1")
    page.get_by_label("文字有错").check()
    page.get_by_label("有问题的文字").fill(WORDS)
    page.get_by_role("button", name="提交").last.click()
    expect(page.locator("h1")).to_have_text("已收到您的纠错")
    reference = page.locator("[data-reference]").get_attribute("data-reference")

    clerk = sign_in(new_context(chromium, product), "province-clerk")
    clerk.goto(f"/admin/cases/{reference}/")
    expect(clerk.locator(".case-clause")).to_contain_text("各市教育部门要推动建立")
    expect(clerk.locator(".case-answers").first).to_contain_text(WORDS)
    clerk.get_by_role("button", name="受理", exact=True).click()
    expect(clerk.locator(".case-facts")).to_contain_text("办理中")
