"""A policy or an interpretation whose draft is for named people: no list beside it tells others."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from home.directory.models import Role, User
from home.pages.review import drafts
from home.policies import services
from home.policies.models import (
    ClauseKey,
    InterpretationClause,
    InterpretationIndexPage,
    InterpretationPage,
    PolicyImport,
    PolicyPage,
)
from tests.pages.press import House

SECRET = "还不能让人知道的文件"
CLAUSE = "还不能让人知道的一条"


@pytest.fixture
def house(db: None) -> House:
    return House()


@pytest.fixture
def other(house: House) -> Client:
    return client_of(house.person("other-editor", Role.EDITOR))


@pytest.fixture
def hidden(house: House) -> PolicyPage:
    """A policy that was never published and that only its writer sees."""
    page = house.draft_policy("lmf-2031-7")
    page.title, page.document_number = SECRET, "辽民发〔2031〕7号"
    first = page.clauses.first()
    first.heading, first.text = CLAUSE, f"{CLAUSE}的正文"
    page.clauses.add(first)
    page.save()
    page.save_revision(user=house.editor)
    services.register_keys(page, [clause.key for clause in page.clauses.all()])
    drafts.restrict(page, [], house.editor)
    return page


@pytest.fixture
def explained(house: House) -> PolicyPage:
    """A live policy whose interpretation is being written, for named people only."""
    policy = house.draft_policy("lmf-2025-8")
    house.publish_by_review(policy)
    index = house.add(house.home, InterpretationIndexPage(title="政策解读", slug="interpretations"))
    page = InterpretationPage(title=SECRET, slug="secret", summary="摘要", live=False)
    page.clause_links.set(
        [InterpretationClause(clause_key=ClauseKey.objects.get(policy=policy, key="1"))]
    )
    house.add(index, page).save_revision(user=house.editor)
    drafts.restrict(page, [], house.editor)
    return policy


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def shown(client: Client, address: str, **query: Any) -> str:
    """Everything the address says, also what a dialog's JSON says."""
    response = client.get(address, query)
    assert response.status_code == 200, address
    body = response.content.decode()
    if response.headers["Content-Type"] == "application/json":
        body = body.encode().decode("unicode-escape")
    return body


def choosers(policy: PolicyPage) -> list[str]:
    key = ClauseKey.objects.filter(policy=policy).order_by("pk")[0]
    return [
        reverse("clause_key_chooser:choose"),
        reverse("clause_key_chooser:choose_results"),
        reverse("clause_key_chooser:choose_results") + f"?policy={policy.pk}",
        reverse("clause_key_chooser:chosen", args=[key.pk]),
        reverse("clause_key_chooser:chosen_multiple") + f"?id={key.pk}",
    ]


def test_the_choosers_of_clauses_say_nothing_of_it(
    hidden: PolicyPage, house: House, other: Client
) -> None:
    for address in choosers(hidden):
        body = shown(other, address)
        assert SECRET not in body, address
        assert CLAUSE not in body, address
    assert CLAUSE in shown(client_of(house.editor), choosers(hidden)[0])


def test_new_clauses_of_a_live_policys_hidden_draft_are_not_offered(
    house: House, other: Client
) -> None:
    policy = house.draft_policy()
    house.publish_by_review(policy)
    draft = PolicyPage.objects.get(pk=policy.pk)
    draft.clauses.add(
        draft.clauses.model(key="3", number="三、", heading=CLAUSE, text="。", sort_order=2)
    )
    draft.save_revision(user=house.editor)
    services.register_keys(draft, ["1", "2", "3"])
    drafts.restrict(draft, [], house.editor)
    listed = shown(other, reverse("clause_key_chooser:choose_results"))
    assert CLAUSE not in listed
    assert "总则" in listed
    assert CLAUSE in shown(client_of(house.editor), reverse("clause_key_chooser:choose_results"))
    new = ClauseKey.objects.get(policy=policy, key="3")
    assert CLAUSE not in shown(other, reverse("clause_key_chooser:chosen", args=[new.pk]))


def test_whoever_edits_no_pages_chooses_no_clauses(house: House) -> None:
    policy = house.draft_policy()
    services.register_keys(policy, ["1"])
    clerk = client_of(house.person("clerk", Role.CLERK))
    for address in choosers(policy):
        response = clerk.get(address, headers={"x-requested-with": "XMLHttpRequest"})
        assert response.status_code == 403, address
        assert "总则" not in response.content.decode()


def test_an_interpretation_that_names_its_clause_does_not_tell_it(
    hidden: PolicyPage, house: House, other: Client
) -> None:
    index = house.add(house.home, InterpretationIndexPage(title="政策解读", slug="interpretations"))
    page = InterpretationPage(title="解读", slug="open", summary="摘要", live=False)
    page.clause_links.set(
        [InterpretationClause(clause_key=ClauseKey.objects.get(policy=hidden, key="1"))]
    )
    house.add(index, page).save_revision(user=house.editor)
    body = shown(other, reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert CLAUSE not in body
    assert "（草稿仅限指定人员）" in body


def test_what_is_beside_a_clause_is_not_named_to_others(
    explained: PolicyPage, house: House, other: Client
) -> None:
    places = [
        reverse("wagtailadmin_pages:edit", args=[explained.pk]),
        reverse("policies_coverage"),
        reverse("policies_coverage") + "?export=csv",
        reverse("wagtailadmin_home"),
    ]
    named = client_of(house.editor)
    for address in places:
        response = other.get(address)
        body = (b"".join(response) if response.streaming else response.content).decode()
        assert SECRET not in body, address
        assert "（草稿仅限指定人员）" in body, address
    assert SECRET in shown(named, places[0])
    assert SECRET in shown(named, places[1])


def test_importing_neither_offers_nor_names_it(
    hidden: PolicyPage, house: House, other: Client
) -> None:
    number = hidden.document_number
    text = f"关于另一件事的通知\n\n{number}\n\n一、总则\n第一段。\n二、任务\n第二段。"
    PolicyImport.objects.create(text=text, created_by=house.editor, target=hidden)
    desk = reverse("policies_import")
    assert "待核对" in shown(client_of(house.editor), desk)
    assert "待核对" not in shown(other, desk)
    review = other.post(desk, {"text": text})
    assert review.status_code == 302
    body = shown(other, review.headers["Location"])
    assert SECRET not in body
    aimed = other.post(
        review.headers["Location"], {"deed": "target", "target": hidden.document_number}
    )
    assert aimed.status_code == 400
    assert SECRET not in aimed.content.decode()
