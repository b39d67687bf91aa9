"""A small site to be checked: home page, news, policies, interpretations. All of it is made up."""

from __future__ import annotations

from datetime import date
from typing import Any

from wagtail.models import Page, Site

from home.policies.models import (
    Clause,
    InterpretationIndexPage,
    PolicyIndexPage,
    PolicyIssuer,
    PolicyPage,
)
from home.portal.models import HomePage, NewsIndexPage, NewsPage


def make_home() -> HomePage:
    root = Page.objects.get(depth=1)
    Page.objects.filter(depth=2).delete()
    root.refresh_from_db()
    home = root.add_child(instance=HomePage(title="示例首页", slug="home"))
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "port": 80, "root_page": home}
    )
    home.add_child(instance=NewsIndexPage(title="新闻", slug="news"))
    home.add_child(instance=PolicyIndexPage(title="政策文件", slug="policies"))
    home.add_child(instance=InterpretationIndexPage(title="政策解读", slug="interpretations"))
    return home


def draft_news(body: str = "<p>正文。</p>", **fields: Any) -> NewsPage:
    """A draft piece of news with nothing to say against it but what `fields` bring."""
    values: dict[str, Any] = {
        "title": "示例新闻",
        "slug": f"news-{NewsPage.objects.count() + 1}",
        "summary": "示例摘要",
        "source": "示例来源",
        "published_on": date(2026, 1, 5),
        "live": False,
    }
    page = NewsPage(**(values | fields), body=body)
    NewsIndexPage.objects.get().add_child(instance=page)
    page.save_revision()
    return page


def draft_policy(*clauses: Clause, slug: str = "sample-1", **fields: Any) -> PolicyPage:
    """A draft policy with all its metadata but what `fields` change."""
    values: dict[str, Any] = {
        "title": "示例文件",
        "document_number": "示民发〔2026〕1号",
        "index_number": "示例-202601-00001",
        "adopted_on": date(2026, 1, 5),
        "published_on": date(2026, 1, 9),
        "source": "示例处",
        "summary": "测试用的示例文件。",
        "live": False,
    }
    page = PolicyPage(slug=slug, **(values | fields))
    page.issuers.set([PolicyIssuer(name="示例省民政厅")])
    page.clauses.set(list(clauses) or [clause("1", "一、", "示例条款")])
    PolicyIndexPage.objects.get().add_child(instance=page)
    page.save_revision()
    return page


def clause(key: str, number: str, text: str, **fields: Any) -> Clause:
    return Clause(key=key, number=number, text=text, **fields)
