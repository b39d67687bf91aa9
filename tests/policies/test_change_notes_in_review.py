"""The change note on the way through a review. All texts here are made up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from home.pages.authority import NotAuthorised
from home.pages.prechecks import findings
from home.policies import working_copies
from home.policies.models import PolicyPage
from tests.pages.press import House, client_of
from tests.policies.test_change_notes import ASKED, edit_path, form_of


@pytest.fixture
def unexplained(house: House, policy: PolicyPage) -> PolicyPage:
    """A draft that says something else and not why, on its way through review."""
    policy.title = "关于做好示例工作的通知（修订）"
    policy.save_revision(user=house.editor)
    house.submit(policy, house.editor)
    return PolicyPage.objects.get(pk=policy.pk)


def press(client: Client, policy: PolicyPage, **fields: str) -> Any:
    """Sends the editor as it stands, by one of its buttons."""
    return client.post(edit_path(policy), {**form_of(client, policy), **fields})


def decide(client: Client, policy: PolicyPage, action: str, **answers: Any) -> Any:
    return press(
        client,
        policy,
        **{
            "action-workflow-action": "true",
            "workflow-action-name": action,
            "workflow-action-extra-data": json.dumps(answers),
        },
    )


def test_who_hands_it_in_is_asked_and_the_note_goes_out_with_the_edition(
    house: House, policy: PolicyPage
) -> None:
    editor = client_of(house.editor)
    fields = {"title": "送审（示例）", "action-submit": "1"}
    assert ASKED in press(editor, policy, **fields).content.decode()
    note = "送审的说明（示例）"
    assert press(editor, policy, **fields, change_note=note).status_code == 302
    for person in (house.first, house.second, house.third):
        house.approve(policy, person)
    assert policy.editions.get(number=2).change_note == note


def test_sending_back_needs_no_note(house: House, unexplained: PolicyPage) -> None:
    answer = decide(client_of(house.first), unexplained, "reject", comment="请写明改了什么。")
    assert answer.status_code == 302
    page = PolicyPage.objects.get(pk=unexplained.pk)
    assert page.current_workflow_state.status == "needs_changes"


def test_calling_the_review_off_needs_no_note(house: House, unexplained: PolicyPage) -> None:
    answer = press(client_of(house.editor), unexplained, **{"action-cancel-workflow": "1"})
    assert ASKED not in answer.content.decode()
    assert not PolicyPage.objects.get(pk=unexplained.pk).workflow_in_progress


def test_approving_in_the_editor_asks_for_it(house: House, unexplained: PolicyPage) -> None:
    points = house.state(unexplained).task.specific.points
    answer = decide(client_of(house.first), unexplained, "approve", checked=points)
    assert ASKED in answer.content.decode()
    assert house.state(unexplained).status == "in_progress"


def test_the_last_approval_is_refused_without_it(house: House, unexplained: PolicyPage) -> None:
    house.approve(unexplained, house.first)
    house.approve(unexplained, house.second)
    with pytest.raises(NotAuthorised, match=ASKED):
        house.approve(unexplained, house.third)
    assert unexplained.editions.count() == 1


# A working copy's note is its original's next one


def test_a_working_copy_is_asked_for_the_note_of_its_originals_next_edition(
    house: House, policy: PolicyPage
) -> None:
    copy = working_copies.make(policy, house.editor)

    def asked() -> list[str]:
        draft = PolicyPage.objects.get(pk=copy.page_id).get_latest_revision_as_object()
        return [one.message for one in findings(draft) if one.code == "change-note-missing"]

    assert asked() == []  # it says what its original says
    editor = client_of(house.editor)
    fields = {"title": "下一版（示例）", "action-submit": "1"}
    assert ASKED in press(editor, copy.page, **fields).content.decode()
    page = PolicyPage.objects.get(pk=copy.page_id)
    page.title = "下一版（示例）"
    page.save_revision(user=house.editor)
    assert [ASKED in sentence for sentence in asked()] == [True]
    house.submit(page, house.editor)
    house.approve(page, house.first)
    house.approve(page, house.second)
    with pytest.raises(NotAuthorised, match=ASKED):
        house.approve(page, house.third)
    assert policy.editions.count() == 1


def test_what_was_said_of_the_last_edition_is_not_said_of_the_next(
    house: House, policy: PolicyPage
) -> None:
    said = "上一版的说明（示例）"
    policy.title, policy.change_note = "第二版（示例）", said
    policy.save_revision(user=house.editor)
    house.publish_by_review(policy)
    copy = working_copies.make(PolicyPage.objects.get(pk=policy.pk), house.editor)
    editor = client_of(house.editor)
    assert said in editor.get(edit_path(copy.page)).content.decode()  # told beside the field
    fields = {"title": "第三版（示例）", "change_note": said, "action-submit": "1"}
    assert "这段话是上一次公布时写的" in press(editor, copy.page, **fields).content.decode()
