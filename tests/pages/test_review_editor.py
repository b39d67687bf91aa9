"""三审三校 in the editor: what it saves by itself, what it confirms, and what it tells."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from wagtail.models import Page, PageLogEntry, Revision, TaskState

from home.directory.models import Role, User
from home.directory.services import revoke
from home.pages import prechecks
from home.pages.prechecks import Finding, Severity
from tests.pages.press import House, client_of
from tests.pages.test_review import edit, modal, stage_of
from tests.policies.editing import Editor, parsed

AJAX = {"x-requested-with": "XMLHttpRequest"}


def desk(page: Page, user: User) -> Editor:
    return Editor(client_of(User.objects.get(pk=user.pk)), page)


def decide(editor: Editor, page: Page, action: str = "approve", **answers: Any) -> Any:
    """The button of the editor, with what its box asks."""
    answers = answers or {"checked": House.state(page).task.specific.points, "comment": ""}
    return editor.post(
        **{
            "action-workflow-action": "true",
            "workflow-action-name": action,
            "workflow-action-extra-data": json.dumps(answers),
        }
    )


def told(client: Client, address: str = "/admin/") -> str:
    return parsed(client.get(address).content).select_one(".messages").get_text(" ", strip=True)


def revisions(page: Page) -> int:
    return Revision.page_revisions.filter(object_id=str(page.pk)).count()


# ── saving by itself ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["news", "policy"])
def test_autosave_after_the_last_approval_leaves_no_draft(house: House, kind: str) -> None:
    page = house.draft_news() if kind == "news" else house.draft_policy()
    house.submit(page, house.editor)
    if kind == "policy":
        house.approve(page, house.first)
        house.approve(page, house.second)
    reviewer = desk(page, house.third)
    assert decide(reviewer, page).status_code == 302
    assert Page.objects.get(pk=page.pk).live
    before = revisions(page)
    # The form of the same tab, which still names the revision that is now live.
    for late in ({}, {"action-workflow-action": ["true"]}):
        reviewer.fields |= late
        reviewer.autosave()
    assert revisions(page) == before
    assert not Page.objects.get(pk=page.pk).has_unpublished_changes


def test_autosave_of_the_same_text_makes_no_revision_and_of_another_one_does(house: House) -> None:
    page = house.draft_policy()
    house.publish_by_review(page)
    published = Page.objects.get(pk=page.pk).live_revision
    editor = desk(page, house.editor)
    assert editor.autosave()["success"]
    assert Page.objects.get(pk=page.pk).latest_revision == published
    editor.fields["title"] = ["改了标题"]
    assert editor.autosave()["success"]
    page = Page.objects.get(pk=page.pk)
    assert page.latest_revision != published
    assert page.latest_revision.user == house.editor
    assert page.has_unpublished_changes
    published.refresh_from_db()
    assert published.content["title"] == "关于做好示例工作的通知", "what is live is written over"
    before = revisions(page)
    editor.fields["title"] = ["又改了标题"]
    assert editor.autosave()["success"]
    assert revisions(page) == before, "the tab's own autosaved revision takes the next one"


def test_autosave_never_writes_over_what_was_handed_in(house: House) -> None:
    page = house.draft_policy()
    edit(page, house.first, summary="审核人自己写的一稿。")
    house.submit(page, house.editor)
    handed_in = Page.objects.get(pk=page.pk).latest_revision
    tab = desk(page, house.first)
    tab.autosave()
    tab.fields["title"] = ["改了标题"]
    assert tab.autosave()["success"]
    handed_in.refresh_from_db()
    assert handed_in.content["title"] != "改了标题"


def test_autosave_of_somebody_who_may_no_longer_edit_is_answered_without_a_revision(
    house: House,
) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    reviewer = desk(page, house.first)
    revoke(house.first, house.units["civil-affairs"], Role.REVIEWER)
    house.person_also(house.first, Role.CLERK)
    reviewer.fields["title"] = ["迟到的改动"]
    before = revisions(page)
    answer = reviewer.autosave()
    assert not answer["success"]
    assert "不能编辑" in answer["error_message"]
    assert revisions(page) == before


def test_a_remark_is_kept_by_autosave(house: House) -> None:
    page = house.draft_news()
    editor = desk(page, house.editor)
    before = revisions(page)
    editor.fields |= {
        "comments-TOTAL_FORMS": ["1"],
        "comments-INITIAL_FORMS": ["0"],
        "comments-0-text": ["这里请再核一遍"],
        "comments-0-contentpath": ["title"],
        "comments-0-position": [""],
        "comments-0-resolved": [""],
        "comments-0-id": [""],
        "comments-0-DELETE": [""],
        "comments-0-replies-TOTAL_FORMS": ["0"],
        "comments-0-replies-INITIAL_FORMS": ["0"],
    }
    assert editor.autosave()["success"]
    assert revisions(page) == before + 1
    assert page.wagtail_admin_comments.get().text == "这里请再核一遍"


# ── when the text changes in review ─────────────────────────────────────────────────────────────


def test_a_changed_text_goes_back_to_the_first_stage_at_once_and_it_is_said(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    reviewer = desk(page, house.second)
    reviewer.fields["title"] = ["改过的标题"]
    assert reviewer.post().status_code == 302
    assert stage_of(page) == "初审"
    assert "从初审重新开始" in told(reviewer.client)
    assert PageLogEntry.objects.get(action="pages.review_again").user == house.second
    fallen = TaskState.objects.get(status="cancelled")
    assert (fallen.task.name, fallen.comment) == ("复审", "文字改动后重新审核。")


def test_autosave_of_a_changed_text_takes_the_stages_back_too(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    reviewer = desk(page, house.second)
    reviewer.autosave()
    assert stage_of(page) == "复审", "the same text"
    reviewer.fields["title"] = ["改过的标题"]
    reviewer.autosave()
    assert stage_of(page) == "初审"
    reviewer.fields["title"] = ["又改过的标题"]
    reviewer.autosave()
    assert PageLogEntry.objects.filter(action="pages.review_again").count() == 1


def test_a_page_sent_back_late_and_changed_begins_with_the_first_stage(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    house.send_back(page, house.second)
    editor = desk(page, house.editor)
    editor.fields["title"] = ["改正过的标题"]
    assert editor.post(**{"action-submit": "1"}).status_code == 302
    assert stage_of(page) == "初审"


def test_a_page_sent_back_late_and_handed_in_as_it_was_goes_on_where_it_stood(
    house: House,
) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    house.send_back(page, house.second)
    desk(page, house.editor).post(**{"action-submit": "1"})
    assert stage_of(page) == "复审"


def test_who_sends_back_may_change_the_text_with_it(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    reviewer = desk(page, house.second)
    reviewer.fields["title"] = ["我建议的标题"]
    decide(reviewer, page, "reject", comment="请看标题。")
    page = Page.objects.get(pk=page.pk)
    assert page.current_workflow_state.status == "needs_changes"
    assert page.get_latest_revision_as_object().title == "我建议的标题"
    assert "已退回修改" in told(reviewer.client)


# ── what is said ────────────────────────────────────────────────────────────────────────────────


def test_a_reviewer_is_told_why_others_have_to_approve(house: House) -> None:
    page = house.draft_policy()
    edit(page, house.first, title="审核人改过的标题")
    edit(page, house.editor, summary="编辑又改了一处。")
    house.submit(page, house.editor)
    address = f"/admin/pages/{page.pk}/edit/"
    assert "这一稿里有您改动过的内容，要由别人审核。" in told(client_of(house.first), address)
    house.approve(page, house.second)
    assert "您已经审过这一稿" in told(client_of(house.second), address)
    assert told(client_of(house.third), address) == ""


def test_a_decision_that_is_not_ones_own_is_refused_with_the_reason(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    reviewer = desk(page, house.first)
    edit(page, house.first, title="另一个窗口里改的标题")
    reviewer.load()
    before = revisions(page)
    assert decide(reviewer, page).status_code == 302
    words = told(reviewer.client)
    assert "没有通过审核：这一稿里有您改动过的内容" in words
    assert "已被更新" not in words
    assert revisions(page) == before


def test_decisions_are_confirmed_in_the_words_of_the_review(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    for person, words in (
        (house.first, "初审已通过，转复审"),
        (house.second, "复审已通过，转终审"),
        (house.third, "终审已通过，页面已发布"),
    ):
        reviewer = desk(page, person)
        decide(reviewer, page)
        said = told(reviewer.client)
        assert words in said
        assert "已被更新" not in said


def test_the_box_of_the_first_page_confirms_alike(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    first, second = client_of(house.first), client_of(house.second)
    points = house.state(page).task.specific.points
    first.post(modal(page, "approve"), {"checked": points}, headers=AJAX)
    assert "初审已通过，转复审" in told(first)
    second.post(modal(page, "reject"), {"comment": ""}, headers=AJAX)
    assert "已退回" not in told(second)
    second.post(modal(page, "reject"), {"comment": "请改日期。"}, headers=AJAX)
    assert "已退回修改" in told(second)


def test_the_editor_reads_why_a_page_came_back_until_it_is_handed_in_again(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.send_back(page, house.first, comment="落款日期<b>不对</b>。")
    client, address = client_of(house.editor), f"/admin/pages/{page.pk}/edit/"
    for _visit in range(2):
        words = told(client, address)
        assert "初审退回修改" in words
        assert house.first.get_full_name() in words
        assert "落款日期<b>不对</b>。" in words
    Editor(client, page).post(**{"action-submit": "1"})
    told(client)
    assert "退回" not in told(client_of(house.first), address)


def test_submitting_with_something_to_mend_warns_and_does_not_refuse(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(page: Page) -> list[Finding]:
        return [
            *(Finding("x", Severity.BLOCK, f"第{number}处要改。") for number in range(1, 5)),
            Finding("y", Severity.WARN, "请留意这一处。"),
        ]

    monkeypatch.setattr(prechecks, "_checks", [find])
    page = house.draft_news()
    editor = desk(page, house.editor)
    assert editor.post(**{"action-submit": "1"}).status_code == 302
    assert stage_of(page) == "终审"
    words = told(editor.client)
    assert "还有4处必须改" in words
    assert "第1处要改。第2处要改。第3处要改。" in words
    assert "第4处" not in words
    assert "请留意" not in words
