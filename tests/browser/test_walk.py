"""The whole path as the four users walk it, at phone width, with script and without."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Product, new_context, sign_in

pytestmark = pytest.mark.browser

PLAN = "/policies/lmf-2025-10/"
HELP = "/requests/help/"
STORY = "孩子九月要上小学，租房合同刚到期，不知道找谁办入学。"
QUESTION = "请问居住证办到哪一天？"
ANSWER = "办到明年六月。"
REPLY = "我们已经同学校说明，请带居住证到学校报名。"
RESIDENCE = ("沈阳市", "和平区")
REGISTRATION = ("吉林省", "长春市", "南关区")


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_the_whole_path_as_the_four_users(
    chromium: Browser, product: Product, script: bool
) -> None:
    family = new_context(chromium, product, script=script).new_page()

    title = f"关于求助办理的说明{'（一）' if script else '（二）'}"
    the_editors_publish(chromium, product, title)
    family.goto("/news/")
    expect(family.locator("main")).to_contain_text(title)

    the_public_finds_the_clause(family)
    reference, code = the_family_asks_for_help(family, script=script)
    the_family_sees(family, reference, code, "pending_acceptance")

    clerk = sign_in(new_context(chromium, product), "heping-clerk")
    open_case(clerk, reference)
    expect(clerk.locator(".case-answers").first).to_contain_text(STORY)
    do(clerk, "受理")
    do(clerk, "请家庭补充", QUESTION)

    the_family_sees(family, reference, code, "awaiting_applicant", QUESTION)
    the_family_answers(family)

    open_case(clerk, reference)
    expect(clerk.locator("body")).to_contain_text(ANSWER)
    do(clerk, "答复", REPLY)
    the_family_sees(family, reference, code, "replied", REPLY)
    open_case(clerk, reference)
    close(clerk)
    the_family_sees(family, reference, code, "closed", REPLY)

    other = sign_in(new_context(chromium, product), "xigang-clerk")
    answer = other.goto(f"/admin/cases/{reference}/")
    assert answer is not None
    assert answer.status == 404
    no_mail_tells(product, reference)


def test_a_child_is_signed_up_once(chromium: Browser, product: Product, script: bool) -> None:
    page = new_context(chromium, product, script=script).new_page()
    name = "小明" if script else "小红"
    reference, code = sign_up(page, name)
    the_family_sees(page, reference, code, "confirmed")
    send_sign_up(page, name)
    expect(page.locator("[data-result]").first).to_have_attribute("data-result", "duplicate")
    organiser = sign_in(new_context(chromium, product), "organiser")
    organiser.goto("/admin/sign-ups/")
    organiser.get_by_role("link", name=re.compile("周末亲子阅读")).first.click()
    expect(organiser.locator("main")).to_contain_text(reference)
    expect(organiser.locator("main")).not_to_contain_text(name)


def the_editors_publish(chromium: Browser, product: Product, title: str) -> None:
    """The editor writes a new title and hands it in; the reviewer ticks the list and approves."""
    editor = sign_in(new_context(chromium, product), "editor")
    editor.set_viewport_size({"width": 1280, "height": 900})
    news = address_of_the_news(product)
    editor.goto(news)
    editor.locator("#id_title").fill(title)
    editor.locator("footer [data-w-dropdown-target=toggle]").first.click()
    editor.locator("button[name=action-submit]").click()
    expect(editor.locator("[data-messages], .messages").first).to_contain_text("送审")
    reviewer = sign_in(new_context(chromium, product), "reviewer")
    reviewer.set_viewport_size({"width": 1280, "height": 900})
    reviewer.goto(news)
    expect(reviewer.locator("#id_title")).to_have_value(title)
    expect(reviewer.locator("button[name=action-publish]")).to_have_count(0)
    reviewer.locator("footer [data-w-dropdown-target=toggle]").first.click()
    reviewer.get_by_role("button", name="终审通过").first.click()
    box = reviewer.get_by_role("dialog")
    expect(box.get_by_role("button", name="终审通过")).to_be_visible()
    for point in box.locator("input[type=checkbox]").all():
        point.check()
    box.get_by_role("button", name="终审通过").click()
    reviewer.wait_for_url("**/admin/pages/*/")


def address_of_the_news(product: Product) -> str:
    """Where the demo's only piece of news is edited; the explorer's way there is Wagtail's."""
    with closing(sqlite3.connect(product.data_dir / "db.sqlite3")) as database:
        (page_id,) = database.execute(
            "SELECT id FROM wagtailcore_page WHERE slug = 'plan-online'"
        ).fetchone()
    return f"/admin/pages/{page_id}/edit/"


def the_public_finds_the_clause(page: Page) -> None:
    page.goto("/")
    no_sideways_scroll(page)
    page.locator("main input[name=q]").fill("孩子上学")
    page.locator("main input[name=q]").press("Enter")
    hit = page.locator(f"main a[href='{PLAN}#c-2-2-1']")
    expect(hit.first).to_be_visible()
    expect(page.locator("main mark").first).to_be_visible()
    no_sideways_scroll(page)
    hit.first.click()
    expect(page.locator("#c-2-2-1")).to_contain_text("以居住证为主要依据")
    no_sideways_scroll(page)
    page.locator("#c-2-2-1 .clause__tools a").first.click()
    expect(page.locator("main")).to_contain_text("辽民发〔2025〕10号 二(二)1")
    no_sideways_scroll(page)


