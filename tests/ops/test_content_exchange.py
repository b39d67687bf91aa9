"""Content in bulk: what goes in, what is refused and why, and that it comes out again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from pytest_django import DjangoAssertNumQueries
from pytest_django.plugin import DjangoDbBlocker
from wagtail.models import Page, PageLogEntry, Revision

from home.checklist.models import ServicePage, Verification
from home.pages import prechecks
from home.policies.models import Edition, InterpretationPage, PolicyPage
from home.policies.parser import parse
from home.portal.models import NewsPage
from search.engine.models import IndexMark, SearchDocument

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_site")]

NOTICE = """\
示例省民政厅关于做好示例工作的通知
示民发〔2030〕7号
各市民政局：
为做好工作，现就有关事项通知如下：
一、摸清底数
由民政部门会同教育部门建立台账。
二、落实责任
（一）明确分工。各地要明确分工。
（二）按时报送。每月底前报送。
附件：示例表
示例省民政厅
2030年3月8日
"""
LINES: dict[str, dict[str, Any]] = {
    "policy": {
        "external_id": "p-1",
        "type": "policy",
        "title": "示例省民政厅关于做好示例工作的通知",
        "body": NOTICE,
        "document_number": "示民发〔2030〕7号",
        "adopted_on": "2030-03-08",
        "published_on": "2030-03-10",
        "department": "民政",
        "keywords": "示例 台账",
    },
    "interpretation": {
        "external_id": "i-1",
        "type": "interpretation",
        "title": "一图读懂示例通知",
        "body": "本文说明通知的要点。\n问：谁来建立台账？\n答：民政部门。\n由县级负责。",
        "published_on": "2030-03-11",
        "department": "省教育厅",
        "keywords": "台账",
    },
    "service": {
        "external_id": "s-1",
        "type": "service",
        "title": "就近入学",
        "body": "凭居住证申请。\n由学校登记。",
        "document_number": "sl-01",
        "department": "教育局、辽宁省公安厅",
        "keywords": "学有所教 入学",
    },
    "news": {
        "external_id": "n-1",
        "type": "news",
        "title": "示例新闻",
        "body": "第一段。\n第二段 1 < 2，<姓名>。",
        "published_on": "2030-03-12",
        "department": "妇联",
        "keywords": "示例",
    },
}


@pytest.fixture(scope="module")
def empty_site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A site with its sections and departments and nothing published in them."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_reference", verbosity=0)
        yield
        transaction.set_rollback(True)


Importer = Callable[..., tuple[str, str]]


@pytest.fixture
def import_lines(tmp_path: Path) -> Importer:
    """Runs `import_content` on lines (objects, or raw text); gives what it said and blamed."""

    def run(*lines: dict[str, Any] | str | bytes, **options: Any) -> tuple[str, str]:
        file = tmp_path / "content.jsonl"
        file.write_bytes(b"\n".join(map(_raw, lines)) + b"\n")
        out, err = StringIO(), StringIO()
        try:
            call_command("import_content", file, stdout=out, stderr=err, **options)
        except CommandError as error:
            err.write(f"\n{error}")
        return out.getvalue(), err.getvalue()

    return run


def _raw(line: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)).encode()


def changed(kind: str, **values: Any) -> dict[str, Any]:
    return LINES[kind] | values


def exported() -> list[dict[str, Any]]:
    out = StringIO()
    call_command("export_content", stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


# ── what goes in ────────────────────────────────────────────────────────────────────────────────


def test_a_policy_becomes_clauses_an_edition_and_entries_of_the_index(
    import_lines: Importer,
) -> None:
    said, blamed = import_lines(LINES["policy"])
    assert blamed == ""
    assert "新增 1" in said
    policy = PolicyPage.objects.get(external_id="p-1")
    assert policy.live
    assert policy.url == "/policies/smf-2030-7/"
    assert [clause.key for clause in policy.clauses.all()] == ["1", "2", "2-1", "2-2"]
    first = policy.clauses.get(key="1")
    assert {row.short_name for row in first.departments.all()} == {"民政", "教育"}
    assert [issuer.name for issuer in policy.issuers.all()] == ["辽宁省民政厅"]
    assert [row.name for row in policy.attachments.all()] == ["示例表"]
    edition = policy.editions.get()
    assert edition.revision_id == policy.live_revision_id
    assert [clause["key"] for clause in edition.snapshot["clauses"]] == ["1", "2", "2-1", "2-2"]
    assert set(policy.clause_keys.values_list("key", flat=True)) == {"1", "2", "2-1", "2-2"}
    assert SearchDocument.objects.filter(page_id=policy.pk).count() == 5
    assert not IndexMark.objects.filter(page_id=policy.pk).exists()


def test_what_the_line_says_goes_before_what_the_text_says(import_lines: Importer) -> None:
    import_lines(
        changed(
            "policy", title="另一标题", document_number="示民发[2031]9号", adopted_on="2031-01-02"
        )
    )
    policy = PolicyPage.objects.get()
    assert policy.title == "另一标题"
    assert policy.document_number == "示民发〔2031〕9号"
    assert policy.adopted_on is not None
    assert policy.adopted_on.isoformat() == "2031-01-02"


def test_a_policy_may_leave_to_its_text_what_stands_there(import_lines: Importer) -> None:
    _, blamed = import_lines({"external_id": "p-1", "type": "policy", "body": NOTICE})
    assert blamed == ""
    policy = PolicyPage.objects.get()
    assert policy.title == "示例省民政厅关于做好示例工作的通知"
    assert policy.document_number == "示民发〔2030〕7号"
    assert [issuer.name for issuer in policy.issuers.all()] == ["示例省民政厅"]


def test_an_interpretation_becomes_text_questions_and_answers(import_lines: Importer) -> None:
    import_lines(LINES["interpretation"])
    page = InterpretationPage.objects.get()
    assert page.live
    assert [block.block_type for block in page.body] == ["paragraph", "question_answer"]
    assert page.body[1].value["question"] == "谁来建立台账？"
    assert page.body[1].value["answer"].source == "<p>民政部门。</p><p>由县级负责。</p>"
    assert page.summary == "本文说明通知的要点。"
    assert page.department is not None
    assert page.department.short_name == "教育"
    entry = SearchDocument.objects.get(page_id=page.pk)
    assert entry.external_id == "i-1"


def test_a_service_says_that_nobody_has_checked_it(import_lines: Importer) -> None:
    import_lines(LINES["service"])
    page = ServicePage.objects.get()
    assert page.code == "sl-01"
    assert page.category == "schooling"
    assert page.content == "凭居住证申请。\n由学校登记。"
    assert page.verification == Verification.TO_CHECK
    assert {row.short_name for row in page.departments.all()} == {"教育", "公安"}


def test_plain_text_stays_text_whatever_signs_it_holds(import_lines: Importer) -> None:
    import_lines(LINES["news"])
    page = NewsPage.objects.get()
    assert page.body == "<p>第一段。</p><p>第二段 1 &lt; 2，&lt;姓名&gt;。</p>"


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('<p onclick="x()">甲</p><script>alert(1)</script>', "<p>甲</p>"),
        ('<p><a href="javascript:x()">甲</a></p>', "<p><a>甲</a></p>"),
        ('甲 <img src=x onerror="x()"> 乙', "<p>甲  乙</p>"),
        ("<div>甲</div><h1>乙</h1>", "<p>甲</p><h2>乙</h2>"),
        ("<p>甲<svg onload=x()>乙</p>", "<p>甲乙</p>"),
        (
            '<ul><li><strong>甲</strong></li></ul><iframe src="//x"></iframe>',
            "<ul><li><b>甲</b></li></ul>",
        ),
    ],
)
def test_html_is_cleaned(import_lines: Importer, body: str, kept: str) -> None:
    import_lines(changed("news", body=body))
    assert NewsPage.objects.get().body == kept


@pytest.mark.parametrize(
    "name", ["辽宁省民政厅", "民政", "民政厅", "民政局", "沈阳市和平区民政局", "省民政厅"]
)
def test_a_department_is_known_by_each_of_its_names(import_lines: Importer, name: str) -> None:
    _, blamed = import_lines(changed("news", department=name))
    assert blamed == ""
    assert NewsPage.objects.get().department.code == "civil-affairs"


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "不是有效的 JSON"),
        ("[1]", "应是一个 JSON 对象"),
        ("[" * 100_000, "不是有效的 JSON"),
        (b'{"title": "\xff"}', "这一行不是 UTF-8"),
        (changed("news", type="page"), "不认识的 type：page"),
        (changed("news", type=None), "缺少 type"),
        (changed("news", type=["news"]), "不认识的 type"),
        (changed("news", external_id=" "), "缺少 external_id"),
        (changed("news", external_id=7), "external_id 应是文字"),
        (changed("news", title=""), "缺少 title"),
        (changed("news", title="长" * 256), "title 过长：最多 255 字，现有 256 字"),
        (changed("news", body=None), "缺少 body"),
        (changed("news", published_on="2030-02-30"), "published_on 不是有效日期：2030-02-30"),
        (changed("news", published_on="2030年2月3日"), "published_on 不是有效日期"),
        (changed("news", department="某某局"), "不认识的部门：某某局"),
        (changed("news", department="民政、教育"), "department 只能写一个部门"),
        (changed("news", body="甲\x00乙"), "body 含有不可用的控制字符"),
        (json.dumps(changed("news", title="\ud800")), "title 含有残缺的字符"),
        (changed("policy", body="一、甲", document_number=""), "没有 document_number"),
    ],
)
def test_a_bad_line_is_named_with_its_reason_and_the_good_ones_are_loaded(
    import_lines: Importer, line: dict[str, Any] | str | bytes, reason: str
) -> None:
    said, blamed = import_lines(changed("news", external_id="n-0"), "", line, LINES["service"])
    assert f"第 3 行：{reason}" in blamed or f"；{reason}" in blamed
    assert "1 行没有导入" in blamed
    assert "新增 2" in said
    assert "有误 1" in said
    assert NewsPage.objects.count() == 1
    assert ServicePage.objects.count() == 1


def test_everything_that_is_wrong_with_a_line_is_said_at_once(import_lines: Importer) -> None:
    _, blamed = import_lines({"type": "news", "published_on": "x"})
    for reason in ("缺少 external_id", "缺少 title", "缺少 body", "published_on 不是有效日期"):
        assert reason in blamed


def test_an_id_that_comes_twice_is_refused_the_second_time(import_lines: Importer) -> None:
    _, blamed = import_lines(LINES["news"], changed("service", external_id="n-1"))
    assert "第 2 行：external_id n-1 与第 1 行重复" in blamed
    assert ServicePage.objects.count() == 0


def test_an_id_stays_with_its_type(import_lines: Importer) -> None:
    import_lines(LINES["news"])
    _, blamed = import_lines(changed("service", external_id="n-1"))
    assert "external_id 已用于另一类页面：新闻《示例新闻》" in blamed


def test_a_line_too_long_to_read_is_passed_over(import_lines: Importer) -> None:
    long = '{"body": "' + "甲" * 2_000_000 + '"}'
    said, blamed = import_lines(long, LINES["news"])
    assert "第 1 行：这一行超过 4 MB" in blamed
    assert "新增 1" in said


def test_a_missing_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.jsonl"):
        call_command("import_content", tmp_path / "none.jsonl")


def test_what_a_type_has_no_place_for_is_counted(import_lines: Importer) -> None:
    said, _ = import_lines(changed("news", document_number="甲〔2030〕1号"))
    assert "news 没有 document_number 这一项：1 行的内容没有保存" in said


def test_lines_of_a_policy_that_find_no_place_are_named(import_lines: Importer) -> None:
    form = f"{NOTICE}附件\n示例表\n姓名　年龄\n"
    said, _ = import_lines(changed("policy", body=form))
    assert "第 1 行（提示）：正文第 15 行没有归入条款" in said


# ── again ───────────────────────────────────────────────────────────────────────────────────────


def test_the_same_file_again_touches_nothing(
    import_lines: Importer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    import_lines(*LINES.values())
    before = (Revision.objects.count(), Edition.objects.count(), _stamps())
    with django_assert_max_num_queries(20):
        said, blamed = import_lines(*LINES.values())
    assert blamed == ""
    assert "新增 0，更新 0，未变 4，有误 0" in said
    assert (Revision.objects.count(), Edition.objects.count(), _stamps()) == before


def _stamps() -> set[tuple[Any, ...]]:
    return set(
        Page.objects.values_list("pk", "last_published_at", "latest_revision_id", "numchild")
    )


def test_an_unchanged_line_leaves_what_an_editor_mended(import_lines: Importer) -> None:
    import_lines(LINES["news"])
    page = NewsPage.objects.get()
    page.title = "编辑改过的标题"
    page.save_revision().publish()
    import_lines(LINES["news"])
    assert NewsPage.objects.get().title == "编辑改过的标题"


def test_a_changed_line_is_published_as_the_next_edition(import_lines: Importer) -> None:
    import_lines(*LINES.values())
    amended = NOTICE.replace("每月底前报送。", "每季度末报送。")
    said, _ = import_lines(*(LINES | {"policy": changed("policy", body=amended)}).values())
    assert "更新 1，未变 3" in said
    policy = PolicyPage.objects.get()
    assert policy.url == "/policies/smf-2030-7/"
    assert policy.clauses.get(key="2-2").text == "每季度末报送。"
    assert [edition.number for edition in policy.editions.all()] == [2, 1]


def test_a_clause_put_in_between_moves_no_key_to_another_clause(import_lines: Importer) -> None:
    import_lines(LINES["policy"])
    amended = NOTICE.replace(
        "二、落实责任", "二、加强培训\n每年培训一次，做到全覆盖。\n三、落实责任"
    )
    import_lines(changed("policy", body=amended))
    clauses = PolicyPage.objects.get().clauses.all()
    assert {clause.heading: clause.key for clause in clauses} == {
        "摸清底数": "1",
        "加强培训": "2b",
        "落实责任": "2",
        "明确分工": "2-1",
        "按时报送": "2-2",
    }


def test_an_editors_unpublished_work_is_not_written_over(import_lines: Importer) -> None:
    import_lines(LINES["news"])
    page = NewsPage.objects.get()
    page.title = "还没写完"
    page.save_revision()
    _, blamed = import_lines(changed("news", body="新的正文。"))
    assert "有尚未发布的修改" in blamed
    assert NewsPage.objects.get().get_latest_revision_as_object().title == "还没写完"


def test_a_page_that_was_withdrawn_is_not_put_back(import_lines: Importer) -> None:
    import_lines(LINES["news"])
    NewsPage.objects.get().unpublish()
    _, blamed = import_lines(changed("news", body="新的正文。"))
    assert "已经撤下" in blamed
    assert not NewsPage.objects.get().live


def test_a_copy_of_a_page_does_not_take_its_id_along(import_lines: Importer) -> None:
    import_lines(LINES["news"])
    copy = NewsPage.objects.get().copy(update_attrs={"slug": "copy"})
    assert copy.external_id == ""


# ── options ─────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_says_what_would_happen_and_saves_nothing(import_lines: Importer) -> None:
    before = Page.objects.count()
    said, blamed = import_lines(LINES["policy"], LINES["news"], "{", dry_run=True)
    assert "试运行，没有保存：共 3 行：新增 2" in said
    assert "第 3 行" in blamed
    assert Page.objects.count() == before
    assert Revision.objects.filter(content__external_id="p-1").count() == 0


def test_drafts_are_seen_by_editors_alone_and_published_by_the_next_run(
    import_lines: Importer,
) -> None:
    said, _ = import_lines(LINES["news"], draft=True)
    assert "其中 1 个存为草稿" in said
    page = NewsPage.objects.get()
    assert not page.live
    assert page.get_latest_revision_as_object().body.startswith("<p>第一段")
    assert not SearchDocument.objects.filter(page_id=page.pk).exists()
    import_lines(changed("news", title="改过的标题"))
    assert NewsPage.objects.get().live


def test_personal_data_stays_a_draft(import_lines: Importer) -> None:
    line = changed("news", body="第一段。\n联系人张三丰，身份证号 11010519491231002X。")
    said, blamed = import_lines(line)
    assert "第 1 行（提示）：已存为草稿，没有发布：" in said
    assert blamed == ""
    assert not NewsPage.objects.get().live


def test_what_was_published_elsewhere_goes_out_with_its_faults_named(
    import_lines: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = prechecks.Finding("x", prechecks.Severity.BLOCK, "没有发文机关。")
    monkeypatch.setattr(prechecks, "_checks", [lambda page: [finding]])
    said, blamed = import_lines(LINES["news"])
    assert "第 1 行（提示）：已发布，请核对：没有发文机关。" in said
    assert blamed == ""
    assert NewsPage.objects.get().live
    assert PageLogEntry.objects.filter(action="pages.check_overridden").count() == 1


def test_an_unknown_parent_is_refused(import_lines: Importer) -> None:
    _, blamed = import_lines(LINES["news"], parent=["news=/none/"])
    assert "没有这个页面" in blamed
    _, blamed = import_lines(LINES["news"], parent=["news=/policies/"])
    assert "不能放这一类内容" in blamed


# ── and out again ───────────────────────────────────────────────────────────────────────────────


def test_what_was_exported_from_one_site_gives_the_same_lines_on_another(
    import_lines: Importer,
) -> None:
    html = changed("news", external_id="n-2", body="<p>甲<b>乙</b></p><ul><li>丙</li></ul>")
    with transaction.atomic():
        import_lines(*LINES.values(), html)
        first = exported()
        transaction.set_rollback(True)
    assert [line["external_id"] for line in first] == ["p-1", "i-1", "s-1", "n-1", "n-2"]
    assert NewsPage.objects.count() == 0
    _, blamed = import_lines(*first)
    assert blamed == ""
    assert exported() == first


def test_exported_lines_say_what_was_imported(import_lines: Importer) -> None:
    import_lines(*LINES.values())
    by_id = {line["external_id"]: line for line in exported()}
    for line in (LINES["interpretation"], LINES["service"], LINES["news"]):
        found = by_id[line["external_id"]]
        for name in ("type", "title", "body", "keywords", "published_on", "document_number"):
            assert (found[name] or None) == line.get(name)
    body = by_id["p-1"]["body"].splitlines()
    assert body[:5] == NOTICE.splitlines()[:5]
    assert body[-3:] == ["附件：示例表", "辽宁省民政厅", "2030年3月8日"]
    assert [clause.key for clause in parse("\n".join(body)).clauses] == ["1", "2", "2-1", "2-2"]


def test_the_line_of_a_page_without_an_id_finds_that_page_again(import_lines: Importer) -> None:
    import_lines(LINES["news"])
    NewsPage.objects.update(external_id="")
    (line,) = exported()
    assert line["external_id"] == "news:n-1"
    import_lines(line)
    assert NewsPage.objects.count() == 1


def test_a_database_that_went_away_is_no_fault_of_the_line(import_lines: Importer) -> None:
    """The run ends, to be started again; no line is written off as bad."""
    told: list[str] = []

    def away(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and "portal_newspage" in sql:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, *rest)

    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        told += import_lines(LINES["news"], LINES["policy"])
    assert told == []
    assert not NewsPage.objects.exists()


def test_addresses_come_of_numbers_and_names_and_never_twice(import_lines: Importer) -> None:
    long = "an-address-that-an-editor-once-typed-in-full-" + "x" * 30
    import_lines(
        LINES["policy"],
        changed("policy", external_id="p-2"),
        changed("news", external_id=f"news:{long}"),
        changed("news", external_id=long),
        changed("news", external_id="N_2/A 号"),
        changed("news", external_id="没有拉丁字母"),
    )
    policies = PolicyPage.objects.order_by("pk").values_list("slug", flat=True)
    assert list(policies) == ["smf-2030-7", "smf-2030-7-2"]
    *news, dated = NewsPage.objects.order_by("pk").values_list("slug", flat=True)
    assert news == [long, long[:50].strip("-"), "n_2a"]
    assert dated.startswith("20300312-")


def test_drafts_and_withdrawn_pages_are_not_exported(import_lines: Importer) -> None:
    import_lines(LINES["news"], LINES["service"])
    NewsPage.objects.get().unpublish()
    assert [line["external_id"] for line in exported()] == ["s-1"]


def test_an_export_into_a_file_says_how_many(import_lines: Importer, tmp_path: Path) -> None:
    import_lines(*LINES.values())
    out = StringIO()
    call_command("export_content", tmp_path / "out.jsonl", stdout=out)
    assert "共导出 4 个页面" in out.getvalue()
    assert len((tmp_path / "out.jsonl").read_text("utf-8").splitlines()) == 4
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out.jsonl"]
