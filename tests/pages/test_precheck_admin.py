"""The check in people's hands: the editor's panel, the refusal, the settings, the report."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Task, TaskState, Workflow, WorkflowPage, WorkflowTask
from wagtail.test.utils.form_data import nested_form_data, rich_text, streamfield

from home.pages import checked, prechecks
from home.pages.models import PrecheckSettings, SiteDocument
from home.pages.review.models import Reviews, ReviewSettings
from home.policies.models import InterpretationIndexPage, InterpretationPage, PolicyPage
from home.portal.models import NewsIndexPage, NewsPage
from tests.pages.prechecked import draft_news, draft_policy, make_home
from tests.policies.editing import form_fields, parsed

pytestmark = pytest.mark.django_db

IDENTITY = "11010519491231002X"


@pytest.fixture(autouse=True)
def home() -> None:
    """A house that has its news reviewed by nobody: the button publishes, and the check alone holds
    it back."""
    make_home()
    settings = ReviewSettings.load()
    settings.news_reviews = Reviews.NONE
    settings.save()


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("sample-root"))
    return client


def entries(**changes: Any) -> dict[str, Any]:
    values = {
        "title": "示例新闻",
        "slug": "sample",
        "published_on": "2026-01-05",
        "department": "",
        "source": "示例来源",
        "summary": "示例摘要",
        "keywords": "",
        "body": rich_text("<p>正文。</p>"),
        "comments": {
            "TOTAL_FORMS": "0",
            "INITIAL_FORMS": "0",
            "MIN_NUM_FORMS": "0",
            "MAX_NUM_FORMS": "",
        },
    }
    return dict(nested_form_data(values | changes))


def of_page(page: NewsPage | PolicyPage) -> str:
    return reverse("prechecks_of_page", args=[page.pk])


# ── the panel ───────────────────────────────────────────────────────────────────────────────────


def test_the_editor_has_the_panel_with_its_word(admin: Client) -> None:
    page = draft_news()
    html = admin.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    assert 'data-side-panel-toggle="checks"' in html
    assert "data-prechecks-run" in html
    assert "js/prechecks.js" in html
    assert "w-content-checker-row-template" not in html


def test_the_saved_draft_is_checked_and_not_the_live_text(admin: Client) -> None:
    page = draft_news()
    page.save_revision().publish()
    page.body = f"<p>{IDENTITY}</p>"
    page.save_revision()
    answer = admin.get(of_page(page))
    html = answer.content.decode()
    assert answer["X-Findings-Blocking"] == "1"
    assert "必须改" in html
    assert 'data-prechecks-jump="body"' in html
    assert "已保存的草稿" in html


def test_the_form_as_it_stands_is_checked_and_nothing_is_saved(admin: Client) -> None:
    page = draft_news()
    answer = admin.post(of_page(page), entries(body=rich_text(f"<p>{IDENTITY}</p>"), source=""))
    assert answer["X-Findings"] == "2"
    assert "编辑框里现在的内容" in answer.content.decode()
    page.refresh_from_db()
    assert page.revisions.count() == 1
    assert page.body == "<p>正文。</p>"


def test_an_entry_that_the_form_refuses_is_said_at_its_field(admin: Client) -> None:
    answer = admin.post(of_page(draft_news()), entries(published_on="五月"))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "发布日期" in html
    assert 'data-prechecks-jump="published_on"' in html


def test_what_else_is_wrong_is_said_beside_an_entry_that_the_form_refuses(admin: Client) -> None:
    answer = admin.post(
        of_page(draft_news()), entries(published_on="五月", body=rich_text(f"<p>{IDENTITY}</p>"))
    )
    html = answer.content.decode()
    assert answer["X-Findings-Blocking"] == "2"
    assert 'data-prechecks-jump="published_on"' in html
    assert 'data-prechecks-jump="body"' in html


def test_what_a_block_refuses_is_said_in_chinese_with_block_and_field(admin: Client) -> None:
    index = InterpretationIndexPage.objects.get()
    page = index.add_child(instance=InterpretationPage(title="示例解读", slug="s", live=False))
    paper = SiteDocument.objects.create(title="示例", file=ContentFile(b"%PDF-", "a.pdf"))
    answer_block = {"question": f"证号{IDENTITY}", "answer": rich_text("<p>答。</p>")}
    film = {
        "title": "示例视频",
        "video": str(paper.pk),
        "poster": "",
        "captions": "",
        "transcript": rich_text("<p>字</p>"),
    }
    too_long = answer_block | {"question": "问" * 121}
    body = streamfield(
        [("question_answer", answer_block), ("video", film), ("question_answer", too_long)]
    )
    body |= {f"{number}-id": f"block-{number}" for number in range(3)}
    editor = parsed(admin.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content)
    sent = {
        name: values for name, values in form_fields(editor).items() if not name.startswith("body-")
    }
    answer = admin.post(of_page(page), sent | nested_form_data({"body": body}))
    html = answer.content.decode()
    assert "Validation error" not in html
    assert "视频第1条 · 视频文件" in html
    assert "请选 MP4 或 WebM 视频文件。" in html
    assert 'data-prechecks-jump="body.block-1.video"' in html
    assert "问答第2条 · 问" in html
    assert 'data-prechecks-jump="body.block-2.question"' in html
    assert "公民身份号码" in html
    assert 'data-prechecks-jump="body.block-0.question"' in html


def test_a_page_that_was_never_saved_is_checked(admin: Client) -> None:
    index = NewsIndexPage.objects.get()
    url = reverse("prechecks_of_new_page", args=["portal", "newspage", index.pk])
    answer = admin.post(url, entries(summary=f"证号{IDENTITY}"))
    assert answer["X-Findings-Blocking"] == "1"
    assert not NewsPage.objects.exists()


def test_nothing_found_is_said_too(admin: Client) -> None:
    answer = admin.post(of_page(draft_news()), entries())
    assert answer["X-Findings"] == "0"
    assert "没有发现问题" in answer.content.decode()


def test_who_may_not_edit_may_not_check(client: Client) -> None:
    page = draft_news()
    assert client.get(of_page(page)).status_code == 302
    user = get_user_model().objects.create_user("sample-nobody", password="sample")
    client.force_login(user)
    assert client.get(of_page(page)).status_code in (302, 403, 404)


# ── the refusal ─────────────────────────────────────────────────────────────────────────────────


def words_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_the_publish_button_keeps_the_draft_and_leads_to_what_is_to_mend(admin: Client) -> None:
    page = draft_news()
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    changed = entries(body=rich_text(f"<p>{IDENTITY}</p>")) | {"action-publish": "1"}
    answer = admin.post(url, changed)
    assert answer.status_code == 302
    assert answer["Location"] == f"{url}#prechecks"
    page.refresh_from_db()
    assert not page.live
    assert IDENTITY in page.get_latest_revision_as_object().body
    html = words_of(admin, url)
    assert "没有发布，有1处必须先改：1. 正文：公民身份号码" in html
    assert "已存为草稿" in html


def test_a_new_page_that_is_refused_stays_as_a_draft(admin: Client) -> None:
    index = NewsIndexPage.objects.get()
    url = reverse("wagtailadmin_pages:add", args=["portal", "newspage", index.pk])
    answer = admin.post(url, entries(summary=IDENTITY) | {"action-publish": "1"})
    page = NewsPage.objects.get()
    assert answer["Location"].endswith(f"/pages/{page.pk}/edit/#prechecks")
    assert (page.live, page.has_unpublished_changes) == (False, True)
    assert page.get_latest_revision_as_object().summary == IDENTITY
    assert admin.get(page.url).status_code == 404


def test_what_is_ready_is_published_by_the_button(admin: Client) -> None:
    page = draft_news()
    url = reverse("wagtailadmin_pages:edit", args=[page.pk])
    admin.post(url, entries() | {"action-publish": "1"})
    page.refresh_from_db()
    assert page.live


def test_publishing_several_at_once_publishes_none_if_one_is_not_ready(admin: Client) -> None:
    good, bad = draft_news(), draft_news(f"<p>{IDENTITY}</p>")
    url = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    answer = admin.post(f"{url}?id={good.pk}&id={bad.pk}", {"include_descendants": ""})
    assert answer.status_code == 302
    assert "必须先改" in words_of(admin, answer["Location"])
    for page in (good, bad):
        page.refresh_from_db()
        assert not page.live


def test_approving_the_last_step_of_a_workflow_is_refused_and_undone(admin: Client) -> None:
    page = draft_news(f"<p>{IDENTITY}</p>")
    workflow = Workflow.objects.create(name="示例流程")
    from wagtail.models import GroupApprovalTask

    task = GroupApprovalTask.objects.create(name="示例审核")
    task.groups.add(Group.objects.create(name="示例组"))
    WorkflowTask.objects.create(workflow=workflow, task=Task.objects.get(pk=task.pk))
    WorkflowPage.objects.create(workflow=workflow, page=page)
    user = get_user_model().objects.get(username="sample-root")
    workflow.start(page, user)
    state = page.current_workflow_task_state
    url = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk])
    answer = admin.post(url, {"comment": ""}, headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.json()["redirect"].endswith("#prechecks")
    state.refresh_from_db()
    page.refresh_from_db()
    assert state.status == TaskState.STATUS_IN_PROGRESS
    assert not page.live


# ── the settings ────────────────────────────────────────────────────────────────────────────────


def test_the_settings_name_every_rule_and_keep_what_differs(admin: Client) -> None:
    url = reverse("wagtailsettings:edit", args=["pages", "prechecksettings"])
    html = admin.get(url, follow=True).content.decode()
    for rule in prechecks.rules():
        assert f'name="severities-{rule.code}"' in html
        assert str(rule.label) in html
    url = admin.get(url)["Location"]
    admin.post(url, {"severities-personal-mobile": "warn", "severities-link-gone": "", "x": "y"})
    assert PrecheckSettings.objects.get().severities == {"personal-mobile": "warn"}
    again = admin.get(url).content.decode()
    assert '<option value="warn" selected>请留意</option>' in again


# ── the report ──────────────────────────────────────────────────────────────────────────────────


def test_the_report_lists_live_pages_with_something_to_mend_the_worst_first(
    admin: Client,
) -> None:
    for body, title in (
        (f"<p>{IDENTITY}</p>", "有证号"),
        ("<p>待填</p>", "没填完"),
        ("<p>好</p>", "好"),
    ):
        with prechecks.overridden("测试"):
            draft_news(body, title=title).get_latest_revision().publish()
    checked.check_live_pages(100)
    html = words_of(admin, reverse("prechecks_report"))
    assert html.index("有证号") < html.index("没填完")
    assert "公民身份号码（1101************2X）" in html
    assert ">好<" not in html
    assert IDENTITY not in html


def test_an_empty_report_says_so(admin: Client) -> None:
    checked.check_live_pages(100)
    assert "没有发现问题" in words_of(admin, reverse("prechecks_report"))


def test_all_pages_can_be_made_due_again(admin: Client) -> None:
    checked.check_live_pages(100)
    assert not checked.pages_due().exists()
    assert admin.get(reverse("prechecks_again")).status_code == 405
    admin.post(reverse("prechecks_again"))
    assert checked.pages_due().exists()


def test_the_report_is_for_people_who_edit_pages(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("sample-nobody", password="sample"))
    assert client.get(reverse("prechecks_report")).status_code == 302


def test_who_only_works_on_cases_sees_no_report_and_sets_off_no_check(client: Client) -> None:
    somebody = get_user_model().objects.create_user("sample-clerk", password="sample")
    somebody.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(somebody)
    checked.check_live_pages(100)
    assert client.get(reverse("wagtailadmin_home")).status_code == 200
    assert client.get(reverse("prechecks_report")).status_code == 302
    assert client.post(reverse("prechecks_again")).status_code == 302
    assert not checked.pages_due().exists()


def test_the_report_costs_the_same_whatever_it_lists(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(30):
        draft_news("<p>待填</p>").get_latest_revision().publish()
    checked.check_live_pages(100)
    words_of(admin, reverse("prechecks_report"))
    with django_assert_max_num_queries(20):
        words_of(admin, reverse("prechecks_report"))


def test_the_report_is_taken_away_as_a_spreadsheet(admin: Client) -> None:
    draft_news("<p>待填</p>", title="没填完").get_latest_revision().publish()
    checked.check_live_pages(100)
    answer = admin.get(reverse("prechecks_report") + "?export=csv")
    assert "正文：有没填完的字样：“待填”。" in b"".join(answer).decode()


def test_a_policy_in_the_editor_is_checked_with_its_clauses(admin: Client) -> None:
    policy = draft_policy()
    answer = admin.get(of_page(policy))
    assert answer["X-Findings-Blocking"] == "0"
    assert "没有已发布的解读" in answer.content.decode()
