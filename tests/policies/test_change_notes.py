"""The change note, as the editor is asked for it. All texts here are made up."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.contrib.auth import get_user_model
from django.test import Client

from home.pages.prechecks import NotReady, findings
from home.pages.review.models import Reviews, ReviewSettings
from home.policies.models import PolicyPage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

ASKED = "这份文件已经公布过第1版，这次的改动读者看得见"


@pytest.fixture
def admin(client: Client) -> Client:
    """An editor's client in a house that has its policies reviewed by nobody."""
    settings = ReviewSettings.load()
    settings.policy_reviews = Reviews.NONE
    settings.save()
    client.force_login(get_user_model().objects.create_superuser("noter", "n@example.org", "-"))
    return client


def form_of(admin: Client, plan: PolicyPage) -> dict[str, str | list[str]]:
    """Everything the edit page would send as it stands."""
    soup = BeautifulSoup(admin.get(edit_path(plan)).content, "html.parser")
    form = soup.find("form", id="page-edit-form")
    assert isinstance(form, Tag)
    sent: dict[str, Any] = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = field.get("name"), field.get("type")
        if not name or (kind in ("checkbox", "radio") and not field.has_attr("checked")):
            continue
        if field.name == "select":
            value = [one.get("value", "") for one in field.find_all("option", selected=True)]
        elif field.name == "textarea":
            # The browser leaves out the line break behind the tag.
            value = [field.text.removeprefix("\r\n").removeprefix("\n")]
        else:
            value = [field.get("value", "")]
        sent.setdefault(str(name), []).extend(value)
    return sent


def edit_path(plan: PolicyPage) -> str:
    return f"/admin/pages/{plan.pk}/edit/"


def test_publishing_what_readers_would_see_changed_asks_for_a_note(
    admin: Client, plan: PolicyPage
) -> None:
    sent = form_of(admin, plan)
    sent["clauses-13-text"] = "改过的正文（示例）。"
    answer = admin.post(edit_path(plan), {**sent, "action-publish": "1"})
    html = answer.content.decode()
    assert ASKED in html
    assert "改过的正文（示例）。" in html  # nothing typed is lost
    assert plan.editions.count() == 1
    note = "写清楚了（示例）"
    admin.post(edit_path(plan), {**sent, "change_note": note, "action-publish": "1"})
    second = plan.editions.get(number=2)
    assert second.change_note == note


@pytest.mark.parametrize(
    "change",
    [
        {"title": "改了标题（示例）"},
        {"issuers-1-ORDER": "40"},
        {"clauses-3-DELETE": "1"},
        {"clauses-4-departments": []},
        {"attachments-0-name": "另一个附件（示例）"},
        {"clauses-12-validity": "repealed"},
    ],
)
def test_every_kind_of_change_that_readers_see_is_noticed(
    admin: Client, plan: PolicyPage, change: dict[str, str | list[str]]
) -> None:
    clause = list(plan.clauses.all())[4]
    clause.departments.set([plan.issuers.exclude(department=None)[0].department])
    clause.save()
    plan = PolicyPage.objects.get(pk=plan.pk)
    plan.change_note = "部门（示例）"
    plan.save_revision().publish()
    before = plan.editions.count()
    sent = {**form_of(admin, plan), **change, "action-publish": "1"}
    html = admin.post(edit_path(plan), sent).content.decode()
    assert f"已经公布过第{before}版" in html
    assert plan.editions.count() == before


def test_publishing_the_same_text_or_saving_a_draft_asks_for_nothing(
    admin: Client, plan: PolicyPage
) -> None:
    sent = form_of(admin, plan)
    assert admin.post(edit_path(plan), {**sent, "action-publish": "1"}).status_code == 302
    sent["clauses-13-text"] = "草稿（示例）。"
    assert admin.post(edit_path(plan), sent).status_code == 302
    assert "草稿（示例）" in str(PolicyPage.objects.get(pk=plan.pk).get_latest_revision().content)
    assert plan.editions.count() == 1


def test_a_note_goes_with_its_revision_and_is_never_published_again(
    admin: Client, plan: PolicyPage
) -> None:
    old = "第二版的说明（示例）"
    sent = {**form_of(admin, plan), "title": "改一（示例）", "change_note": old}
    admin.post(edit_path(plan), sent)
    # A draft keeps its note until it goes out.
    assert form_of(admin, plan)["change_note"] == [old]
    admin.post(edit_path(plan), {**form_of(admin, plan), "action-publish": "1"})
    assert plan.editions.get(number=2).change_note == old
    page = admin.get(edit_path(plan)).content.decode()
    assert form_of(admin, plan)["change_note"] == [""]
    assert old in page  # told beside the field, for whoever writes the next
    again = {**form_of(admin, plan), "title": "改二（示例）", "change_note": old}
    html = admin.post(edit_path(plan), {**again, "action-publish": "1"}).content.decode()
    assert "这段话是上一次公布时写的" in html
    # Past the editor's form it is refused all the same.
    plan = PolicyPage.objects.get(pk=plan.pk)
    plan.title, plan.change_note = "改三（示例）", old
    with pytest.raises(NotReady, match=str(plan.pk)):
        plan.save_revision().publish()
    assert plan.editions.count() == 2


def test_the_check_before_publishing_says_the_same(plan: PolicyPage) -> None:
    def codes() -> list[str]:
        return [finding.code for finding in findings(plan)]

    assert "change-note-missing" not in codes()
    plan.title = "改过（示例）"
    assert "change-note-missing" in codes()
    plan.change_note = "说明（示例）"
    assert "change-note-missing" not in codes()
