"""三审三校: who may approve what, and when an approval falls."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Comment, Page, TaskState, Workflow, WorkflowPage, WorkflowState
from wagtail.signals import task_submitted, workflow_approved, workflow_rejected, workflow_submitted

from delivery.models import OutboxMessage
from delivery.services import drain
from home.directory.models import Role, User
from home.directory.services import revoke
from home.pages.authority import NotAuthorised
from home.pages.prechecks import Finding, Severity
from home.pages.review import messages, reference, selectors
from home.pages.review.models import ReviewSettings, ReviewTask, ReviewTaskState
from home.policies.models import PolicyPage
from home.portal.models import NewsPage
from tests.pages.press import House, client_of


def stage_of(page: Page) -> str:
    return Page.objects.get(pk=page.pk).current_workflow_task_state.task.name


def edit(page: Page, user: User, **values: str) -> None:
    draft = Page.objects.get(pk=page.pk).get_latest_revision_as_object()
    for name, value in values.items():
        setattr(draft, name, value)
    draft.save_revision(user=user)


def modal(page: Page, action: str) -> str:
    state = House.state(page)
    return reverse("wagtailadmin_pages:workflow_action", args=[page.pk, action, state.pk])


# ── stages ──────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_goes_through_three_stages_by_three_people(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    assert stage_of(page) == "初审"
    house.approve(page, house.first)
    assert stage_of(page) == "复审"
    house.approve(page, house.second)
    assert stage_of(page) == "终审"
    assert not Page.objects.get(pk=page.pk).live
    house.approve(page, house.third)
    assert Page.objects.get(pk=page.pk).live
    people = ReviewTaskState.objects.order_by("pk").values_list("finished_by__username", flat=True)
    assert list(people) == ["first", "second", "third"]


def test_one_person_does_not_do_two_stages(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    with pytest.raises(NotAuthorised, match="下一审要由别人完成"):
        house.approve(page, house.first)
    assert [name for name, *_ in actions(page, house.first)] == ["reject"]


def actions(page: Page, user: User) -> list[tuple[str, str, bool]]:
    page = Page.objects.get(pk=page.pk)
    return page.current_workflow_task.get_actions(page, User.objects.get(pk=user.pk))


def test_a_small_house_may_let_one_person_do_all_stages(house: House) -> None:
    settings = ReviewSettings.load()
    settings.one_person_one_stage = False
    settings.save()
    page = house.draft_policy()
    house.submit(page, house.editor)
    for _stage in range(3):
        house.approve(page, house.first)
    assert Page.objects.get(pk=page.pk).live


def test_nobody_approves_an_edit_of_their_own(house: House) -> None:
    page = house.draft_policy()
    edit(page, house.first, title="审核人改过的标题")
    edit(page, house.editor, summary="编辑又改了一处。")
    house.submit(page, house.editor)
    with pytest.raises(NotAuthorised, match="您改动过的内容"):
        house.approve(page, house.first)
    house.approve(page, house.second)


def test_a_reviewer_who_edits_during_the_review_must_leave_it_to_others(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    edit(page, house.first, title="顺手改的标题")
    with pytest.raises(NotAuthorised):
        house.approve(page, house.first)


def test_an_editor_who_also_reviews_does_not_approve_what_was_handed_in(house: House) -> None:
    both = house.person("both", Role.EDITOR)
    house.person_also(both, Role.REVIEWER)
    page = house.draft_news()
    edit(page, both, title="自己写的")
    house.submit(page, both)
    with pytest.raises(NotAuthorised):
        house.approve(page, both)


def test_a_superuser_is_no_reviewer(house: House) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    with pytest.raises(NotAuthorised):
        house.approve(page, house.superuser())


def test_an_author_of_what_is_already_published_may_review_the_next_text(house: House) -> None:
    page = house.draft_news()
    edit(page, house.first, title="第一版")
    house.submit(page, house.editor)
    house.approve(page, house.second)
    edit(page, house.editor, title="第二版")
    house.submit(page, house.editor)
    house.approve(page, house.first)
    assert NewsPage.objects.get(pk=page.pk).title == "第二版"


def test_a_page_with_fewer_reviews_skips_stages(house: House) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    assert stage_of(page) == "终审"


# ── by department ───────────────────────────────────────────────────────────────────────────────


def test_the_lead_departments_reviewers_review(house: House) -> None:
    teacher = house.person("teacher", Role.REVIEWER, "education")
    page = house.draft_policy(lead=house.education)
    house.submit(page, house.editor)
    with pytest.raises(NotAuthorised, match="其他部门"):
        house.approve(page, house.first)
    assert actions(page, house.first) == []
    assert set(selectors.reviewers_of(page)) == {teacher}
    house.approve(page, teacher)


def test_without_reviewers_of_its_own_the_house_reviews(house: House) -> None:
    page = house.draft_policy(lead=house.education)
    assert set(selectors.reviewers_of(page)) == {house.first, house.second, house.third}


def test_a_reviewer_whose_role_ended_reviews_no_more(house: House) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    revoke(house.first, house.units["civil-affairs"], Role.REVIEWER)
    with pytest.raises(NotAuthorised):
        house.approve(page, house.first)


def test_the_draft_of_a_live_page_does_not_choose_its_own_reviewers(house: House) -> None:
    house.person("teacher", Role.REVIEWER, "education")
    page = house.draft_policy(lead=house.civil)
    house.publish_by_review(page)
    draft = Page.objects.get(pk=page.pk).get_latest_revision_as_object()
    issuer = draft.issuers.first()
    issuer.department = house.education
    draft.issuers.set([issuer])
    draft.save_revision(user=house.editor)
    assert house.first in selectors.reviewers_of(page)


# ── the check list ──────────────────────────────────────────────────────────────────────────────


def test_every_point_is_ticked_before_a_stage_approves(house: House) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    points = house.state(page).task.specific.points
    assert len(points) >= 3
    for ticked in ([], points[:-1], [*points, "另加的一条"], "一串文字", None):
        with pytest.raises(NotAuthorised):
            house.approve(page, house.first, checked=ticked)
    house.approve(page, house.first, comment="同意。")
    record = ReviewTaskState.objects.get(status="approved")
    assert record.checked == points
    assert record.get_comment().startswith("已核对：")
    assert "同意。" in record.get_comment()


def test_what_was_ticked_stays_as_it_read(house: House) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    before = ReviewTaskState.objects.get(status="approved").checked
    ReviewTask.objects.update(checklist="全新的一条")
    assert ReviewTaskState.objects.get(status="approved").checked == before


def test_sending_back_needs_words(house: House) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    with pytest.raises(NotAuthorised, match="请写明要修改什么"):
        house.send_back(page, house.first, comment=" ")
    house.send_back(page, house.first)
    state = WorkflowState.objects.get()
    assert state.status == "needs_changes"
    assert state.current_task_state.comment == "请改正日期。"


def test_the_box_in_the_admin_says_what_is_missing(house: House) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    client = client_of(house.first)
    points = house.state(page).task.specific.points
    ajax = {"x-requested-with": "XMLHttpRequest"}
    shown = client.get(modal(page, "approve"), headers=ajax).json()["html"]
    assert all(point in shown for point in points)
    answer = client.post(modal(page, "approve"), {"checked": points[:1]}, headers=ajax).json()
    assert "勾选全部" in answer["html"]
    client.post(modal(page, "approve"), {"checked": points}, headers=ajax)
    assert Page.objects.get(pk=page.pk).live


# ── when an approval falls ──────────────────────────────────────────────────────────────────────


def test_approvals_fall_when_the_text_changes_after_them(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    edit(page, house.third, title="改过的标题")
    assert stage_of(page) == "初审", "what 初审 approved is gone, at once"
    house.approve(page, house.second)
    assert stage_of(page) == "复审"
    assert not Page.objects.get(pk=page.pk).live


def test_a_remark_beside_the_text_lets_approvals_stand(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    draft = Page.objects.get(pk=page.pk).get_latest_revision_as_object()
    draft.wagtail_admin_comments.add(
        Comment(user=house.second, text="这里请再核一遍", contentpath="title")
    )
    draft.save_revision(user=house.second)
    house.approve(page, house.second)
    assert stage_of(page) == "终审"
    house.approve(page, house.third)
    assert PolicyPage.objects.get(pk=page.pk).live


def test_a_text_overwritten_between_two_stages_is_reviewed_again(house: House) -> None:
    """Autosave keeps the revision's number."""
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    draft = Page.objects.get(pk=page.pk).get_latest_revision_as_object()
    draft.title = "偷换的标题"
    draft.save_revision(user=house.editor, overwrite_revision=draft.latest_revision)
    assert stage_of(page) == "初审"
    house.approve(page, house.second)
    house.approve(page, house.first)
    house.approve(page, house.third)
    assert Page.objects.get(pk=page.pk).title == "偷换的标题"


