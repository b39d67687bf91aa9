"""Which clauses nobody has explained."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from home.policies.models import InterpretationPage, PolicyPage
from home.policies.selectors import clauses_without_interpretation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


@pytest.fixture
def plan() -> PolicyPage:
    return PolicyPage.objects.get(slug="lmf-2025-10")


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


def test_asking_costs_two_queries(
    plan: PolicyPage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        keys(plan)
