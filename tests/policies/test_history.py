"""Editions, differences and validity as the public, editors and programs see them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from wagtail.models import PageViewRestriction

from home.policies import snapshots
from home.policies.models import Clause, Edition, PolicyPage
from home.policies.services import record_edition

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

PLAN = "/policies/lmf-2025-10/"
Amend = Callable[[], PolicyPage]


@pytest.fixture
def amended(plan: PolicyPage) -> PolicyPage:
    """The plan's second edition: a clause changed, one added, one gone, one moved (made up)."""
    clauses = {clause.key: clause for clause in plan.clauses.all()}
    clauses["2-2-1"].text = clauses["2-2-1"].text + "示例：学校每学期核对一次名单。"
    order = [clauses[key] for key in clauses if key not in ("2-1-3", "2-3-1")]
    order.insert(5, Clause(key="2-1-9", parent_key="2-1", level=3, number="9.", text="示例新条。"))
    order.append(clauses["2-3-1"])
    clauses["2-3-1"].parent_key = "3"
    for position, clause in enumerate(order):
        clause.sort_order = position
    plan.clauses = order
    plan.change_note = "示例：按新学期安排修改。"
    plan.save_revision().publish()
    return PolicyPage.objects.get(pk=plan.pk)


def html(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def said(text: str) -> str:
    """The words of a page, without tags and line breaks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


# The list


def test_a_policy_that_was_never_changed_says_so(client: Client) -> None:
    assert "公布以来没有修改过" in html(client, f"{PLAN}editions/")
    assert f"{PLAN}editions/" in html(client, PLAN)


@pytest.mark.usefixtures("amended")
def test_the_list_tells_what_changed_in_numbers_and_why(client: Client) -> None:
    page = said(html(client, f"{PLAN}editions/"))
    assert "修改1条，新增1条，删除1条，移动1条" in page
    assert "示例：按新学期安排修改。" in page
    whole = html(client, PLAN)
    assert f"{PLAN}editions/1/diff/2/" in whole
    assert "示例：按新学期安排修改。" in whole


def test_a_second_edition_costs_the_document_no_query(
    client: Client, plan: PolicyPage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    publish(plan, title="改过的标题（示例）")
    with django_assert_max_num_queries(12):
        client.get(PLAN)


@pytest.mark.usefixtures("amended")
def test_pages_of_editions_keep_their_budget(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(13):  # a clause has gone
        client.get(PLAN)
    for path in ("editions/", "editions/1/", "editions/1/diff/2/"):
        with django_assert_max_num_queries(7):
            client.get(f"{PLAN}{path}")
    with django_assert_max_num_queries(13):
        client.get(f"{PLAN}clauses/2-2-1/")


def test_what_the_pages_are_made_of_is_noted(client: Client, amended: PolicyPage) -> None:
    for path in ("", "editions/", "editions/1/", "editions/1/diff/2/", "clauses/2-2-1/"):
        made_of = client.get(f"{PLAN}{path}").made_of  # type: ignore[attr-defined]
        assert ("page", str(amended.pk)) in made_of, path
        assert ("editions", str(amended.pk)) in made_of, path


# One edition


def test_an_old_edition_reads_as_it_did_and_says_that_it_is_old(
    client: Client, amended: PolicyPage
) -> None:
    page = html(client, f"{PLAN}editions/1/")
    assert "已经不是现行版本" in page
    assert "学校每学期核对一次名单" not in page
    assert 'id="c-2-1-3"' in page
    assert "也是现行版本" in html(client, f"{PLAN}editions/2/")


def test_an_old_edition_depends_on_nothing_but_its_snapshot(
    client: Client, amended: PolicyPage
) -> None:
    before = html(client, f"{PLAN}editions/1/")
    amended.clauses.all().delete()
    amended.issuers.all().delete()
    assert html(client, f"{PLAN}editions/1/") == before


def test_an_edition_of_the_first_format_can_still_be_read(client: Client, plan: PolicyPage) -> None:
    first = plan.editions.get()
    old = {
        name: value
        for name, value in first.snapshot.items()
        if name not in ("format", "validity_note", "superseded_by", "expires_on", "repealed_on")
    }
    old["clauses"] = [
        {name: value for name, value in clause.items() if not name.startswith("validity")}
        for clause in old["clauses"]
    ]
    Edition.objects.create(
        policy=plan, number=2, revision=first.revision, snapshot=old, digest=snapshots.digest(old)
    )
    assert snapshots.read(old) == first.content
    assert "修改1条" not in html(client, f"{PLAN}editions/")
    assert html(client, f"{PLAN}editions/2/").count('id="c-') == 25
    # The text is the same: the new format alone makes no edition.
    assert record_edition(plan, first.revision) is None


def test_a_snapshot_of_a_later_release_is_refused_and_not_guessed_at() -> None:
    with pytest.raises(snapshots.UnknownFormat):
        snapshots.read({"format": snapshots.FORMAT + 1, "clauses": []})


# Two editions


@pytest.mark.usefixtures("amended")
def test_the_difference_marks_words_and_names_every_kind(client: Client) -> None:
    page = html(client, f"{PLAN}editions/1/diff/2/")
    assert re.search(r"<ins[^>]*>.*?示例：学校每学期核对一次名单。", page)
    for key, kind in (
        ("2-2-1", "changed"),
        ("2-1-9", "added"),
        ("2-1-3", "removed"),
        ("2-3-1", "moved"),
    ):
        assert re.search(rf'class="compared compared--{kind}"\s+id="c-{key}"', page), key
        assert f'href="#c-{key}"' in page
    assert "（增加：" in page  # for those who listen
    assert "移到" in page
    assert "<details" in page  # what stayed is folded
    assert "noindex" in page


@pytest.mark.parametrize(
    "path",
    [
        "editions/3/",
        "editions/0/",
        "editions/01/",
        "editions/9999999999999999999/",
        "editions/1/diff/3/",
        "editions/3/diff/3/",
        "editions/2/diff/9/",
        "editions/x/",
    ],
)
@pytest.mark.usefixtures("amended")
def test_an_edition_that_does_not_exist_is_a_404(client: Client, path: str) -> None:
    assert client.get(f"{PLAN}{path}").status_code == 404


@pytest.mark.usefixtures("amended")
def test_a_pair_of_editions_has_one_address(client: Client) -> None:
    assert (
        client.get(f"{PLAN}editions/2/diff/1/").headers["Location"] == f"{PLAN}editions/1/diff/2/"
    )
    assert client.get(f"{PLAN}editions/2/diff/2/").headers["Location"] == f"{PLAN}editions/2/"


def test_a_private_policy_shows_none_of_its_editions(client: Client, amended: PolicyPage) -> None:
    PageViewRestriction.objects.create(page=amended, restriction_type=PageViewRestriction.LOGIN)
    for path in ("", "editions/", "editions/1/", "editions/1/diff/2/", "clauses/2-1-3/"):
        answer = client.get(f"{PLAN}{path}")
        assert answer.status_code == 302, path
        assert "/login/" in answer.headers["Location"]
    for path in ("", "clauses/"):
        assert client.get(f"/api/v1{PLAN}{path}").status_code == 404


def test_a_page_below_a_private_section_stays_private(client: Client, plan: PolicyPage) -> None:
    PageViewRestriction.objects.create(
        page=plan.get_parent(), restriction_type=PageViewRestriction.LOGIN
    )
    assert client.get(PLAN).status_code == 302


@pytest.mark.usefixtures("amended")
def test_the_sitemap_names_editions_and_no_differences(client: Client) -> None:
    sitemap = client.get("/sitemap.xml").content.decode()
    assert f"{PLAN}editions/</loc>" in sitemap
    assert f"{PLAN}editions/1/</loc>" in sitemap
    assert "/diff/" not in sitemap


# A clause


@pytest.mark.usefixtures("amended")
def test_a_clause_tells_its_history(client: Client) -> None:
    changed = said(html(client, f"{PLAN}clauses/2-2-1/"))
    assert re.search(r"第2版 \d+年\d+月\d+日 修改 ：示例：按新学期安排修改。", changed)
    assert "最初公布" in changed
    assert "公布以来没有修改过" in html(client, f"{PLAN}clauses/2-2-2/")


# Validity


def publish(plan: PolicyPage, **fields: Any) -> None:
    plan.change_note = f"第{plan.editions.count() + 1}版（示例）。"
    for name, value in fields.items():
        setattr(plan, name, value)
    plan.full_clean()
    plan.save_revision().publish()


def test_a_repealed_policy_says_so_at_the_top_and_makes_an_edition(
    client: Client, plan: PolicyPage
) -> None:
    publish(
        plan,
        validity="repealed",
        repealed_on=date(2026, 11, 1),
        validity_note="由示发〔2026〕1号废止（示例）。",
        change_note="废止（示例）",
    )
    page = said(html(client, PLAN))
    assert "这份文件已于2026年11月1日废止。 由示发〔2026〕1号废止（示例）。" in page
    assert page.index("已于2026年11月1日废止") < page.index("发文字号")
    assert "废止" in html(client, "/policies/")
    difference = said(html(client, f"{PLAN}editions/1/diff/2/"))
    assert "（删去：有效）（增加：废止）" in difference
    assert "2026年11月1日" in difference
    assert {entry.validity for entry in plan.search_entries()} == {"repealed"}
    assert "所在文件不再有效" in html(client, f"{PLAN}clauses/2-2-1/")


def test_a_superseded_policy_leads_to_what_took_its_place_and_back(
    client: Client, plan: PolicyPage
) -> None:
    new = plan.copy(
        update_attrs={
            "slug": "new-plan",
            "title": "新方案（示例）",
            "document_number": "示发〔2026〕1号",
        }
    )
    publish(plan, validity="repealed", superseded_by=new)
    old_page = html(client, PLAN)
    assert re.search(r'取代它的是：<a href="/policies/new-plan/">新方案（示例）', old_page)
    assert f'<a href="{PLAN}">' in html(client, "/policies/new-plan/")
    assert client.get("/api/v1/policies/new-plan/").json()["supersedes"][0]["url"] == PLAN
    new.refresh_from_db()
    new.unpublish()
    assert "新方案" not in html(client, PLAN)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"repealed_on": date(2026, 1, 1)}, "repealed_on"),
        ({"expires_on": date(2020, 1, 1), "adopted_on": date(2025, 1, 1)}, "expires_on"),
    ],
)
def test_days_that_contradict_the_validity_are_refused_at_the_field(
    plan: PolicyPage, fields: dict[str, Any], field: str
) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError) as refusal:
        publish(plan, **fields)
    assert field in refusal.value.message_dict


def test_a_single_clause_can_be_repealed(client: Client, plan: PolicyPage) -> None:
    clauses = list(plan.clauses.all())
    for clause in clauses:
        if clause.key == "2-2-1":
            clause.validity, clause.validity_since = "repealed", date(2026, 9, 1)
            clause.validity_note = "由示发〔2026〕1号第二条废止（示例）"
    plan.clauses = clauses
    publish(plan)
    for path in (PLAN, f"{PLAN}clauses/2-2-1/", f"{PLAN}editions/2/"):
        page = said(html(client, path))
        assert "废止 自2026年9月1日起。 由示发〔2026〕1号第二条废止（示例）" in page, path
    by_key = {entry.key: entry.validity for entry in plan.search_entries()}
    assert (by_key["c-2-2-1"], by_key["c-2-2-2"], by_key[""]) == (
        "repealed",
        "in-force",
        "in-force",
    )
    rows = client.get(f"/api/v1{PLAN}clauses/").json()["results"]
    clause = next(row for row in rows if row["key"] == "2-2-1")
    assert (clause["validity"], clause["is_in_force"]) == ("repealed", False)
    assert clause["validity_since"] == "2026-09-01"


def test_the_list_can_be_read_by_validity(client: Client, plan: PolicyPage) -> None:
    old = plan.copy(update_attrs={"slug": "old", "title": "旧文件（示例）"})
    publish(old, validity="expired", change_note="失效（示例）")
    assert "旧文件（示例）" in html(client, "/policies/")
    page = html(client, "/policies/validity/expired/")
    assert "旧文件（示例）" in page
    assert PLAN not in page
    assert "没有这样的文件" in html(client, "/policies/validity/amended/")
    assert client.get("/policies/validity/nonsense/").status_code == 404


# For programs


def test_programs_read_a_policy_and_its_clauses(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        listed = client.get("/api/v1/policies/?validity=in-force").json()
    assert listed["total"] == 1
    assert listed["results"][0]["document_number"] == "辽民发〔2025〕10号"
    with django_assert_max_num_queries(6):
        whole = client.get(f"/api/v1{PLAN}").json()
    assert len(whole["issuers"]) == 21
    assert whole["edition"] == 1
    with django_assert_max_num_queries(3):
        clauses = client.get(f"/api/v1{PLAN}clauses/").json()
    assert clauses["total"] == 25
    assert clauses["results"][0]["validity_label"] == "有效"
    taken = json.loads(client.get(f"{PLAN}document.json").content)
    assert taken["clauses"] == clauses["results"]


def test_programs_are_told_what_is_wrong(client: Client) -> None:
    assert client.get("/api/v1/policies/nothing/").status_code == 404
    assert "没有" in client.get("/api/v1/policies/nothing/clauses/").json()["detail"]
    assert client.get("/api/v1/policies/?validity=new").status_code == 400
    assert client.get("/api/v1/policies/?limit=1000").status_code == 400
    assert client.get("/api/v1/policies/?validity=expired").json() == {"total": 0, "results": []}
    assert "/api/v1/policies/{slug}/clauses/" in client.get("/api/v1/openapi.json").json()["paths"]


def test_a_draft_is_nowhere(client: Client, plan: PolicyPage) -> None:
    plan.title = "不能外露的草稿标题"
    plan.save_revision()
    for path in (PLAN, f"{PLAN}editions/", f"/api/v1{PLAN}", f"{PLAN}document.json"):
        assert "不能外露" not in client.get(path).content.decode()


# In the admin


def test_the_draft_is_compared_with_the_live_text_in_one_click(
    client: Client, amended: PolicyPage
) -> None:
    client.force_login(get_user_model().objects.create_superuser("editor2", "e@example.org", "-"))
    compare = f"/admin/policies/{amended.pk}/compare/"
    assert "读者看不到任何变动" in html(client, compare)
    draft = amended.get_latest_revision_as_object()
    draft.title = "改了标题的草稿（示例）"
    draft.save_revision()
    page = html(client, compare)
    assert re.search(r"<ins[^>]*>.*?草稿", page)
    assert compare in html(client, f"/admin/pages/{amended.pk}/edit/")
    assert compare in html(client, f"/admin/pages/{amended.get_parent().pk}/")
    assert "示例：按新学期安排修改。" in html(client, f"/admin/policies/{amended.pk}/editions/")


def test_a_policy_without_editions_is_compared_with_nothing(
    client: Client, plan: PolicyPage
) -> None:
    draft = plan.copy(update_attrs={"slug": "draft", "title": "草稿"}, keep_live=False)
    client.force_login(get_user_model().objects.create_superuser("editor2", "e@example.org", "-"))
    assert "还没有公布过" in html(client, f"/admin/policies/{draft.pk}/compare/")
    assert "还没有公布过" in html(client, f"/admin/policies/{draft.pk}/editions/")


def test_who_may_not_edit_a_policy_may_not_compare_it(client: Client, plan: PolicyPage) -> None:
    for path in ("compare/", "editions/"):
        assert client.get(f"/admin/policies/{plan.pk}/{path}").status_code == 302
    client.force_login(get_user_model().objects.get(username="auditor"))
    for path in ("compare/", "editions/"):
        answer = client.get(f"/admin/policies/{plan.pk}/{path}")
        assert answer.status_code in (302, 403)
        assert "历次版本" not in answer.content.decode()
