"""A document's whole life in the admin: imported, reviewed, amended, compared, repealed.

The text is the plan's under a made-up number, so that it is a new document; nobody issued it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Product, new_context, sign_in

pytestmark = pytest.mark.browser

TEXT = Path(__file__).resolve().parents[2] / "site" / "ops" / "content" / "action-plan.txt"
NUMBER = "示民发〔2025〕9号"
TITLES = ("辽宁省加强流动儿童关爱保护行动方案", "示例省加强流动儿童关爱保护行动方案")
STAGES = ("初审", "复审", "终审")
REVIEWERS = ("first-reviewer", "second-reviewer", "final-reviewer")
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture
def editor(chromium: Browser, product: Product) -> Page:
    return desk(chromium, product, "editor")


def test_a_document_lives_from_its_import_to_its_repeal(
    chromium: Browser, product: Product, editor: Page
) -> None:
    reviewers = [desk(chromium, product, name) for name in REVIEWERS]
    reader = new_context(chromium, product).new_page()
    text = TEXT.read_text("utf-8").replace("辽民发〔2025〕10号", NUMBER).replace(*TITLES)

    bring_in(editor, text)
    expect(editor.locator("#id_document_number")).to_have_value(NUMBER)
    expect(editor.locator(".intake-clauses > li")).to_have_count(25)
    confirm(editor)
    address = editor.url
    hand_in(editor)
    assert reader.goto("/policies/smf-2025-9/").status == 404  # type: ignore[union-attr]
    approve(reviewers, address)
    reader.goto("/policies/smf-2025-9/")
    expect(reader.locator("main")).to_contain_text("落实教育保障政策")

    bring_in(editor, amended(text))
    expect(editor.locator(".intake-counts")).to_contain_text("新增 1")
    expect(editor.locator(".intake-counts")).to_contain_text("删去 1")
    editor.locator("#id_change_note").fill("按示例要求修改五条，增加一条，删去一条，移动两条。")
    confirm(editor)
    assert editor.url == address
    hand_in(editor)
    approve(reviewers, address)

    reader.goto("/policies/smf-2025-9/editions/1/diff/2/")
    body = reader.locator("main")
    for words in ("修改五条", "新增", "删去", "移动"):
        expect(body).to_contain_text(words)
    expect(body.locator("ins").first).to_be_visible()
    expect(body.locator("del").first).to_be_visible()
    reader.goto("/policies/smf-2025-9/editions/1/")
    expect(reader.locator("main")).to_contain_text("现行")

    editor.goto(address)
    editor.locator("select[name=validity]").first.select_option("repealed")
    editor.locator("[name=change_note]").fill("示例：本文件废止。")
    hand_in(editor)
    approve(reviewers, address)
    reader.goto("/policies/smf-2025-9/")
    expect(reader.locator("main")).to_contain_text("废止")
    reader.goto("/policies/smf-2025-9/editions/")
    expect(reader.locator("main")).to_contain_text("第3版")


def amended(text: str) -> str:
    """Five clauses changed, one added, one removed, two moved past each other."""
    changes = {
        "各市教育部门要推动建立": "各市教育部门应当推动建立",
        "完善卫生医疗保障措施。各市卫生健康部门": "完善卫生医疗保障措施。各市卫生健康、医保部门",
        "提升家庭教育指导服务。各市妇联": "提升家庭教育指导服务。各市妇联、关工委",
        "做好城市融入服务。各市要动员": "做好城市融入服务。各市应当积极动员",
        "(一)加强组织领导。各市": "(一)加强组织领导。全省各市",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    lines = text.split("\n")

    def line(beginning: str) -> int:
        return next(number for number, one in enumerate(lines) if one.startswith(beginning))

    lines.pop(line("3.推进数据信息集成共享"))
    lines.insert(
        line("4.做好城市融入服务") + 1,
        "5.开展暑期托管服务。各市要依托社区公共服务设施，为流动儿童开展公益性暑期托管（示例）。",
    )
    first, second = line("2.提供心理健康关爱服务"), line("3.加强精神文化生活服务")
    lines[first], lines[second] = (
        "2" + lines[second].removeprefix("3"),
        "3" + lines[first].removeprefix("2"),
    )
    return "\n".join(lines)


def desk(chromium: Browser, product: Product, username: str) -> Page:
    page = sign_in(new_context(chromium, product), username)
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    return page


def bring_in(page: Page, text: str) -> None:
    page.goto("/admin/policies/import/")
    page.locator("textarea[name=text]").fill(text)
    page.get_by_role("button", name="识别").click()
    page.wait_for_url(re.compile(r"/admin/policies/import/\d+/"))


def confirm(page: Page) -> None:
    if page.locator("#id_seen").count():
        page.locator("#id_seen").check()
    page.locator("button[value=confirm]").click()
    page.wait_for_url(re.compile(r"/admin/pages/\d+/edit/"))


def hand_in(page: Page) -> None:
    page.locator("footer [data-w-dropdown-target=toggle]").first.click()
    page.locator("button[name=action-submit]").click()
    expect(page.locator("[data-messages], .messages").first).to_contain_text("送审")


def approve(reviewers: list[Page], address: str) -> None:
    """The three stages, each by another person, every point of the list ticked."""
    for stage, page in zip(STAGES, reviewers, strict=True):
        page.goto(address)
        page.locator("footer [data-w-dropdown-target=toggle]").first.click()
        page.get_by_role("button", name=f"{stage}通过").first.click()
        box = page.get_by_role("dialog")
        expect(box.get_by_role("button", name=f"{stage}通过")).to_be_visible()
        for point in box.locator("input[type=checkbox]").all():
            point.check()
        box.get_by_role("button", name=f"{stage}通过").click()
        page.wait_for_url("**/admin/pages/*/")
