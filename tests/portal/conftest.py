"""A small site: the home page, the news section, and a policy with the plan's stages."""

from __future__ import annotations

from datetime import date

import pytest
from wagtail.models import Page, Site

from home.pages.models import BasePage
from home.policies.models import PolicyIndexPage, PolicyPage, PolicyStage
from home.portal.models import HomePage, NewsIndexPage, NewsPage


def add(parent: Page, page: BasePage) -> BasePage:
    parent.refresh_from_db()
    parent.add_child(instance=page)
    return page


@pytest.fixture
def home(db: None) -> HomePage:
    root = Page.objects.get(depth=1)
    Page.objects.filter(depth=2).delete()
    page = add(root, HomePage(title="童伴", slug="home"))
    assert isinstance(page, HomePage)
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "port": 80, "root_page": page}
    )
    return page


@pytest.fixture
def news(home: HomePage) -> NewsIndexPage:
    page = add(home, NewsIndexPage(title="工作动态", slug="news"))
    assert isinstance(page, NewsIndexPage)
    return page


@pytest.fixture
def plan(home: HomePage) -> PolicyPage:
    index = add(home, PolicyIndexPage(title="政策文件", slug="policies"))
    page = add(
        index,
        PolicyPage(
            title="关于印发行动方案的通知",
            slug="lmf-2025-10",
            document_number="辽民发〔2025〕10号",
            published_on=date(2025, 2, 27),
        ),
    )
    assert isinstance(page, PolicyPage)
    spans = [
        ("部署启动阶段", date(2024, 12, 1), date(2025, 3, 31)),
        ("优化推进阶段", date(2025, 4, 1), date(2026, 12, 31)),
        ("全面提升阶段", date(2027, 1, 1), date(2030, 12, 31)),
    ]
    for order, (name, starts, ends) in enumerate(spans):
        PolicyStage.objects.create(
            page=page, sort_order=order, name=name, starts=starts, ends=ends, clause_key="1-2"
        )
    return page


def write_news(index: NewsIndexPage, slug: str, **fields: object) -> NewsPage:
    values = {"title": f"动态{slug}", "published_on": date(2026, 11, 1), "body": "<p>正文。</p>"}
    page = add(index, NewsPage(slug=slug, **{**values, **fields}))
    assert isinstance(page, NewsPage)
    return page
