"""Importing in the admin, from the pasted text to the draft. The texts are made up."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from home.directory.models import User
from home.pages.models import SiteDocument
from home.policies.models import (
    ClauseKey,
    InterpretationClause,
    PolicyAttachment,
    PolicyImport,
    PolicyIndexPage,
    PolicyPage,
)
from tests.policies import word_files as word
from tests.policies.editing import parsed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

INTAKE = "/admin/policies/import/"
PLAN = (Path(settings.ROOT) / "site/ops/content/action-plan.txt").read_text(encoding="utf-8")
NEW = """示例省民政厅 示例省教育厅关于做好示例工作的通知（虚构）
示民发〔2099〕7号
各市民政局、教育局：
为做好示例工作，现通知如下：
一、总体要求
（一）基本原则。坚持儿童优先，由民政部门牵头。
（二）主要目标。到2099年底建立台账。
二、主要任务
教育部门、卫生健康部门按职责分工负责。
附件：示例登记表
示例省民政厅
示例省教育厅
2099年3月1日
"""


def bring(client: Client, text: str) -> str:
    """Pastes a text; the address of its review."""
    answer = client.post(INTAKE, {"text": text})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def fields(client: Client, address: str) -> dict[str, Any]:
    """What a browser would send from the review form as it stands."""
    page = client.get(address)
    assert page.status_code == 200
    context = page.context
    issuers = context["issuer_forms"]
    sent = {
        field.html_name: "" if field.value() is None else str(field.value())
        for form in (context["form"], *issuers, issuers.management_form)
        for field in form
        if field.name != "seen"
    }
    sent["aimed"] = context["row"].answers.get("aimed", "")
    for row in context["clauses"]:
        if row.name:
            sent[row.name] = row.chosen
    if context["comparison"]:
        sent["compared-with"] = str(context["comparison"].revision_id)
    if "seen" in context["form"].fields:
        sent["seen"] = "on"
    return sent


def confirm(client: Client, address: str, **changes: str) -> Any:
    return client.post(address, fields(client, address) | {"deed": "confirm"} | changes)


def amended(*changes: tuple[str, str]) -> str:
    text = PLAN
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return text


def draft(policy: PolicyPage) -> PolicyPage:
    return PolicyPage.objects.get(pk=policy.pk).get_latest_revision_as_object()


# A new policy


def test_a_pasted_document_becomes_a_draft_only_when_it_is_confirmed(editor: Client) -> None:
    before = PolicyPage.objects.count()
    address = bring(editor, NEW)
    html = editor.get(address).content.decode()
    for shown in ("示民发〔2099〕7号", "总体要求", "基本原则", "条款键", "第 6 行", "示例登记表"):
        assert shown in html
    assert PolicyPage.objects.count() == before
    answer = confirm(editor, address)
    policy = PolicyPage.objects.get(document_number="示民发〔2099〕7号")
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[policy.pk])
    assert not policy.live
    assert policy.slug == "smf-2099-7"
    assert policy.owner is not None
    assert policy.owner.username == "editor"
    assert [clause.key for clause in policy.clauses.all()] == ["1", "1-1", "1-2", "2"]
    assert [one.name for one in policy.attachments.all()] == ["示例登记表"]
    assert set(policy.clause_keys.values_list("key", flat=True)) == {"1", "1-1", "1-2", "2"}
    departments = policy.clauses.get(key="2").departments.values_list("code", flat=True)
    assert set(departments) == {"education", "health"}


def test_confirming_twice_makes_one_page(editor: Client) -> None:
    address = bring(editor, NEW)
    sent = fields(editor, address) | {"deed": "confirm"}
    first, second = editor.post(address, sent), editor.post(address, sent)
    assert first["Location"] == second["Location"]
    assert PolicyPage.objects.filter(document_number="示民发〔2099〕7号").count() == 1


def test_what_the_editor_puts_right_is_what_is_saved(editor: Client) -> None:
    address = bring(editor, NEW)
    confirm(
        editor,
        address,
        title="改过的标题",
        document_number="示民发[2099]8号",
        slug="my-own",
        **{"issuers-1-name": "", "issuers-2-name": "示例省财政厅"},
    )
    policy = PolicyPage.objects.get(slug="my-own")
    assert policy.title == "改过的标题"
    assert policy.document_number == "示民发〔2099〕8号"
    assert [one.name for one in policy.issuers.all()] == ["示例省民政厅", "示例省财政厅"]


def test_a_mistake_is_told_at_the_field_and_nothing_typed_is_lost(editor: Client) -> None:
    address = bring(editor, NEW)
    answer = confirm(
        editor, address, document_number="", slug="大写", addressees="各市", adopted_on="昨天"
    )
    assert answer.status_code == 400
    html = answer.content.decode()
    assert "没有读到发文字号，请填写。" in html
    assert "地址只能由小写字母、数字和连字符组成" in html
    assert html.count('value="大写"') == 1
    assert "各市</textarea>" in editor.get(address).content.decode()
    assert not PolicyPage.objects.filter(title__contains="示例工作").exists()


def test_an_address_that_is_taken_is_refused(editor: Client) -> None:
    address = bring(editor, NEW)
    answer = confirm(editor, address, slug="lmf-2025-10")
    assert answer.status_code == 400
    assert "这个地址已经有页面了" in answer.content.decode()


def test_lines_that_go_nowhere_must_be_seen_to_first(editor: Client) -> None:
    text = NEW + "\n漏掉的一行文字\n"
    address = bring(editor, text)
    html = editor.get(address).content.decode()
    assert "漏掉的一行文字" in html
    assert "没有归入" in html
    answer = confirm(editor, address, seen="")
    assert answer.status_code == 400
    assert "还有文字没有进入页面" in answer.content.decode()
    again = editor.post(address, {"deed": "read-again", "text": NEW}, follow=True)
    assert "漏掉的一行文字" not in again.content.decode()
    assert confirm(editor, address).status_code == 302


def test_an_import_can_be_put_aside_and_given_up(editor: Client) -> None:
    address = bring(editor, NEW)
    editor.post(address, fields(editor, address) | {"deed": "recheck", "title": "想一想再说"})
    assert "想一想再说" in editor.get(address).content.decode()
    assert "待核对" in editor.get(INTAKE).content.decode()
    editor.post(address, {"deed": "discard"})
    assert not PolicyImport.objects.exists()
    assert editor.get(address).status_code == 404


def test_a_word_file_is_taken_and_a_bad_one_refused_at_the_field(editor: Client) -> None:
    body = "".join(word.paragraph(line) for line in NEW.splitlines())
    good = SimpleUploadedFile("通知.docx", word.word_file(body))
    answer = editor.post(INTAKE, {"file": good})
    assert answer.status_code == 302
    assert PolicyImport.objects.get().file_name == "通知.docx"
    for name, data, said in (
        ("坏.docx", b"PK\x03\x04", "已损坏"),
        ("旧.doc", word.old_word(), "另存为"),
        ("宏.docx", word.word_file(kind=word.MACRO_KIND), "宏"),
        ("空.txt", b"", "文件是空的"),
        ("大.txt", b"a" * 5_000_000, "文件太大"),
    ):
        answer = editor.post(INTAKE, {"file": SimpleUploadedFile(name, data)})
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert PolicyImport.objects.count() == 1


def test_nothing_or_two_things_at_once_are_refused(editor: Client) -> None:
    assert "没有读到文字" in editor.post(INTAKE, {"text": " "}).content.decode()
    both = {"text": NEW, "file": SimpleUploadedFile("通知.txt", NEW.encode())}
    assert "请只用其中一种" in editor.post(INTAKE, both).content.decode()


def test_a_text_too_long_to_paste_is_refused_in_words(editor: Client) -> None:
    answer = editor.post(INTAKE, {"text": "字" * 650_000})
    assert answer.status_code == 400
    assert "文字太多" in answer.content.decode()
    answer = editor.post(INTAKE, {"text": "a" * 50_000_000})
    assert answer.status_code == 413
    assert "太大" in answer.content.decode()


# Who may


def test_only_those_who_may_make_policies_see_it(client: Client) -> None:
    assert client.get(INTAKE).status_code == 302
    people = (("editor", 200), ("reviewer", 200), ("heping-clerk", 302), ("auditor", 302))
    for name, status in people:
        client.force_login(User.objects.get(username=name))
        assert client.get(INTAKE).status_code == status, name
        shown = INTAKE in client.get("/admin/").content.decode()
        assert shown is (status == 200), name


def test_whoever_may_not_import_can_not_open_or_confirm_one(client: Client) -> None:
    client.force_login(User.objects.get(username="editor"))
    address = bring(client, NEW)
    client.force_login(User.objects.get(username="heping-clerk"))
    assert client.get(address).status_code == 302
    assert client.post(address, {"deed": "confirm"}).status_code == 302
    assert PolicyImport.objects.get().confirmed_at is None


# An amended policy


def test_an_amended_text_finds_its_policy_and_shows_what_changes(
    editor: Client, plan: PolicyPage
) -> None:
    clause = plan.clauses.get(key="2-2-1")
    sentence = clause.text.split("。")[0]
    address = bring(editor, amended((sentence, sentence + "，并公开办理流程")))
    page = editor.get(address)
    assert page.context["target"] == plan
    assert [(row.key, row.fate) for row in page.context["changed"]] == [("2-2-1", "changed")]
    (added,) = parsed(page.content).select(".intake-clause--changed ins")
    assert added.text == "（增加：，并公开办理流程）", "for those who listen"


def test_an_amendment_becomes_a_draft_and_the_public_page_stays(
    editor: Client, plan: PolicyPage, client: Client
) -> None:
    links = set(InterpretationClause.objects.values_list("page_id", "clause_key_id"))
    stages = [(one.clause_key, one.name) for one in plan.stages.all()]
    file = SiteDocument.objects.create(title="清单", file=SimpleUploadedFile("清单.pdf", b"%PDF-1"))
    working = draft(plan)
    working.attachments = [
        PolicyAttachment(name=one.name, document=file) for one in plan.attachments.all()
    ]
    working.save_revision().publish()
    public = client.get("/policies/lmf-2025-10/").content
    editions = plan.editions.count()
    sentence = plan.clauses.get(key="2-2-1").text.split("。")[0]
    address = bring(editor, amended((sentence, sentence + "，并公开办理流程")))
    answer = confirm(editor, address, change_note="简化入学手续")
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[plan.pk])
    made = draft(plan)
    assert "并公开办理流程" in made.clauses.get(key="2-2-1").text
    assert made.change_note == "简化入学手续"
    assert [one.key for one in made.clauses.all()] == [one.key for one in plan.clauses.all()]
    assert [one.document for one in made.attachments.all()] == [file] * plan.attachments.count()
    assert [(one.clause_key, one.name) for one in made.stages.all()] == stages
    assert [one.name for one in made.issuers.all()] == [one.name for one in plan.issuers.all()]
    assert set(InterpretationClause.objects.values_list("page_id", "clause_key_id")) == links
    assert plan.editions.count() == editions
    assert client.get("/policies/lmf-2025-10/").content == public
    assert made.latest_revision.user.username == "editor"


def test_publishing_an_amendment_keeps_keys_links_and_chosen_departments(
    editor: Client, plan: PolicyPage
) -> None:
    """A section goes in before another: the old one keeps its key and all that hangs on it."""
    old = plan.clauses.get(key="2-2")
    before = {one.key: one.text for one in plan.clauses.all()}
    departments = {
        one.key: set(one.departments.values_list("code", flat=True)) for one in plan.clauses.all()
    }
    head = f"{old.number}{old.heading}"
    new = "（二）虚构新增事项。示例增加的一段文字，只为测试。"
    text = amended((head, f"{new}\n（三）{old.heading}"))
    answer = confirm(editor, bring(editor, text), change_note="新增一节（示例）。")
    assert answer.status_code == 302, answer.context["problems"]
    PolicyPage.objects.get(pk=plan.pk).latest_revision.publish()
    after = {one.key: one for one in PolicyPage.objects.get(pk=plan.pk).clauses.all()}
    assert after["2-2"].heading == old.heading
    assert after["2-2"].number == "（三）"
    assert set(after) == {*before, "2-2b"}
    assert {key: after[key].text for key in before} == before
    for key, codes in departments.items():
        assert set(after[key].departments.values_list("code", flat=True)) == codes
    assert ClauseKey.objects.filter(policy=plan, key="2-2b").exists()


def test_a_clause_that_a_wrong_draft_left_out_comes_back_under_its_key(
    editor: Client, plan: PolicyPage
) -> None:
    clause = plan.clauses.get(key="2-1-2")
    line = next(line for line in PLAN.split("\n") if clause.heading in line)
    confirm(editor, bring(editor, amended((line + "\n", ""))))
    assert "2-1-2" not in [one.key for one in draft(plan).clauses.all()]
    address = bring(editor, PLAN)
    assert "恢复" in editor.get(address).content.decode()
    confirm(editor, address)
    made = draft(plan)
    assert [one.key for one in made.clauses.all()] == [one.key for one in plan.clauses.all()]
    departments = made.clauses.get(key="2-1-2").departments
    assert [one.code for one in departments.all()] == [one.code for one in clause.departments.all()]
    made.latest_revision.publish()
    again = PolicyPage.objects.get(pk=plan.pk)
    assert again.clauses.get(key="2-1-2").text == clause.text
    assert plan.editions.count() == 1


def test_the_editor_can_overrule_a_match(editor: Client, plan: PolicyPage) -> None:
    sentence = plan.clauses.get(key="2-2-1").text.split("。")[0]
    address = bring(editor, amended((sentence, sentence + "，并公开办理流程")))
    name = editor.get(address).context["changed"][0].name
    editor.post(address, fields(editor, address) | {name: "new", "deed": "recheck"})
    page = editor.get(address)
    assert {row.key: row.fate for row in page.context["changed"]} == {
        "2-2-1": "gone",
        "2-2-1b": "new",
    }
    confirm(editor, address)
    keys = [one.key for one in draft(plan).clauses.all()]
    assert "2-2-1b" in keys
    assert "2-2-1" not in keys


def test_one_old_clause_chosen_twice_is_refused(editor: Client, plan: PolicyPage) -> None:
    one, other = (plan.clauses.get(key=key).text.split("。")[0] for key in ("2-2-1", "2-1-1"))
    address = bring(editor, amended((one, one + "，加一"), (other, other + "，加二")))
    names = [row.name for row in editor.get(address).context["changed"]]
    answer = confirm(editor, address, **dict.fromkeys(names, "2-2-1"))
    assert answer.status_code == 400
    assert "被选了两次" in answer.content.decode()


def test_a_draft_saved_by_somebody_else_meanwhile_is_not_overwritten(
    editor: Client, plan: PolicyPage
) -> None:
    address = bring(editor, PLAN)
    sent = fields(editor, address) | {"deed": "confirm"}
    working = draft(plan)
    working.summary = "同事改过的说明"
    working.save_revision()
    answer = editor.post(address, sent)
    assert answer.status_code == 409
    assert "草稿又有改动" in answer.content.decode()
    assert draft(plan).summary == "同事改过的说明"
    assert PolicyImport.objects.get().confirmed_at is None
    assert confirm(editor, address).status_code == 302
    assert draft(plan).summary == "同事改过的说明"


def test_what_the_editor_empties_is_empty_in_the_draft(editor: Client, plan: PolicyPage) -> None:
    assert plan.source
    assert confirm(editor, bring(editor, PLAN), source="", published_on="").status_code == 302
    assert draft(plan).source == ""
    assert draft(plan).published_on is None


def test_a_locked_policy_is_not_amended(editor: Client, plan: PolicyPage) -> None:
    PolicyPage.objects.filter(pk=plan.pk).update(
        locked=True, locked_by=User.objects.get(username="reviewer")
    )
    answer = confirm(editor, bring(editor, PLAN))
    assert answer.status_code == 400
    assert "已被锁定" in answer.content.decode()


def test_the_editor_may_make_a_new_policy_or_choose_another_to_amend(
    editor: Client, plan: PolicyPage
) -> None:
    address = bring(editor, PLAN)
    typed = fields(editor, address) | {"title": "先改好的标题", "issuers-0-name": "示例机关"}
    editor.post(address, typed | {"deed": "target", "target": ""})
    page = editor.get(address)
    assert "先改好的标题" in page.content.decode()
    assert "示例机关" in page.content.decode()
    assert page.context["target"] is None
    editor.post(address, {"deed": "target", "target": "lmf-2025-10"})
    assert editor.get(address).context["target"] == plan
    answer = editor.post(address, {"deed": "target", "target": "没有这份"})
    assert answer.status_code == 400
    assert "没有找到" in answer.content.decode()


def test_a_hundred_changed_clauses_cost_few_queries(
    editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    text = "示例方案（虚构）\n示发〔2099〕1号\n" + "".join(
        f"第{number}条　第{number}项示例工作由民政部门负责，共{number * 37}处。\n"
        for number in range(1, 101)
    )
    confirm(
        editor,
        bring(editor, text),
        adopted_on="2026-01-05",
        **{"issuers-0-name": "示例省民政厅"},
    )
    PolicyPage.objects.get(slug="sf-2099-1").latest_revision.publish()
    address = bring(editor, text.replace("负责", "牵头负责"))
    with django_assert_max_num_queries(40):
        page = editor.get(address)
    assert len(page.context["changed"]) == 100


# From the command line


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_policy", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_what_was_read_and_saves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "通知.txt"
    path.write_text(NEW, encoding="gb18030")
    before = PolicyPage.objects.count()
    told = json.loads(run(str(path), "--json"))
    assert told["document_number"] == "示民发〔2099〕7号"
    assert told["issuers"] == ["示例省民政厅", "示例省教育厅"]
    assert told["adopted_on"] == "2099-03-01"
    assert told["attachments"] == ["示例登记表"]
    assert told["reconstructs"] is True
    assert told["unplaced"] == []
    assert [one["key"] for one in told["clauses"]] == ["1", "1-1", "1-2", "2"]
    assert PolicyPage.objects.count() == before


def test_the_command_makes_a_draft_and_then_its_amendment(tmp_path: Path) -> None:
    path = tmp_path / "通知.docx"
    path.write_bytes(word.word_file("".join(map(word.paragraph, NEW.splitlines()))))
    assert "smf-2099-7" in run(str(path))
    policy = PolicyPage.objects.get(slug="smf-2099-7")
    assert not policy.live
    with pytest.raises(CommandError, match="--policy smf-2099-7"):
        run(str(path))
    text = NEW.replace("到2099年底", "到2098年底")
    path.write_bytes(word.word_file("".join(map(word.paragraph, text.splitlines()))))
    told = run(str(path), "--policy", "smf-2099-7")
    assert "修改 1 条" in told
    assert "到2098年底" in draft(policy).clauses.get(key="1-2").text


def test_the_command_says_what_it_can_not_do(tmp_path: Path) -> None:
    path = tmp_path / "旧.doc"
    path.write_bytes(word.old_word())
    with pytest.raises(CommandError, match="另存为"):
        run(str(path), "--json")
    with pytest.raises(CommandError, match="打不开文件"):
        run(str(tmp_path / "没有.txt"), "--json")
    text = tmp_path / "文.txt"
    text.write_text(NEW, encoding="utf-8")
    with pytest.raises(CommandError, match="没有找到"):
        run(str(text), "--policy", "nothing")
    with pytest.raises(CommandError, match="没有找到政策文件列表"):
        run(str(text), "--parent", "nothing")
    without = tmp_path / "无文号.txt"
    without.write_text(NEW.replace("示民发〔2099〕7号\n", ""), encoding="utf-8")
    with pytest.raises(CommandError, match="发文字号"):
        run(str(without), "--slug", "no-number")
    assert run(str(text), "--parent", PolicyIndexPage.objects.get().slug)
