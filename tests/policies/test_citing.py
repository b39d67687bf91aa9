"""A clause is cited where it is printed, whatever its key says. The texts are made up."""

from __future__ import annotations

import pytest
from django.test import Client

from home.pages.prechecks import findings
from home.policies import citing, services
from home.policies.comparing import clause_names
from home.policies.matching import match
from home.policies.models import ClauseKey, PolicyPage
from home.policies.parser import parse
from home.policies.presentation import policy_entries
from ops.demo.site import CONTENT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


@pytest.fixture
def plan() -> PolicyPage:
    """The plan, published again with a new section in front of 二(三)."""
    page = PolicyPage.objects.get(slug="lmf-2025-10")
    text = (CONTENT / "action-plan.txt").read_text("utf-8")
    text = text.replace("(三)加强关爱服务保障。", "(三)示例一节。示例。\n(四)加强关爱服务保障。")
    parsed = parse(text)
    registered = ClauseKey.objects.filter(policy=page).values_list("key", flat=True)
    known = services.known_clauses(page, page)
    revision = services.amend_policy(
        page,
        parsed,
        match(known, parsed.clauses, registered=registered),
        change_note="增加一节（示例）。",
    )
    revision.publish()
    return PolicyPage.objects.get(pk=page.pk)


def test_a_clause_that_was_renumbered_keeps_its_key_and_is_cited_by_its_new_number(
    plan: PolicyPage, client: Client
) -> None:
    places = citing.places(plan.clauses.all())
    assert places["2-3-1"] == "2-4-1"
    html = client.get("/policies/lmf-2025-10/clauses/2-3-1/").content.decode()
    assert "辽民发〔2025〕10号 二(四)1" in html
    assert "辽民发〔2025〕10号 二(三)1" not in html
    rows = client.get("/api/v1/policies/lmf-2025-10/clauses/").json()["results"]
    cited = {row["key"]: row["citation"] for row in rows}
    assert cited["2-3-1"] == "辽民发〔2025〕10号 二(四)1"


def test_search_and_interpretations_cite_it_alike(plan: PolicyPage, client: Client) -> None:
    numbers = {entry.key: entry.number for entry in policy_entries(plan)}
    assert numbers["c-2-3-2"] == "辽民发〔2025〕10号 二(四)2"
    key = ClauseKey.objects.get(policy=plan, key="2-3-2")
    page = key.interpretation_links.select_related("page")[0].page
    html = client.get(page.url).content.decode()
    assert "二(四)2" in html
    assert "二(三)2" not in html


def test_an_older_edition_keeps_its_own_numbers(plan: PolicyPage) -> None:
    first = plan.editions.get(number=1)
    assert citing.places(first.content["clauses"])["2-3-1"] == "2-3-1"


def test_comparisons_and_the_history_call_it_as_it_is_cited(
    plan: PolicyPage, client: Client
) -> None:
    names = clause_names(plan.editions.get(number=2).content)
    heading = plan.clauses.get(key="2-3-1").heading
    assert names["2-3-1"] == f"二(四)1 {heading}"
    html = client.get("/policies/lmf-2025-10/editions/1/diff/2/").content.decode()
    assert f"二(四)1 {heading}" in html


def test_clauses_of_two_attachments_are_not_called_alike() -> None:
    rows = [
        {"key": key, "number": number, "heading": heading, "text": ""}
        for key, number, heading in (
            ("1", "一、", "正文"),
            ("att1-1", "一、", "附件一的第一条"),
            ("att2-1", "一、", "附件二的第一条"),
            ("att2-p1", "", "没有序号的一段"),
        )
    ]
    assert list(clause_names({"clauses": rows}).values()) == [
        "一 正文",
        "附件1 一 附件一的第一条",
        "附件2 一 附件二的第一条",
        "没有序号的一段",
    ]


def test_the_check_names_the_place_where_readers_find_it(plan: PolicyPage) -> None:
    draft = plan.get_latest_revision_as_object()
    rows = list(draft.clauses.all())
    for clause in rows:
        if clause.key == "2-3-1":
            clause.text += "身份证号11010519491231002X。"
    draft.clauses = rows
    [found] = [one for one in findings(draft) if one.code == "personal-identity"]
    assert found.place.startswith("二(四)1 · ")
