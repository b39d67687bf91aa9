"""Releases in the hands of an editor and a reviewer: what they see, may press, and are told."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from home.pages.releases import selectors, services
from home.pages.releases.models import Release, ReleaseItem, State
from home.pages.review import drafts
from home.policies.models import PolicyPage
from tests.pages import bundle
from tests.pages.bundle import person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


def entered(username: str) -> Client:
    client = Client()
    client.force_login(person(username))
    return client


def page(client: Client, name: str, *args: int) -> str:
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode()


def press(client: Client, release: Release, deed: str) -> str:
    address = reverse("releases_do", args=[release.pk, deed])
    return client.post(address, follow=True).content.decode()


def test_from_an_edited_page_to_three_pages_on_line() -> None:
    editor, reviewer = entered("editor"), entered("reviewer")
    interpretation, news, plan = bundle.three_pages()
    edit = page(editor, "wagtailadmin_pages:edit", plan.pk)
    assert reverse("releases_add_this", args=[plan.pk]) in edit
    assert "为它新建发布包" in page(editor, "releases_add_this", plan.pk)
    editor.post(reverse("releases_new"), {"title": "修订与解读", "note": "请审", "page": plan.pk})
    release = Release.objects.get()
    shown = page(editor, "releases_choose", release.pk)
    assert interpretation.title in shown
    assert news.title in shown
    for one in (interpretation, news):
        editor.post(reverse("releases_choose", args=[release.pk]), {"page": one.pk})
    assert "已送审。" in press(editor, release, "submit")
    waiting = page(reviewer, "releases_detail", release.pk)
    assert (
        reverse(
            "wagtailadmin_pages:revisions_compare", args=[plan.pk, "live", plan.latest_revision_id]
        )
        in waiting
    )
    assert "只要改动任何一页" in waiting
    assert "等审核人决定" in page(editor, "releases_detail", release.pk)
    reviewer.post(
        reverse("releases_decide", args=[release.pk]),
        {"seen": selectors.fingerprint(release), "comment": "同意", "decision": "approve"},
    )
    assert "各页同时上线" in press(reviewer, release, "publish")
    assert bundle.states(release) == [(True, False)] * 3
    assert Client().get(news.url).status_code == 200
    assert "已发布" in page(editor, "releases_detail", release.pk)


def test_a_refused_release_says_on_its_page_what_stands_against_each_page() -> None:
    release = bundle.approved()
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    PolicyPage.objects.filter(pk=plan.pk).update(locked=True, locked_by=person("administrator"))
    reviewer = entered("reviewer")
    shown = press(reviewer, release, "publish")
    assert "没有办成，各页都没有改变" in shown
    assert f"《{bundle.NEW_TITLE}》：这一页被示例·系统管理员锁定，请先解锁。" in shown
    later = page(reviewer, "releases_detail", release.pk)
    assert "一页也没有上线" in later
    assert "再次发布" in later
    assert later.count('<span class="desk-badge">必须改</span>') == 1, "as the check calls it"
    assert "未能发布" in page(entered("editor"), "releases_index")


def test_what_was_found_before_findings_had_codes_is_still_told() -> None:
    release = bundle.submitted()
    kept = {"severity": "warn", "message": "图片没有说明。", "place": "正文"}
    ReleaseItem.objects.filter(release=release).update(findings=[kept])
    shown = page(entered("editor"), "releases_detail", release.pk)
    assert '<span class="desk-badge">请留意</span> 正文：图片没有说明。' in shown


def test_a_decision_that_is_refused_keeps_what_was_written() -> None:
    release = bundle.submitted()
    response = entered("reviewer").post(
        reverse("releases_decide", args=[release.pk]),
        {"seen": "something else", "comment": "写了很久的意见", "decision": "approve"},
    )
    assert response.status_code == 400
    assert "请重新查看各页" in response.content.decode()
    assert "写了很久的意见" in response.content.decode()


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("", "请填写发布时间"),
        ("明天上午", "看不懂这个时间"),
        ("2020-01-01T09:00", "要晚于现在"),
    ],
)
def test_a_bad_time_is_told_at_the_field(at: str, sentence: str) -> None:
    release = bundle.approved(bundle.new_news())
    address = reverse("releases_schedule", args=[release.pk])
    response = entered("reviewer").post(address, {"at": at})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert Release.objects.get().state == State.APPROVED


def test_a_release_is_set_for_a_minute_and_the_list_says_which() -> None:
    release = bundle.approved(bundle.new_news())
    at = timezone.localtime() + timedelta(days=2)
    address = reverse("releases_schedule", args=[release.pk])
    entered("reviewer").post(address, {"at": f"{at:%Y-%m-%dT09:30}"})
    shown = page(entered("editor"), "releases_index")
    assert f"定于{at.year}年{at.month}月{at.day}日 09:30" in shown
    assert "取消定时" in page(entered("editor"), "releases_detail", release.pk)


def test_whoever_opens_a_page_of_an_approved_release_is_told_what_a_change_would_do() -> None:
    news = bundle.new_news()
    bundle.approved(news)
    shown = page(entered("editor"), "wagtailadmin_pages:edit", news.pk)
    assert "送审和批准就失效" in shown
    assert "查看发布包" in shown


def test_search_for_a_page_finds_chinese_while_one_types() -> None:
    release = services.create(person("editor"), title="空")
    address = reverse("releases_choose_results", args=[release.pk])
    shown = entered("editor").get(address, {"q": "流动儿童"}).content.decode()
    assert "关于印发《辽宁省加强流动儿童关爱保护行动方案》的通知" in shown
    assert "<html" not in shown


def test_a_draft_for_named_people_shows_its_release_to_them_alone() -> None:
    news = bundle.new_news("named")
    release = bundle.submitted(news)
    drafts.restrict(news, [person("editor")], person("editor"))
    for username, status in (("editor", 200), ("first-reviewer", 404)):
        client = entered(username)
        assert client.get(reverse("releases_detail", args=[release.pk])).status_code == status
        assert (release.title in page(client, "releases_index")) == (status == 200)
    other = services.create(person("first-reviewer"), title="另一个")
    with pytest.raises(services.Refused, match="不能编辑"):
        services.add_pages(other.pk, person("first-reviewer"), [news])
    shown = entered("first-reviewer").get(
        reverse("releases_choose_results", args=[other.pk]), {"q": "named"}
    )
    assert news.title not in shown.content.decode()


def test_who_has_no_part_in_publishing_finds_no_releases() -> None:
    release = bundle.submitted(bundle.new_news())
    for username in ("heping-clerk", "auditor", "organiser"):
        client = entered(username)
        assert "发布包" not in client.get("/admin/").content.decode()
        for address in (
            reverse("releases_index"),
            reverse("releases_detail", args=[release.pk]),
            reverse("releases_new"),
        ):
            # Wagtail leads whoever lacks a right back to the admin's home.
            assert client.get(address).status_code == 302
        client.post(reverse("releases_do", args=[release.pk, "cancel"]))
    assert Release.objects.get().state == State.IN_REVIEW


def test_an_editor_can_neither_approve_nor_publish_by_address() -> None:
    release = bundle.submitted(bundle.new_news())
    editor = entered("editor")
    decide = reverse("releases_decide", args=[release.pk])
    seen = selectors.fingerprint(release)
    assert editor.post(decide, {"seen": seen, "decision": "approve"}).status_code == 400
    assert "没有这样做的权限" in press(editor, release, "publish")
    assert Release.objects.get().state == State.IN_REVIEW


def test_odd_addresses_and_numbers_are_no_errors_of_ours() -> None:
    release = bundle.submitted(bundle.new_news())
    editor = entered("editor")
    choose = reverse("releases_choose", args=[release.pk])
    assert editor.get("/admin/releases/99999/").status_code == 404
    assert editor.post(f"/admin/releases/{release.pk}/do/explode/").status_code == 404
    assert editor.get("/admin/releases/", {"tab": "<x>", "page": "ü"}).status_code == 200
    for wanted in ("", "x", "9" * 30, "²"):
        assert editor.post(choose, {"page": wanted}).status_code == 302
        assert editor.get(reverse("releases_new"), {"page": wanted}).status_code == 200
    assert editor.get(choose, {"q": "\x00" + "长" * 500}).status_code == 200
    back = editor.post(choose, {"page": "1", "q": "甲&乙#丙"}).headers["Location"]
    assert parse_qs(urlsplit(back).query) == {"q": ["甲&乙#丙"]}
    item = reverse("releases_item", args=[release.pk, 999, "remove"])
    assert "已经不在发布包里" in editor.post(item).content.decode()


def cost(client: Client, name: str, *args: int) -> int:
    """How many queries a page takes, after the caches of Wagtail's frame are warm."""
    page(client, name, *args)
    with CaptureQueriesContext(connection) as queries:
        page(client, name, *args)
    return len(queries)


def test_the_list_costs_the_same_for_one_release_and_for_twenty() -> None:
    editor = entered("editor")
    services.create(person("editor"), title="第一个")
    one = cost(editor, "releases_index")
    for number in range(19):
        services.create(person("editor"), title=f"又{number}个")
    assert cost(editor, "releases_index") == one <= 17


def test_a_release_of_twelve_pages_costs_what_one_of_two_costs() -> None:
    few = bundle.submitted(*[bundle.new_news(f"few-{n}") for n in range(2)])
    many = bundle.submitted(*[bundle.new_news(f"many-{n}") for n in range(12)])
    reviewer = entered("reviewer")
    costs = {cost(reviewer, "releases_detail", release.pk) for release in (few, many)}
    assert len(costs) == 1
    assert costs.pop() <= 20
