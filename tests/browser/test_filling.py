"""A form of several screens on a phone of 360 px, with script and without."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Product, new_context
from tests.browser.making import is_proof_of, make_form_of_steps
from tests.browser.resetting import Line
from tests.builder.steps import (
    CHILDREN,
    CONSENT,
    HAS_CHILDREN,
    NAME,
    OTHER,
    PHONE,
    SCHOOL,
    STORY,
    WHICH,
    WHO,
)

pytestmark = pytest.mark.browser
DANGER, MATTER, RESIDENCE = "f00000000d1", "f00000000d2", "f00000000d3"
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def script(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(scope="module")
def form(product: Product) -> str:
    return make_form_of_steps(product, "steps")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo of some 300 KB that no compression makes smaller."""
    path = tmp_path_factory.mktemp("photos") / "户口簿.jpg"
    Image.frombytes("RGB", (640, 480), os.urandom(640 * 480 * 3)).save(path, "JPEG", quality=85)
    return path


@pytest.fixture
def line(product: Product) -> Iterator[Line]:
    line = Line(product.url)
    yield line
    line.close()


def slow(context: BrowserContext, page: Page) -> None:
    """The network of a village: 400 kbit/s, and nearly half a second there and back."""
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)


def go_on(page: Page) -> None:
    page.locator(".steps-on button:not([name])").click()


def press(page: Page, name: str) -> None:
    page.locator(f".steps-on button[name={name}]").click()


def first_screen(page: Page, story: str = "房租付不起，孩子要上学。") -> None:
    page.check(f"input[name={DANGER}][value=no]")
    page.locator(f"input[name={MATTER}]").first.check()
    page.check(f"input[name={WHO}][value=parent]")
    page.fill(f"textarea[name={STORY}]", story)
    page.check(f"input[name={HAS_CHILDREN}][value=yes]")
    go_on(page)
    page.wait_for_url("**screen=2*")


def child(page: Page, place: int, name: str) -> None:
    page.fill(f"input[name={CHILDREN}-{place}-{NAME}]", name)
    page.check(f"input[name={CHILDREN}-{place}-{SCHOOL}][value=yes]")
    page.fill(f"input[name={CHILDREN}-{place}-{WHICH}]", "和平一小")


def upload(page: Page, photo: Path, *, script: bool) -> None:
    page.set_input_files("input[type=file]", photo)
    if not script:
        page.locator("button[name=_upload]").click()
    expect(page.locator(".files__file").last).to_contain_text("已上传", timeout=40_000)


def last_screen(page: Page, *, script: bool) -> None:
    page.select_option(f"select[name={RESIDENCE}_0]", label="沈阳市")
    if not script:
        page.get_by_role("button", name="选择下一级").click()
    page.select_option(f"select[name={RESIDENCE}_1]", label="和平区")
    page.fill(f"input[name={PHONE}]", "138 0013 8000")
    page.check(f"input[name={CONSENT}]")
    go_on(page)
    page.wait_for_url("**screen=check*")


def send(page: Page) -> str:
    go_on(page)
    receipt = page.locator(".receipt[data-reference]")
    expect(receipt).to_be_visible()
    return str(receipt.get_attribute("data-reference"))


def fits(page: Page) -> None:
    """Nothing stands beyond the edge of the phone."""
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360, f"{page.url} is {width} px wide"


