"""Attachments whose text stands in the document: shown, edited, amended. The text is made up."""

from __future__ import annotations

import itertools

import pytest
from django.test import Client

from home.directory.models import User
from home.policies import importing, services
from home.policies.matching import Fate
from home.policies.models import PolicyIndexPage, PolicyPage
from home.policies.parser import parse
from home.policies.placing import Numbered, places
from tests.policies.editing import Editor, parsed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

TEXT = """示例省民政厅关于做好示例工作的通知（虚构）
示民发〔2099〕8号
各市民政局：
为做好示例工作，现通知如下：
一、总体要求
坚持示例原则。
二、主要任务
（一）示例任务。做好示例工作。
附件：1.示例工作规程
2.示例登记表
示例省民政厅
2025年3月1日
附件1
示例工作规程
1.示例申请。申请人提出示例申请。
（1）填写示例表格。
2.示例受理。窗口受理示例申请。
"""


@pytest.fixture
def policy() -> PolicyPage:
    made = services.create_policy(PolicyIndexPage.objects.get(), parse(TEXT), slug="smf-2099-8")
    keys = [clause.key for clause in made.clauses.all()]
    assert keys == ["1", "2", "2-1", "att1-0-0-1", "att1-0-0-1-1", "att1-0-0-2"]
    made.get_latest_revision().publish()
    return PolicyPage.objects.get(pk=made.pk)


def test_the_text_of_an_attachment_has_its_heading_and_is_linked(
    client: Client, policy: PolicyPage
) -> None:
    soup = parsed(client.get(policy.url).content)
    heading = soup.select_one("h2#c-att1")
    assert heading.get_text(strip=True) == "附件1　示例工作规程"
    assert heading.find_next_sibling("section")["id"] == "c-att1-0-0-1"
    listed = soup.select(".policy__attachments li")
    assert listed[0].select_one("a")["href"] == "#c-att1"
    assert "未随文公布" not in listed[0].text
    assert "未随文公布全文" in listed[1].text
    levels = [int(found.name[1]) for found in soup.select(".policy__text :is(h2, h3, h4, h5)")]
    assert all(after - before <= 1 for before, after in itertools.pairwise([1, *levels]))


def test_the_contents_list_an_attachments_clauses_beneath_it(
    client: Client, policy: PolicyPage
) -> None:
    soup = parsed(client.get(policy.url).content)
    top = soup.select(".contents details > ol > li")
    assert [one.find("a")["href"] for one in top] == ["#c-1", "#c-2", "#c-att1"]
    below = [one["href"] for one in top[2].select("a")]
    assert below == ["#c-att1", "#c-att1-0-0-1", "#c-att1-0-0-1-1", "#c-att1-0-0-2"]


def test_a_policy_with_a_numbered_attachment_is_handed_in_without_a_chosen_level(
    client: Client, policy: PolicyPage
) -> None:
    client.force_login(User.objects.get(username="editor"))
    tab = Editor(client, policy)
    before = [(one.key, one.level, one.parent_key) for one in policy.clauses.all()]
    tab.fields["change_note"] = ["示例修改"]
    answer = tab.post(**{"action-submit": "1"})
    assert answer.status_code == 302, answer.content.decode()
    draft = policy.get_latest_revision_as_object()
    assert [(one.key, one.level, one.parent_key) for one in draft.clauses.all()] == before


def test_any_number_may_begin_an_attachment_and_none_makes_the_text_before_it_lack_one() -> None:
    rows = [
        Numbered("0-0-1", "1."),
        Numbered("0-0-2", "2."),
        Numbered("att1-0-1", "（一）"),
        Numbered("", "1."),
        Numbered("att2-0-0-0-1", "（1）"),
        Numbered("att2-1", "一、"),
    ]
    assert [place.orphan for place in places(rows)] == [False] * 6
    missing = [Numbered("0-0-1", "1."), Numbered("1", "一、")]
    assert [place.orphan for place in places(missing)] == [True, False]


def test_an_unchanged_text_moves_nothing_where_an_editor_chose_a_level(policy: PolicyPage) -> None:
    draft = policy.get_latest_revision_as_object()
    for clause in draft.clauses.get_object_list():
        if clause.key.startswith("att1-0-0-") and clause.level == 3:
            clause.level = 1
    draft.save_revision()
    again = parse(TEXT)
    comparison = importing.compare(PolicyPage.objects.get(pk=policy.pk), again)
    assert {one.level for one in comparison.known if one.key.endswith("0-0-1")} == {1}
    assert {one.fate for one in comparison.matches} == {Fate.SAME}
    services.amend_policy(policy, again, comparison.matches)
    levels = {
        one.key: one.level
        for one in PolicyPage.objects.get(pk=policy.pk)
        .get_latest_revision_as_object()
        .clauses.all()
    }
    assert levels["att1-0-0-1"] == levels["att1-0-0-2"] == 1
