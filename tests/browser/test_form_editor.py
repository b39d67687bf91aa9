"""An editor builds a form of three pages in a real browser, from nothing to published."""

from __future__ import annotations

import json
import sqlite3

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.conftest import Product, new_context, sign_in

pytestmark = pytest.mark.browser
TITLE = "三页的表（示例，测试用）"


class Editor:
    """The hands of an editor on the page of a new form."""

    def __init__(self, page: Page, templates: str) -> None:
        self.page = page
        self.templates = templates
        self.last = -1

    def begin(self) -> None:
        self.page.goto(self.templates)
        self.page.get_by_role("link", name="空白的表单").click()
        self.page.fill("[name=title]", TITLE)
        self.page.select_option("[name=kind]", "request")

    def row(self, label: str, kind: str = "", add: str = "", **values: str) -> Locator:
        self.page.click(f"[data-form-add={add}]" if add else "#id_form_fields-ADD")
        self.last += 1
        made = self.page.locator(f"#inline_child_form_fields-{self.last}")
        name = f"form_fields-{self.last}"
        if kind:
            self.page.select_option(f"[name={name}-field_type]", kind)
        self.page.fill(f"[name={name}-label]", label)
        if role := values.get("role"):
            self.page.select_option(f"[name={name}-role]", role)
        if choices := values.get("choices"):
            self.page.fill(f"[name={name}-choices]", choices)
        if text := values.get("text"):
            made.get_by_label("告知书").select_option(text)
        return made

    def value(self, name: str) -> str:
        return self.page.locator(f"[name=form_fields-{self.last}-{name}]").input_value()


@pytest.fixture
def editor(chromium: Browser, product: Product) -> Editor:
    context = new_context(chromium, product)
    page = sign_in(context, "reviewer")
    page.set_viewport_size(ViewportSize(width=1280, height=1000))
    with sqlite3.connect(f"file:{product.data_dir}/db.sqlite3?mode=ro", uri=True) as database:
        (index,) = database.execute("SELECT page_ptr_id FROM builder_requestindexpage").fetchone()
    return Editor(page, f"/admin/forms/new/{index}/")


def test_a_form_of_three_pages_with_conditions_is_built_and_published(editor: Editor) -> None:
    page = editor.page
    editor.begin()
    editor.row("先说要紧的", add="screen")
    danger = editor.row("孩子现在是否处于危险中", "radio", role="danger")
    # What the kind of the form sets is not typed, and a radio has no length.
    expect(danger.locator("[name$=-choices]")).to_be_hidden()
    expect(danger.locator("[name$=-most]")).to_be_hidden()
    editor.row("孩子的情况", add="screen")
    editor.row("需要哪方面的帮助", "radio", role="matter")
    school = editor.row("上学了吗", "radio", choices="yes|上学了\nno|还没有")
    school.get_by_role("button", name="添加条件").click()
    question = school.get_by_label("哪个问题")
    offered = question.locator("option").all_text_contents()
    assert [text.split(". ")[1] for text in offered] == [
        "孩子现在是否处于危险中",
        "需要哪方面的帮助",
    ]
    school.get_by_label("哪个选项").select_option("education")
    matter = question.input_value()
    expect(school).to_contain_text("“需要哪方面的帮助”是 教育入学")
    assert json.loads(editor.value("condition")) == {
        "question": matter,
        "is": "equals",
        "value": "education",
    }
    grade = editor.row("上几年级")
    grade.get_by_role("button", name="添加条件").click()
    grade.get_by_label("怎样比较").select_option(label="不是")
    grade.get_by_role("button", name="再加一组条件").click()
    grade.get_by_label("哪个问题").nth(1).select_option(label="4. 需要哪方面的帮助")
    tree = json.loads(editor.value("condition"))
    asked = tree["all"][0]["all"][0]["question"]
    assert tree["all"][0] == {
        "all": [
            {"question": asked, "is": "answered"},
            {"not": {"question": asked, "is": "equals", "value": "yes"}},
        ]
    }
    editor.row("怎样联系您", add="screen")
    editor.row("孩子现在住在哪里", "residence_area", role="residence")
    editor.row("联系电话", "phone", role="phone")
    editor.row("个人信息告知", "consent", role="consent", text="request-notice")
    expect(page.locator("[data-form-outline-count]")).to_have_text("这张表：共3页，7个问题")

    # Moved above what it asks, the row says so at once, and moved back it is silent again.
    up = school.locator("[data-inline-panel-child-move-up]")
    up.click()
    expect(school.locator(".form-row__warning")).to_contain_text("“需要哪方面的帮助”排在后面")
    school.locator("[data-inline-panel-child-move-down]").click()
    expect(school.locator(".form-row__warning")).to_be_hidden()

    page.locator("[name=action-publish]").evaluate("button => button.click()")
    expect(page.locator(".messages")).to_contain_text("已发布")


