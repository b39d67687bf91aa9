"""Which clauses nobody has explained."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import openpyxl  # type: ignore[import-untyped]
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from home.directory.models import User
from home.policies.coverage import unexplained_policies
from home.policies.models import (
    InterpretationClause,
    InterpretationIndexPage,
    InterpretationPage,
    PolicyPage,
)
from home.policies.selectors import clauses_without_interpretation
from tests.policies.editing import long_policy, parsed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


def keys(plan: PolicyPage) -> list[str]:
    return [clause.key for clause in clauses_without_interpretation(plan)]


def test_a_clause_with_a_live_interpretation_is_explained(plan: PolicyPage) -> None:
    assert "2-2-1" not in keys(plan)
    InterpretationPage.objects.get(slug="going-to-school").unpublish()
    assert "2-2-1" in keys(plan)


def test_who_explains_a_section_explains_its_items(plan: PolicyPage) -> None:
    page = InterpretationPage.objects.get(slug="going-to-school")
    link = page.clause_links.get()
    link.clause_key = plan.clause_keys.get(key="2-2")
    page.clause_links = [link]
    page.save_revision().publish()
    assert not [key for key in keys(plan) if key.startswith("2-2-")]


def test_a_bare_heading_needs_no_explanation(plan: PolicyPage) -> None:
    headings = {clause.key for clause in plan.clauses.all() if not clause.text}
    assert headings
    assert not headings.intersection(keys(plan))


def test_a_draft_is_asked_for_its_own_clauses(plan: PolicyPage) -> None:
    draft = plan.get_latest_revision_as_object()
    draft.clauses = [clause for clause in draft.clauses.all() if clause.key.startswith("1")]
    assert all(key.startswith("1") for key in keys(draft))


def test_asking_costs_three_queries_one_of_them_for_whose_copy_it_may_be(
    plan: PolicyPage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(3):
        keys(plan)


# ── the report ──────────────────────────────────────────────────────────────────────────────────


REPORT = "/admin/reports/interpretations/"


def cells(client: Client, **query: str) -> list[list[str]]:
    soup = parsed(client.get(REPORT, query).content)
    rows = soup.select("table.listing:not(.coverage__policies) tbody tr")
    return [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in rows]


def test_the_report_names_each_clause_its_state_and_the_way_to_write(editor: Client) -> None:
    rows = cells(editor)
    assert len(rows) == sum(bool(c.text) for c in PolicyPage.objects.get().clauses.all())
    states = {row[2] for row in rows}
    assert states == {"没有解读", "已解读"}
    soup = parsed(editor.get(REPORT, {"state": "none"}).content)
    write = soup.select_one('table.listing a[href*="?clause="]')
    assert editor.get(write["href"]).status_code == 200


def test_a_draft_counts_as_being_written_and_not_as_explained(
    editor: Client, plan: PolicyPage
) -> None:
    page = InterpretationPage.objects.get(slug="going-to-school")
    page.unpublish()
    (row,) = [row for row in cells(editor, state="writing") if page.title in row[3]]
    assert row[2] == "在写"


def test_the_report_can_be_narrowed_and_sums_up_each_policy(
    editor: Client, plan: PolicyPage
) -> None:
    other = long_policy(20)
    assert len(cells(editor, policy=str(other.pk))) == sum(
        bool(c.text) for c in other.clauses.all()
    )
    assert cells(editor, policy="x") == []
    soup = parsed(editor.get(REPORT).content)
    sums = {
        row.select_one("th").get_text(" ", strip=True): [td.text for td in row.select("td")]
        for row in soup.select(".coverage__policies tbody tr")
    }
    (long,) = [numbers for name, numbers in sums.items() if "测试用的长文件" in name]
    assert long == ["0 / 15", "0", "15", "0%"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_report_is_exported_whole(editor: Client, form: str) -> None:
    long_policy(100)
    answer = editor.get(REPORT, {"export": form})
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    if form == "csv":
        lines = list(csv.DictReader(io.StringIO(content.decode())))
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        head, *rows = sheet.values
        lines = [dict(zip(head, row, strict=True)) for row in rows]
    assert len(lines) > 75
    assert {"发文字号", "条款", "状态", "解读"} <= set(lines[0])
    assert {line["状态"] for line in lines} == {"没有解读", "已解读"}


@pytest.mark.parametrize(("username", "status"), [("reviewer", 200), ("organiser", 302)])
def test_the_report_is_for_editors_and_reviewers(
    client: Client, username: str, status: int
) -> None:
    client.force_login(User.objects.get(username=username))
    assert client.get(REPORT).status_code == status


def test_the_report_of_a_hundred_clauses_costs_a_fixed_number_of_queries(
    editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    editor.get(REPORT)
    with django_assert_max_num_queries(22) as few:
        editor.get(REPORT)
    long_policy(100)
    with django_assert_max_num_queries(22) as many:
        editor.get(REPORT)
    assert len(many) == len(few)


# ── the warning ─────────────────────────────────────────────────────────────────────────────────


def out_since(policy: PolicyPage, days: int) -> None:
    PolicyPage.objects.filter(pk=policy.pk).update(
        first_published_at=timezone.now() - timedelta(days=days)
    )


def test_a_policy_without_interpretation_is_named_on_the_home_page_and_in_its_editor(
    editor: Client,
) -> None:
    policy = long_policy(10)
    out_since(policy, 40)
    for url in ("/admin/", f"/admin/pages/{policy.pk}/edit/"):
        html = editor.get(url).content.decode()
        assert "公布已 40 天，已超过 3 个工作日，还没有解读。" in html, url


def test_what_is_being_written_is_named(editor: Client) -> None:
    policy = long_policy(10)
    page = InterpretationPage.objects.get(slug="going-to-school")
    page.unpublish()
    page.clause_links = [InterpretationClause(clause_key=policy.clause_keys.all()[0])]
    page.save()
    assert (
        f"今天公布，解读还没有发布（在写：《{page.title}》）。"
        in editor.get("/admin/").content.decode()
    )


def test_an_interpreted_policy_is_not_warned_of(editor: Client, plan: PolicyPage) -> None:
    for url in ("/admin/", f"/admin/pages/{plan.pk}/edit/"):
        html = editor.get(url).content.decode()
        assert "还没有解读" not in html
        assert "缺少解读的政策文件" not in html


def test_nobody_else_is_shown_the_warning(client: Client) -> None:
    long_policy(10)
    client.force_login(User.objects.get(username="organiser"))
    assert "缺少解读的政策文件" not in client.get("/admin/").content.decode()


def test_a_draft_is_not_warned_of(editor: Client) -> None:
    policy = long_policy(10, live=False)
    assert "还没有解读" not in editor.get(f"/admin/pages/{policy.pk}/edit/").content.decode()
    assert unexplained_policies() == []


# ── the public page ─────────────────────────────────────────────────────────────────────────────


def test_a_hundred_clauses_with_thirty_interpretations_cost_at_most_twelve_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    policy = long_policy(100)
    index = InterpretationIndexPage.objects.get()
    for number, key in enumerate(policy.clause_keys.all()[10:40]):
        page = InterpretationPage(
            slug=f"example-{number}",
            title=f"示例解读{number}",
            summary="示例",
            body=json.dumps([{"type": "paragraph", "value": "<p>示例。</p>"}]),
        )
        page.clause_links.set([InterpretationClause(clause_key=key)])
        index.add_child(instance=page)
    client.get(policy.url)
    with django_assert_max_num_queries(12):
        html = client.get(policy.url).content.decode()
    assert html.count("/interpretations/example-") == 30
    with django_assert_max_num_queries(12):
        client.get("/interpretations/")
