"""Choosing clauses in the pages that point at them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from home.policies.models import ClauseKey, InterpretationPage, PolicyPage
from tests.policies.editing import Editor, long_policy, parsed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


def found(client: Client, **query: Any) -> list[str]:
    response = client.get(reverse("clause_key_chooser:choose_results"), query)
    assert response.status_code == 200
    soup = parsed(response.content)
    return [row.get_text(" ", strip=True) for row in soup.select("tbody tr")]


def test_a_clause_is_found_by_number_heading_and_words(editor: Client) -> None:
    key = ClauseKey.objects.get(policy__slug="lmf-2025-10", key="2-2-1")
    clause = key.policy.clauses.get(key="2-2-1")
    assert any(clause.heading in row for row in found(editor, q=clause.heading))
    assert any(clause.heading in row for row in found(editor, q=clause.text[10:20]))
    assert len(found(editor, q="2-2-1")) == 1
    both = [found(editor, q=f"{number} 总体") for number in ("(一)", "（一）")]
    assert both[0] == both[1]
    assert found(editor, q="没有这样的词") == []


def test_the_list_says_the_words_of_the_clause_and_its_document(editor: Client) -> None:
    row = next(row for row in found(editor, q="2-2-1"))
    assert "辽民发〔2025〕10号" in row
    assert len(row) > 20


def test_the_list_can_be_narrowed_to_a_document(editor: Client) -> None:
    long = long_policy(10)
    rows = found(editor, policy=long.pk)
    assert len(rows) == 10
    assert all("测试〔2026〕1号" in row for row in rows)


def test_a_clause_that_is_gone_is_offered_no_more_and_one_of_a_draft_is(editor: Client) -> None:
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    tab = Editor(editor, plan)
    tab.add(tab.rows - 1, number="四、", heading="草稿里的新内容")
    tab.save()
    assert any(
        "草稿里的新内容" in row and "草稿" in row for row in found(editor, policy=plan.pk, p=2)
    )
    clauses = [clause for clause in plan.clauses.all() if clause.key != "2-2-2"]
    plan.clauses = clauses
    plan.change_note = "去掉一条（示例）"
    plan.save_revision().publish()
    assert found(editor, q="2-2-2") == []


def test_a_chosen_clause_shows_its_heading(editor: Client) -> None:
    key = ClauseKey.objects.get(policy__slug="lmf-2025-10", key="2-2-1")
    heading = key.policy.clauses.get(key="2-2-1").heading
    chosen = editor.get(reverse("clause_key_chooser:chosen", args=[key.pk])).json()
    assert chosen["result"]["title"].startswith("辽民发〔2025〕10号 二(二)1")
    assert heading[:10] in chosen["result"]["title"]
    page = InterpretationPage.objects.get(slug="going-to-school")
    assert heading[:10] in editor.get(f"/admin/pages/{page.pk}/edit/").content.decode()


@pytest.mark.parametrize("query", [{"p": "99"}, {"policy": "x"}, {"q": "%_'\\"}])
def test_a_wrong_question_breaks_nothing(editor: Client, query: dict[str, str]) -> None:
    response = editor.get(reverse("clause_key_chooser:choose_results"), query)
    assert response.status_code in (200, 404)


def test_the_list_costs_a_fixed_number_of_queries(
    editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    long_policy(100)
    found(editor)
    with django_assert_max_num_queries(14):
        found(editor)
