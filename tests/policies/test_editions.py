"""Publishing a policy: editions, keys and links."""

from __future__ import annotations

import pytest
from django.db.models import ProtectedError
from wagtail.models import Page

from home.checklist.models import ServiceClause
from home.policies.models import Clause, ClauseKey, Edition, InterpretationClause, PolicyPage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


def links() -> set[tuple[str, int, int]]:
    return {
        *(
            ("interpretation", row.page_id, row.clause_key_id)
            for row in InterpretationClause.objects.all()
        ),
        *(("service", row.page_id, row.clause_key_id) for row in ServiceClause.objects.all()),
    }


def test_publishing_the_plan_makes_its_first_edition_with_every_clause(plan: PolicyPage) -> None:
    edition = plan.editions.get()
    assert edition.number == 1
    assert [clause["key"] for clause in edition.snapshot["clauses"]] == list(
        plan.clauses.values_list("key", flat=True)
    )
    assert len(edition.snapshot["issuers"]) == 21


def test_publishing_the_same_text_again_makes_no_edition_and_leaves_every_link(
    plan: PolicyPage,
) -> None:
    before_links, before_keys = links(), set(ClauseKey.objects.values_list("pk", "key"))
    for _ in range(2):
        plan.save_revision().publish()
    assert links() == before_links
    assert set(ClauseKey.objects.values_list("pk", "key")) == before_keys
    assert plan.editions.count() == 1
    assert plan.clauses.count() == 25


def test_a_changed_clause_makes_the_next_edition_and_the_first_stays_as_it_was(
    plan: PolicyPage,
) -> None:
    first = plan.editions.get().snapshot
    before_links = links()
    clause = plan.clauses.get(key="2-2-1")
    clauses = list(plan.clauses.all())
    for row in clauses:
        if row.pk == clause.pk:
            row.text = "改过的正文。"
    plan.clauses = clauses
    plan.change_note = "修改入学政策"
    plan.save_revision().publish()
    second = plan.editions.get(number=2)
    assert second.change_note == "修改入学政策"
    assert {c["key"]: c["text"] for c in second.snapshot["clauses"]}["2-2-1"] == "改过的正文。"
    assert plan.editions.get(number=1).snapshot == first
    assert links() == before_links


def test_a_saved_draft_makes_no_edition(plan: PolicyPage) -> None:
    plan.title = "草稿标题"
    plan.save_revision()
    assert plan.editions.count() == 1


def test_departments_of_a_clause_survive_publishing(plan: PolicyPage) -> None:
    before = {
        c.key: sorted(c.departments.values_list("code", flat=True)) for c in plan.clauses.all()
    }
    assert before["2-2-1"] == ["education"]
    plan.save_revision().publish()
    after = {
        c.key: sorted(c.departments.values_list("code", flat=True))
        for c in Clause.objects.filter(page=plan)
    }
    assert after == before


def test_an_edition_is_never_changed(plan: PolicyPage) -> None:
    edition = plan.editions.get()
    edition.change_note = "后来补写"
    with pytest.raises(TypeError):
        edition.save()


def test_a_published_policy_can_not_be_deleted(plan: PolicyPage) -> None:
    with pytest.raises(ProtectedError):
        Page.objects.get(pk=plan.pk).delete()
    assert Edition.objects.filter(policy=plan).exists()


def test_a_clause_key_can_not_be_deleted(plan: PolicyPage) -> None:
    with pytest.raises(ProtectedError):
        ClauseKey.objects.get(policy=plan, key="2-2-1").delete()
    with pytest.raises(ProtectedError):
        ClauseKey.objects.filter(policy=plan).delete()
    with pytest.raises(ProtectedError):
        plan.editions.all().delete()


def test_an_edition_keeps_its_revision_from_purging(plan: PolicyPage) -> None:
    with pytest.raises(ProtectedError):
        plan.editions.get().revision.delete()