def test_a_grandmother_fills_it_in_on_an_old_phone(
    chromium: Browser, product: Product, form: str, photo: Path, script: bool
) -> None:
    context = new_context(chromium, product, script=script)
    page = context.new_page()
    slow(context, page)
    page.goto(form)
    fits(page)
    hidden = page.locator(f"#q-{OTHER}")
    if script:
        expect(hidden).to_be_hidden()
        page.check(f"input[name={WHO}][value=other]")
        expect(hidden).to_be_visible()
    else:
        expect(hidden).to_contain_text("才填这一项")
    go_on(page)
    expect(page.locator("#error-summary")).to_be_visible()
    assert page.title().startswith("需要修改")
    expect(page.locator(f"input[name={DANGER}]").first).to_be_focused()
    first_screen(page)

    child(page, 0, "小明")
    page.locator("button[name=_add]").click()
    child(page, 1, "小红")
    fits(page)
    page.locator(f"button[name=_drop][value={CHILDREN}-0]").click()
    expect(page.locator(f"input[name={CHILDREN}-0-{NAME}]")).to_have_value("小红")
    go_on(page)
    page.wait_for_url("**screen=3*")

    upload(page, photo, script=script)
    fits(page)
    press(page, "_save")
    code = str(page.locator(".receipt").get_attribute("data-code"))
    assert re.fullmatch(r"\d{4} \d{4} \d{4} \d{4}", code)
    assert code.replace(" ", "") not in page.url
    fits(page)
    context.close()

    context = new_context(chromium, product, script=script)
    page = context.new_page()
    page.goto("/requests/continue/")
    page.fill("input[name=code]", code)
    page.locator("main button").click()
    page.wait_for_url("**screen=3*")
    expect(page.locator(".files__file")).to_contain_text("户口簿.jpg")
    go_on(page)
    page.wait_for_url("**screen=4*")
    page.go_back()
    expect(page.locator("h1")).to_have_text("材料")
    page.go_forward()
    last_screen(page, script=script)
    fits(page)
    for told in ("小红", "和平一小", "户口簿.jpg", "13800138000", "辽宁省沈阳市和平区"):
        expect(page.locator("main")).to_contain_text(told)
    expect(page.locator("main")).not_to_contain_text("小明")

    page.locator(f".check a[href$='#q-{STORY}']").click()
    page.fill(f"textarea[name={STORY}]", "改过：房租下月到期。")
    go_on(page)
    page.wait_for_url("**screen=check*")
    expect(page.locator("main")).to_contain_text("改过：房租下月到期。")
    reference = send(page)
    assert reference.startswith("LN")
    page.go_back()
    expect(page.locator("main")).not_to_contain_text("小红")
    context.close()


