"""The next edition is prepared while the published one can still be corrected."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from home.directory.models import User
from home.pages import authority
from home.pages.authority import NotAuthorised, authorised_by
from home.pages.prechecks import NotReady, overridden, reasons_not_to_publish
from home.policies import working_copies
from home.policies.importing import compare, confirm_amendment, policies_to_amend
from home.policies.matching import Fate, Match
from home.policies.models import (
    Clause,
    ClauseKey,
    Edition,
    InterpretationClause,
    InterpretationIndexPage,
    InterpretationPage,
    PolicyImport,
    PolicyPage,
    WorkingCopy,
)
from home.policies.parser import parse
from home.policies.working_copies import Refused
from tests.pages.press import House, client_of

pytestmark = pytest.mark.usefixtures("as_the_web")


@pytest.fixture
def copy(house: House, policy: PolicyPage) -> WorkingCopy:
    return working_copies.make(policy, house.editor)


def draft(page: Page) -> PolicyPage:
    return Page.objects.get(pk=page.pk).get_latest_revision_as_object()


def write(page: Page, user: Any, clauses: dict[str, str] | None = None, **fields: Any) -> None:
    """A new draft: clauses by key (a new key is added behind the others, None removes one)."""
    one = draft(page)
    for name, value in ({"change_note": "下一版（示例）。"} | fields).items():
        setattr(one, name, value)
    rows = list(one.clauses.all())
    for key, text in (clauses or {}).items():
        row = next((row for row in rows if row.key == key), None)
        if text is None:
            rows.remove(row)
        elif row is None:
            rows.append(Clause(key=key, number="三、", text=text, sort_order=len(rows)))
        else:
            row.text = text
    one.clauses.set(rows)
    one.save_revision(user=user)


def correct(house: House, policy: PolicyPage, clauses: dict[str, str], **fields: Any) -> None:
    """The published text is corrected, by the usual review."""
    write(policy, house.editor, clauses, change_note="更正（示例）。", **fields)
    house.publish_by_review(policy)


def texts(page: Page) -> dict[str, str]:
    return {clause.key: clause.text for clause in PolicyPage.objects.get(pk=page.pk).clauses.all()}


def test_the_copy_begins_with_the_published_text_and_keys(
    policy: PolicyPage, copy: WorkingCopy
) -> None:
    page = draft(copy.page)
    assert [(c.key, c.text) for c in page.clauses.all()] == [("1", "第一段。"), ("2", "第二段。")]
    assert page.title == policy.title
    assert [issuer.department_id for issuer in page.issuers.all()] == [
        issuer.department_id for issuer in policy.issuers.all()
    ]
    assert not page.live
    assert ClauseKey.objects.filter(policy=copy.page).count() == 0


def test_there_is_one_open_copy_of_a_policy(policy: PolicyPage, copy: WorkingCopy) -> None:
    with pytest.raises(Refused, match="已有一份"):
        working_copies.make(policy, None)
    with pytest.raises(Refused):
        working_copies.make(copy.page, None)
    working_copies.give_up(copy)
    working_copies.make(policy, None)


def test_a_draft_needs_no_copy(house: House) -> None:
    with pytest.raises(Refused, match="还没有发布"):
        working_copies.make(house.draft_policy("other"), None)


def test_an_approved_copy_becomes_the_originals_next_edition(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    index = house.add(house.home, InterpretationIndexPage(title="解读", slug="interpretations"))
    explained = InterpretationPage(title="解读一", slug="a", summary="说明", body="[]")
    explained.clause_links.set(
        [InterpretationClause(clause_key=ClauseKey.objects.get(policy=policy, key="1"))]
    )
    house.add(index, explained)
    write(
        copy.page,
        house.editor,
        {"1": "新的第一段。", "3": "新增的一段。"},
        change_note="新增一条，修改一条。",
    )
    house.publish_by_review(copy.page)
    assert texts(policy) == {"1": "新的第一段。", "2": "第二段。", "3": "新增的一段。"}
    edition = Edition.objects.get(policy=policy, number=2)
    assert edition.change_note == "新增一条，修改一条。"
    assert ClauseKey.objects.filter(policy=policy, key="3").exists()
    assert InterpretationPage.objects.get().clause_links.get().clause_key.policy_id == policy.pk
    copy.refresh_from_db()
    assert copy.state == "released"
    assert not Page.objects.get(pk=copy.page_id).live
    original = PolicyPage.objects.get(pk=policy.pk)
    assert (original.slug, original.live, original.has_unpublished_changes) == (
        policy.slug, True, False,
    )  # fmt: skip
    assert Edition.objects.filter(policy=copy.page).count() == 0


def test_the_copy_needs_its_reviews(house: House, policy: PolicyPage, copy: WorkingCopy) -> None:
    write(copy.page, house.editor, {"1": "新的。"})
    with pytest.raises(NotAuthorised):
        draft(copy.page).latest_revision.publish()
    assert texts(policy)["1"] == "第一段。"


def test_a_copy_never_goes_live_whoever_publishes_it(
    policy: PolicyPage, copy: WorkingCopy, house: House
) -> None:
    write(copy.page, house.editor, {"1": "新的。"})
    with authorised_by(authority.operator("test")):
        draft(copy.page).latest_revision.publish()
    assert not Page.objects.get(pk=copy.page_id).live
    assert texts(policy)["1"] == "新的。"
    with authorised_by(authority.operator("test")):
        with pytest.raises(NotReady, match="已经结束"):
            draft(copy.page).latest_revision.publish()
        # Who overrules the check does not overrule this.
        with overridden("test"), pytest.raises(NotAuthorised, match="已经结束"):
            draft(copy.page).latest_revision.publish()


def test_the_copy_is_nowhere_in_public(
    policy: PolicyPage, copy: WorkingCopy, client: Client
) -> None:
    write(copy.page, None, title="没有公布的新标题")
    call_command("rebuild_index", verbosity=0)
    assert client.get(f"/policies/{copy.page.slug}/").status_code == 404
    for address in ("/policies/", "/", "/sitemap.xml", "/search/?q=没有公布的新标题"):
        response = client.get(address)
        body = response.content.decode()
        assert copy.page.slug not in body, address
        assert "没有公布的新标题</a>" not in body, address


def test_corrections_are_carried_over(house: House, policy: PolicyPage, copy: WorkingCopy) -> None:
    write(copy.page, house.editor, {"1": "新的第一段。"})
    correct(house, policy, {"2": "更正的第二段。"}, summary="更正的说明")
    assert any("并入更正" in reason for reason in reasons_not_to_publish(draft(copy.page)))
    with pytest.raises(NotAuthorised, match="并入更正"):
        house.submit(copy.page, house.editor)
    merged = working_copies.take_in(copy, house.editor, {})
    assert {(one.key, one.part) for one in merged.carried} == {("2", "text"), ("", "summary")}
    assert {c.key: c.text for c in draft(copy.page).clauses.all()} == {
        "1": "新的第一段。", "2": "更正的第二段。",
    }  # fmt: skip
    house.publish_by_review(copy.page)
    assert texts(policy) == {"1": "新的第一段。", "2": "更正的第二段。"}
    assert PolicyPage.objects.get(pk=policy.pk).summary == "更正的说明"
    assert Edition.objects.filter(policy=policy).count() == 3


def test_a_correction_after_the_review_is_not_overwritten(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    write(copy.page, house.editor, {"1": "新的第一段。"})
    house.submit(copy.page, house.editor)
    house.approve(copy.page, house.first)
    house.approve(copy.page, house.second)
    correct(house, policy, {"2": "更正的第二段。"})
    with pytest.raises(NotAuthorised, match="并入更正"):
        house.approve(copy.page, house.third)
    assert texts(policy) == {"1": "第一段。", "2": "更正的第二段。"}


def test_a_draft_of_the_original_is_not_overwritten(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    write(policy, house.editor, {"2": "还没发布的更正。"})
    with pytest.raises(NotAuthorised, match="没发布的修改"):
        house.submit(copy.page, house.editor)


def test_conflicts_must_be_decided(house: House, policy: PolicyPage, copy: WorkingCopy) -> None:
    write(copy.page, house.editor, {"2": "我的第二段。"})
    correct(house, policy, {"2": "更正的第二段。"})
    with pytest.raises(Refused, match="1处冲突"):
        working_copies.take_in(copy, house.editor, {})
    assert draft(copy.page).clauses.get(key="2").text == "我的第二段。", "nothing changed"
    copy = WorkingCopy.objects.get(pk=copy.pk)
    (conflict,) = working_copies.pending_merge(copy).conflicts
    working_copies.take_in(copy, house.editor, {conflict.id: "theirs"})
    assert draft(copy.page).clauses.get(key="2").text == "更正的第二段。"
    assert not working_copies.is_behind(WorkingCopy.objects.get(pk=copy.pk))


def test_a_retired_key_is_not_given_again(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    working_copies.give_up(copy)
    correct(house, policy, {"2": None})  # type: ignore[dict-item]
    copy = working_copies.make(PolicyPage.objects.get(pk=policy.pk), house.editor)
    write(copy.page, house.editor, {"2": "另一件事。"})
    with pytest.raises(NotAuthorised, match="属于以前的条款"):
        house.submit(copy.page, house.editor)


def test_the_base_survives_a_purge_and_the_copy_is_not_deleted(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    correct(house, policy, {"2": "更正的第二段。"})
    call_command("purge_revisions", verbosity=0)
    assert working_copies.is_behind(WorkingCopy.objects.get(pk=copy.pk))
    assert copy.page.reasons_to_keep()
    with pytest.raises(ProtectedError):
        copy.page.delete()


def test_a_copy_given_up_leaves_no_trace(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    write(copy.page, house.editor, {"1": "新的。"})
    house.submit(copy.page, house.editor)
    working_copies.give_up(copy)
    assert not Page.objects.get(pk=copy.page_id).workflow_in_progress
    assert texts(policy)["1"] == "第一段。"
    with pytest.raises(NotAuthorised, match="已经结束"):
        house.submit(copy.page, house.editor)
    lock = PolicyPage.objects.get(pk=copy.page_id).get_lock()
    assert lock.for_user(house.editor)
    assert lock.for_user(house.superuser())
    html = (
        client_of(house.editor)
        .get(reverse("wagtailadmin_pages:edit", args=[copy.page_id]))
        .content.decode()
    )
    assert "只供查阅" in html
    assert 'name="action-submit"' not in html


# ── the admin ───────────────────────────────────────────────────────────────────────────────────


def test_an_editor_makes_a_copy_and_takes_corrections_in(house: House, policy: PolicyPage) -> None:
    client = client_of(house.editor)
    url = reverse("working_copy", args=[policy.pk])
    assert "建立工作副本" in client.get(url).content.decode()
    response = client.post(url, {"deed": "make"})
    copy = WorkingCopy.objects.get()
    assert response["Location"] == reverse("wagtailadmin_pages:edit", args=[copy.page_id])
    write(copy.page, house.editor, {"2": "我的第二段。"})
    correct(house, policy, {"2": "更正的第二段。"}, summary="更正的说明")
    url = reverse("working_copy", args=[copy.page_id])
    page = client.get(url).content.decode()
    assert "我的第二段。" in page
    assert "更正的第二段。" in page
    assert "更正的说明" in page
    assert "条款 二 · 正文" in page, "as it is printed, not by its key"
    again = client.post(url, {"deed": "take-in"})
    assert again.status_code == 200
    assert "没有选定" in again.content.decode()
    (conflict,) = working_copies.pending_merge(WorkingCopy.objects.get()).conflicts
    client.post(url, {"deed": "take-in", f"decide-{conflict.id}": "mine"})
    assert draft(copy.page).clauses.get(key="2").text == "我的第二段。"
    assert draft(copy.page).summary == "更正的说明"


def test_the_copy_of_a_policy_that_was_taken_off_the_site_says_what_to_do(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    policy.unpublish(user=house.superuser())
    client = client_of(house.editor)
    shown = client.get(reverse("working_copy", args=[copy.page_id]))
    assert shown.status_code == 200
    answer = client.post(
        reverse("working_copy", args=[copy.page_id]), {"deed": "take-in"}, follow=True
    )
    assert "原文已经取消发布，请先恢复原文。" in answer.content.decode()
    with pytest.raises(NotAuthorised, match="取消发布"):
        house.submit(copy.page, house.editor)


def test_who_may_not_edit_the_policy_makes_no_copy(house: House, policy: PolicyPage) -> None:
    from home.directory.models import Role

    auditor = client_of(house.person("auditor", Role.AUDITOR))
    url = reverse("working_copy", args=[policy.pk])
    auditor.get(url)
    auditor.post(url, {"deed": "make"})
    assert not WorkingCopy.objects.exists()
    assert Client().get(url).status_code == 302


def test_a_copy_that_has_ended_is_no_target_of_an_import(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    assert set(policies_to_amend(house.editor)) == {policy, copy.page}
    working_copies.give_up(copy)
    assert set(policies_to_amend(house.editor)) == {policy}


def bring_in(page: Page, user: User, *clauses: str) -> list[Match]:
    """Imports an amended text, made up for the test, into a draft."""
    head = "关于做好示例工作的通知（示例）\n辽民发〔2025〕1号\n各市民政局：\n现通知如下：\n"
    row = PolicyImport.objects.create(text=head + "\n".join(clauses) + "\n省民政厅\n2025年1月6日\n")
    parsed = parse(row.text)
    target = PolicyPage.objects.get(pk=page.pk)
    found = compare(target, parsed)
    confirm_amendment(
        row,
        parsed,
        policy=target,
        decided={},
        compared_with=found.revision_id,
        user=user,
        issuers=[],
        change_note="按修改稿导入（示例）。",
    )
    return found.matches


def test_a_text_imported_into_a_copy_takes_no_key_that_the_original_gave_up(
    house: House, policy: PolicyPage
) -> None:
    correct(house, policy, {"3": "后来删去的一段。"})
    write(policy, house.editor, {"3": None}, change_note="删去一条（示例）。")  # type: ignore[dict-item]
    house.publish_by_review(policy)
    copy = working_copies.make(PolicyPage.objects.get(pk=policy.pk), house.editor)
    other = "三、保障措施。完全不同的另一件事。"
    bring_in(copy.page, house.editor, "一、总则。第一段。", "二、任务。第二段。", other)
    assert [clause.key for clause in draft(copy.page).clauses.all()] == ["1", "2", "3b"]
    assert ClauseKey.objects.filter(policy=policy, key="3b").exists()
    assert not ClauseKey.objects.filter(policy=copy.page).exists()
    house.publish_by_review(copy.page)
    assert texts(policy)["3b"] == "完全不同的另一件事。"


def test_a_clause_that_the_public_text_has_comes_into_the_copy_under_its_key(
    house: House, policy: PolicyPage, copy: WorkingCopy
) -> None:
    correct(house, policy, {"3": "更正时补上的一段。"})
    live = PolicyPage.objects.get(pk=policy.pk).clauses.get(key="3")
    live.departments.set([house.education])
    live.save()
    added = "三、更正时补上的一段。"
    (*_, last) = bring_in(
        copy.page, house.editor, "一、总则。第一段。", "二、任务。第二段。", added
    )
    assert (last.key, last.fate) == ("3", Fate.MOVED)
    clause = draft(copy.page).clauses.get(key="3")
    assert (clause.pk, clause.page_id) == (None, copy.page_id), "the original keeps its own row"
    assert list(clause.departments.all()) == [house.education]
    assert texts(policy)["3"] == "更正时补上的一段。"


def test_the_editor_of_a_policy_leads_to_its_copy(house: House, policy: PolicyPage) -> None:
    client = client_of(house.editor)
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[policy.pk])).content.decode()
    assert reverse("working_copy", args=[policy.pk]) in edit