def test_a_condition_that_was_kept_is_drawn_again_as_it_was(editor: Editor) -> None:
    page = editor.page
    page.goto(editor.templates)
    page.locator("button[value=guardianship]").click()
    page.locator("[data-form-open-all]").click()
    police = page.locator(
        "[data-inline-panel-child]", has=page.locator("input[value='有没有报过警']")
    )
    expect(police).to_contain_text(
        "“孩子现在是否处于危险中”是 有，孩子现在或随时可能受到伤害，"
        "或者“孩子现在待的地方安全吗”是其中之一 不安全、不知道"
    )
    before = police.locator("[name$=-condition]").input_value()
    police.get_by_label("怎样比较").first.select_option(label="不是")
    police.get_by_label("怎样比较").first.select_option(label="是")
    assert json.loads(police.locator("[name$=-condition]").input_value()) == json.loads(before)


def test_a_group_is_copied_and_a_deleted_row_comes_back(editor: Editor) -> None:
    """Every step is kept: the page that saves itself is never refused."""
    page = editor.page
    refused: list[str] = []
    page.on(
        "response",
        lambda answer: refused.append(answer.url) if answer.status >= 400 else None,
    )
    editor.begin()
    page.click("[data-form-add=group]")
    page.fill("[name=form_fields-0-label]", "孩子")
    page.fill("[name=form_fields-1-label]", "在上学吗")
    page.select_option("[name=form_fields-1-field_type]", "radio")
    page.fill("[name=form_fields-1-choices]", "是\n否")
    first = page.locator("#inline_child_form_fields-1")
    first.get_by_role("button", name="在后面加一行").click()
    page.fill("[name=form_fields-3-label]", "哪所学校")
    page.locator("#inline_child_form_fields-3").get_by_role("button", name="添加条件").click()
    page.locator("#inline_child_form_fields-0").get_by_role("button", name="复制这一组").click()
    expect(page.locator("[data-form-said]")).to_contain_text("复制了4行")
    asked, asking = (
        page.locator(f"[name=form_fields-{row}-{name}]").input_value()
        for row, name in ((5, "clean_name"), (6, "condition"))
    )
    assert asked != page.locator("[name=form_fields-1-clean_name]").input_value()
    assert json.loads(asking)["question"] == asked
    # Files are told at once why they can't stand here.
    page.select_option("[name=form_fields-6-field_type]", "files")
    expect(page.locator("#inline_child_form_fields-6 .form-row__warning")).to_contain_text(
        "分不清属于哪一遍"
    )
    page.select_option("[name=form_fields-6-field_type]", "singleline")

    page.click("#id_form_fields-1-DELETE-button")
    warning = page.locator("#inline_child_form_fields-3 .form-row__warning")
    expect(warning).to_contain_text("已经不在这张表里")
    page.wait_for_timeout(1500)  # the page saves itself with the row gone
    page.get_by_role("button", name="撤销删除").click()
    expect(warning).to_be_hidden()
    page.wait_for_timeout(5000)  # and with the row back, on a busy machine after the one before
    page.reload()
    shown = "rows => rows.map(row => row.querySelector('[name$=-label]').value)"
    labels = page.locator("[data-inline-panel-child]").evaluate_all(shown)
    group = ["孩子", "在上学吗", "哪所学校", "可重复的一组（到这里结束）"]
    assert labels == [*group, *group]
    assert refused == []