def test_a_line_that_breaks_in_the_middle_of_a_photo_loses_nothing(
    chromium: Browser, product: Product, form: str, photo: Path, line: Line, script: bool
) -> None:
    context = chromium.new_context(
        base_url=line.url,
        viewport={"width": 360, "height": 740},
        java_script_enabled=script,
        locale="zh-CN",
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(form)
    first_screen(page, "断线也不能丢的话")
    child(page, 0, "小明")
    go_on(page)
    page.wait_for_url("**screen=3*")
    here = page.url
    line.cut_after = 100_000
    page.set_input_files("input[type=file]", photo)
    if script:
        broken = page.locator(".files__file--broken")
        expect(broken).to_contain_text("网络断了")
        expect(page.locator(".files__news")).to_contain_text("别的内容都还在")
        line.cut_after = None
        page.get_by_role("button", name="再试一次").click()
        expect(page.locator(".files__file").last).to_contain_text("已上传")
    else:
        page.locator("button[name=_upload]").click(no_wait_after=True)
        page.wait_for_timeout(1500)
        line.cut_after = None
        page.goto(here)
        expect(page.locator(".files__file")).to_have_count(0)
        upload(page, photo, script=False)
    assert line.cuts
    expect(page.locator(".files__file")).to_have_count(1)
    go_on(page)
    last_screen(page, script=script)
    expect(page.locator("main")).to_contain_text("断线也不能丢的话")
    expect(page.locator("main")).to_contain_text("户口簿.jpg")
    send(page)
    context.close()


def test_two_tabs_and_a_double_press(
    chromium: Browser, product: Product, form: str, script: bool
) -> None:
    context = new_context(chromium, product, script=script)
    references = []
    tabs = [context.new_page(), context.new_page()]
    for number, page in enumerate(tabs):
        page.goto(form)
        first_screen(page, f"第{number}件事")
    for number, page in enumerate(tabs):
        child(page, 0, f"孩子{number}")
        go_on(page)
        page.wait_for_url("**screen=3*")
        go_on(page)
        last_screen(page, script=script)
        expect(page.locator("main")).to_contain_text(f"第{number}件事")
    for page in tabs:
        page.locator(".steps-on button:not([name])").dblclick()
        receipt = page.locator(".receipt[data-reference]")
        expect(receipt).to_be_visible()
        references.append(receipt.get_attribute("data-reference"))
    assert len(set(references)) == 2
    context.close()


def test_leaving_at_once_leaves_no_way_back(
    chromium: Browser, product: Product, form: str, script: bool
) -> None:
    context = new_context(chromium, product, script=script)
    page = context.new_page()
    page.goto(form)
    first_screen(page, "不能让人看到的话")
    page.fill(f"input[name={CHILDREN}-0-{NAME}]", "小明")
    if script:
        for _ in range(3):
            page.keyboard.press("Escape")
    else:
        page.locator("[data-quick-exit]").click()
    page.wait_for_url("**/calendar/")
    for word in ("求助", "儿童", "孩子", "危险", "童伴"):
        expect(page.locator("body")).not_to_contain_text(word)
    page.go_back()
    expect(page.locator("body")).not_to_contain_text("不能让人看到的话")
    expect(page.locator("body")).not_to_contain_text("小明")
    page.goto(form)
    expect(page.locator("body")).not_to_contain_text("接着填")
    context.close()


def test_what_was_typed_is_not_there_again_for_whoever_goes_back(
    chromium: Browser, product: Product, script: bool
) -> None:
    """A browser fills a form in again when one goes back to it; not once somebody has left."""
    context = new_context(chromium, product, script=script)
    page = context.new_page()
    page.goto("/requests/help/")
    story = page.locator("[data-type=multiline] textarea").first
    danger = page.locator("[data-question] input[value=yes]").first
    story.fill("不能让人看到的话")
    danger.check()
    page.goto("/requests/continue/")
    page.go_back()
    expect(story).to_have_value("不能让人看到的话")
    page.goto("/requests/continue/")
    page.locator("[data-quick-exit]").click()
    page.wait_for_url("**/calendar/")
    page.go_back()
    if "/help/" not in page.url:
        page.go_back()
    assert "/help/" in page.url
    expect(story).to_have_value("")
    expect(danger).not_to_be_checked()
    context.close()


def test_the_proof_of_work_is_sent_along_and_taken(
    chromium: Browser, product: Product, form: str
) -> None:
    context = new_context(chromium, product)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.post_data or ""))
    page.goto(form)
    proof = page.locator("input[name=proof]")
    expect(proof).to_have_value("")
    page.locator(f"input[name={DANGER}]").first.focus()
    expect(proof).not_to_have_value("", timeout=15_000)
    page.locator(f"input[name={DANGER}]").first.check()
    first_screen(page)
    found = parse_qs(next(body for body in sent if "proof=" in body))["proof"][0]
    assert is_proof_of(product, found) == [True, False]
    context.close()


def test_the_field_that_nobody_sees_is_shown_to_whoever_had_it_filled_in(
    chromium: Browser, product: Product, form: str
) -> None:
    context = new_context(chromium, product)
    page = context.new_page()
    page.goto(form)
    trap = page.locator("input[name=second_address]")
    trap.evaluate("field => { field.value = 'by a browser' }")
    page.check(f"input[name={DANGER}][value=no]")
    page.locator(f"input[name={MATTER}]").first.check()
    page.check(f"input[name={WHO}][value=parent]")
    page.fill(f"textarea[name={STORY}]", "写了很久的话")
    page.check(f"input[name={HAS_CHILDREN}][value=yes]")
    go_on(page)
    expect(page.locator("main")).to_contain_text("备用地址")
    expect(page.locator(f"textarea[name={STORY}]")).to_have_value("写了很久的话")
    fits(page)
    trap.fill("")
    go_on(page)
    page.wait_for_url("**screen=2*")
    context.close()