def test_pressing_twice_approves_once(house: House) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    state = house.state(page)
    task = state.task.specific
    task.on_action(state, house.first, "approve", checked=task.points)
    with pytest.raises(NotAuthorised, match="处理过了"):
        task.on_action(state, house.second, "approve", checked=task.points)
    assert stage_of(page) == "复审"


def test_what_blocks_publishing_blocks_the_last_stage(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from home.pages import prechecks

    def find(page: Page) -> list[Finding]:
        return [Finding("x", Severity.BLOCK, "正文里有身份证号码，请删去。")]

    monkeypatch.setattr(prechecks, "_checks", [find])
    page = house.draft_news()
    house.submit(page, house.editor)
    with pytest.raises(NotAuthorised, match="请删去"):
        house.approve(page, house.first)
    assert house.state(page).status == TaskState.STATUS_IN_PROGRESS


# ── mails ───────────────────────────────────────────────────────────────────────────────────────


def test_wagtails_own_mails_are_replaced() -> None:
    for signal, ours in (
        (task_submitted, {messages.stage_began}),
        (workflow_approved, {messages.review_ended}),
        (workflow_rejected, {messages.review_ended}),
        (workflow_submitted, {messages.nothing_to_say}),
    ):
        connected = {
            found() for (uid, _sender), found, *_ in signal.receivers if "email" in str(uid)
        }
        assert connected == ours


def test_reviewers_and_the_editor_hear_of_it_in_neutral_words(
    house: House, mailoutbox: list
) -> None:
    page = house.draft_news(title="不能写进邮件的标题")
    house.submit(page, house.editor)
    assert OutboxMessage.objects.count() == 3, "one for each reviewer"
    drain()
    assert {mail.to[0] for mail in mailoutbox} == {
        f"{n}@example.org" for n in ("first", "second", "third")
    }
    house.send_back(page, house.first)
    drain()
    assert mailoutbox[-1].to == ["editor@example.org"]
    assert "退回" in mailoutbox[-1].subject
    for mail in mailoutbox:
        assert "不能写进邮件的标题" not in mail.subject + mail.body
        assert f"/admin/pages/{page.pk}/edit/" in mail.body


def test_nobody_is_told_of_a_stage_that_is_over(house: House, mailoutbox: list) -> None:
    page = house.draft_news()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    drain()
    assert [mail.to for mail in mailoutbox] == [["editor@example.org"]]
    assert "已通过" in mailoutbox[0].subject


# ── reference data ──────────────────────────────────────────────────────────────────────────────


def test_loading_again_changes_nothing_that_administrators_changed(house: House) -> None:
    task = ReviewTask.objects.get(stage=1)
    task.checklist = "本单位自己的一条"
    task.active = False
    task.save()
    WorkflowPage.objects.filter(page=house.news).delete()
    reference.load()
    task.refresh_from_db()
    assert task.checklist == "本单位自己的一条"
    assert not task.active
    assert not WorkflowPage.objects.filter(page=house.news).exists()
    assert Workflow.objects.filter(name=reference.WORKFLOW).count() == 1


def test_load_reference_gives_the_workflow_to_the_sections(db: None) -> None:
    call_command("load_reference", verbosity=0)
    call_command("load_reference", verbosity=0)
    slugs = set(
        WorkflowPage.objects.filter(workflow__name=reference.WORKFLOW).values_list(
            "page__slug", flat=True
        )
    )
    assert slugs == {"policies", "interpretations", "services", "news"}


# ── the admin's lists ───────────────────────────────────────────────────────────────────────────


def test_the_first_page_lists_what_waits_for_me_and_no_more(house: House) -> None:
    one, other = house.draft_news("one", "等人审的一篇"), house.draft_news("two", "我自己改过的")
    edit(other, house.first, title="我自己改过的标题")
    house.submit(one, house.editor)
    house.submit(other, house.editor)
    html = client_of(house.first).get(reverse("wagtailadmin_home")).content.decode()
    waiting = html.partition('id="awaiting-review"')[2] or html
    assert "等人审的一篇" in waiting
    states = selectors.states_waiting_for(house.first, ReviewTask.objects.get(stage=3))
    assert [state.workflow_state.object_id for state in states] == [str(one.pk)]


def test_the_list_of_what_waits_costs_no_more_with_more_pages(house: House) -> None:
    task = ReviewTask.objects.get(stage=3)

    def cost() -> int:
        user = User.objects.get(pk=house.first.pk)
        with CaptureQueriesContext(connection) as queries:
            list(selectors.states_waiting_for(user, task))
        return len(queries)

    for number in range(2):
        house.submit(house.draft_news(f"a{number}"), house.editor)
    few = cost()
    for number in range(6):
        house.submit(house.draft_news(f"b{number}"), house.editor)
    assert cost() == few


def test_autosave_decides_nothing(house: House) -> None:
    """The editor's script sends the changed form by itself, the decision in it."""
    page = house.draft_news()
    house.submit(page, house.editor)
    points = house.state(page).task.specific.points
    form = {
        "title": page.title,
        "slug": page.slug,
        "published_on": page.published_on.isoformat(),
        "body": '{"blocks": [{"key": "a", "text": "正文。", "type": "unstyled", "depth": 0, '
        '"inlineStyleRanges": [], "entityRanges": [], "data": {}}], "entityMap": {}}',
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        "action-workflow-action": "true",
        "workflow-action-name": "approve",
        "workflow-action-extra-data": json.dumps({"checked": points, "comment": ""}),
    }
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    client = client_of(house.first)
    answer = client.post(address, form, headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert house.state(page).status == TaskState.STATUS_IN_PROGRESS
    assert client.post(address, form).status_code == 302
    assert Page.objects.get(pk=page.pk).live