def the_family_asks_for_help(page: Page, *, script: bool) -> tuple[str, str]:
    page.goto("/requests/")
    page.locator(f"main a[href='{HELP}']").first.click()
    no_sideways_scroll(page)
    send(page)
    expect(page.locator(".error-summary")).to_be_visible()
    question(page, "危险中").get_by_label("没有").check()
    question(page, "什么人").get_by_label("父亲或母亲").check()
    question(page, "多大").get_by_label("6至13岁").check()
    question(page, "哪方面").get_by_label("教育入学").check()
    question(page, "发生了什么").locator("textarea").fill(STORY)
    question(page, "联系电话").locator("input").fill("１３８ 0013 8000")
    choose_area(page, "住在哪里", RESIDENCE, script=script)
    choose_area(page, "户籍", REGISTRATION, script=script)
    expect(question(page, "发生了什么").locator("textarea")).to_have_value(STORY)
    page.locator("fieldset", has_text="个人信息告知").locator("input[type=checkbox]").check()
    send(page)
    return receipt(page)


def sign_up(page: Page, name: str) -> tuple[str, str]:
    page.goto("/activities/")
    page.locator("main a", has_text="周末亲子阅读").first.click()
    no_sideways_scroll(page)
    send_sign_up(page, name)
    return receipt(page)


def send_sign_up(page: Page, name: str) -> None:
    page.goto("/activities/weekend-reading/sign-up/")
    question(page, "哪一场").locator("input[type=radio]").first.check()
    question(page, "孩子的姓名").locator("input").fill(name)
    question(page, "年龄").locator("input").fill("8")
    question(page, "监护人的电话").locator("input").fill("13800138001")
    page.locator("fieldset", has_text="告知与同意").locator("input[type=checkbox]").check()
    send(page)


def question(page: Page, words: str) -> Locator:
    """The field whose label holds these words; an area question holds the fields of its levels."""
    labels = page.locator(".field__label", has_text=words)
    return page.locator(".form .field").filter(has=labels).first


def choose_area(page: Page, words: str, names: tuple[str, ...], *, script: bool) -> None:
    group = question(page, words)
    for level, name in enumerate(names):
        select = group.locator("select").nth(level)
        expect(select.locator("option", has_text=name)).to_have_count(1)
        select.select_option(label=name)
        if not script and level + 1 < len(names):
            group.get_by_role("button").click()


def send(page: Page) -> None:
    page.locator("main form.form button.button[type=submit]:not([name])").last.click()
    page.wait_for_load_state()


def receipt(page: Page) -> tuple[str, str]:
    page.wait_for_url("**/requests/receipt/")
    box = page.locator("[data-reference]")
    expect(box).to_have_attribute("data-result", re.compile("."))
    no_sideways_scroll(page)
    reference, code = box.get_attribute("data-reference"), box.get_attribute("data-code")
    assert reference
    assert code
    return reference, code


def the_family_sees(page: Page, reference: str, code: str, state: str, text: str = "") -> None:
    page.context.clear_cookies()
    page.goto("/track/")
    page.locator("input[name=reference]").fill(reference)
    page.locator("input[name=code]").fill(code)
    page.locator("input[name=code]").press("Enter")
    expect(page.locator("[data-state]")).to_have_attribute("data-state", state)
    expect(page.locator("main")).to_contain_text(text)
    no_sideways_scroll(page)


def the_family_answers(page: Page) -> None:
    form = page.locator("form").filter(has=page.locator("textarea"))
    form.locator("textarea").fill(ANSWER)
    form.get_by_role("button").click()
    expect(page.locator("[data-state]")).to_have_attribute("data-state", "in_progress")


def open_case(page: Page, reference: str) -> None:
    page.goto("/admin/cases/?tab=all")
    page.get_by_role("link", name=reference).click()
    expect(page.locator(".case-head")).to_be_visible()


def deed_form(page: Page, label: str) -> Locator:
    """The form of a deed, unfolded where it is not the filled one."""
    form = page.locator("form.desk-deed").filter(
        has=page.get_by_role("button", name=label, exact=True, include_hidden=True)
    )
    if not form.is_visible():
        page.locator("details.case-other > summary", has_text=label).first.click()
    return form


def do(page: Page, label: str, text: str = "") -> None:
    form = deed_form(page, label)
    if text:
        form.locator("textarea").first.fill(text)
    form.get_by_role("button", name=label, exact=True).click()
    page.wait_for_load_state()


def close(page: Page) -> None:
    form = deed_form(page, "办结")
    form.locator("select").select_option(index=1)
    form.get_by_role("button", name="办结", exact=True).click()
    page.wait_for_load_state()


def no_sideways_scroll(page: Page) -> None:
    """At the width of a phone. Asked of the layout, since a page without script can't be asked."""
    box = page.locator("main").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360, f"{page.url} is {box['width']} px wide"


def no_mail_tells(product: Product, reference: str) -> None:
    """The unit got a mail with the reference; nothing the family wrote is in any mail or log."""
    for _ in range(60):
        mails = "".join(path.read_text() for path in (product.data_dir / "mail").glob("*"))
        if reference in mails:
            break
        time.sleep(1)
    assert reference in mails
    for folder in ("mail", "log", "queue"):
        for path in Path(product.data_dir / folder).rglob("*"):
            if path.is_file():
                written = path.read_bytes()
                for canary in (STORY, ANSWER, REPLY, QUESTION, "13800138000"):
                    assert canary.encode() not in written, path
