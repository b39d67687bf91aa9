"""A release of the demo site's plan, an interpretation and a news item, each with a new draft."""

from __future__ import annotations

from datetime import date

from wagtail.models import Page

from home.directory.models import User
from home.pages.models import BasePage
from home.pages.releases import selectors, services
from home.pages.releases.models import Release
from home.policies.models import InterpretationPage, PolicyPage
from home.portal.models import NewsIndexPage, NewsPage

NEW_TITLE = "关于印发行动方案（修订示例）的通知"


def person(username: str) -> User:
    return User.objects.get(username=username)


def changed_plan(by: str = "editor") -> PolicyPage:
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    plan.title = NEW_TITLE
    plan.change_note = "改了标题（示例）。"
    plan.save_revision(user=person(by))
    return PolicyPage.objects.get(pk=plan.pk)


def changed_interpretation(by: str = "editor") -> InterpretationPage:
    page = InterpretationPage.objects.order_by("path").first()
    assert page is not None
    page.title = "解读（修订示例）"
    page.save_revision(user=person(by))
    return InterpretationPage.objects.get(pk=page.pk)


def new_news(slug: str = "release", by: str = "editor", **fields: object) -> NewsPage:
    """A draft that has never been public."""
    values = {
        "title": f"动态示例 {slug}",
        "published_on": date(2026, 11, 1),
        "summary": "示例摘要",
        "source": "示例来源",
        "body": "<p>文</p>",
    }
    page = NewsPage(slug=slug, live=False, **{**values, **fields})
    parent: Page = NewsIndexPage.objects.get()
    parent.add_child(instance=page)
    page.save_revision(user=person(by))
    return NewsPage.objects.get(pk=page.pk)


def three_pages() -> list[BasePage]:
    """In an order in which they could not go live one by one: what links comes first."""
    return [changed_interpretation(), new_news(), changed_plan()]


def submitted(*pages: BasePage) -> Release:
    editor = person("editor")
    release = services.create(editor, title="修订与解读", pages=pages or three_pages())
    return services.submit(release.pk, editor)


def approved(*pages: BasePage) -> Release:
    release = submitted(*pages)
    seen = selectors.fingerprint(release)
    return services.approve(release.pk, person("reviewer"), seen=seen)


def states(release: Release) -> list[tuple[bool, bool]]:
    """Of each page of the release: whether it is public, and whether a draft still waits."""
    return list(
        Page.objects.filter(release_items__release=release)
        .order_by("release_items__position")
        .values_list("live", "has_unpublished_changes")
    )
