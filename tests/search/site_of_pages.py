"""Small sites to search: news for behaviour, the plan itself for relevance."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

from wagtail.models import Page, Site

from home.checklist.models import Category, ServiceChecklistPage, ServicePage
from home.policies.models import Clause, PolicyIndexPage, PolicyIssuer, PolicyPage
from home.portal.models import HomePage, NewsIndexPage, NewsPage

CONTENT = Path(__file__).resolve().parents[2] / "site" / "ops" / "content"
NUMERALS = "一二三四五六七八九十"
# A part 一、 a section (一) or an item 1. with its heading up to the first 。
CLAUSE = re.compile(
    rf"^(?:(?P<part>[{NUMERALS}])、|\((?P<section>[{NUMERALS}])\)|(?P<item>\d)\.)"
    r"(?P<heading>[^。]*)。?(?P<text>.*)$"
)


def make_home() -> HomePage:
    """A home page under the tree's root, and the site that shows it."""
    root = Page.objects.get(depth=1)
    for page in Page.objects.filter(depth=2):
        page.delete()
    root.refresh_from_db()
    home = root.add_child(instance=HomePage(title="童伴", slug="home"))
    Site.objects.update_or_create(
        is_default_site=True, defaults={"hostname": "localhost", "port": 80, "root_page": home}
    )
    return home


def make_section(home: HomePage) -> NewsIndexPage:
    return home.add_child(instance=NewsIndexPage(title="工作动态", slug="news"))


def publish_news(section: NewsIndexPage, title: str, body: str = "", **fields: object) -> NewsPage:
    """A piece of news, drafted and published the way an editor does."""
    count = NewsPage.objects.count()
    values = {
        "slug": f"news-{count}",
        "published_on": date(2025, 3, 1),
        "body": f"<p>{body or title}</p>",
        "live": False,
    }
    page = section.add_child(instance=NewsPage(title=title, **(values | fields)))
    page.save_revision().publish()
    return NewsPage.objects.get(pk=page.pk)


def publish_plan(home: HomePage) -> PolicyPage:
    """The action plan with its 25 clauses, as the issuers published it."""
    lines = (CONTENT / "action-plan.txt").read_text("utf-8").splitlines()
    index = home.add_child(instance=PolicyIndexPage(title="政策文件", slug="policies"))
    plan = PolicyPage(
        title="关于印发《辽宁省加强流动儿童关爱保护行动方案》的通知",
        slug="lmf-2025-10",
        document_number="辽民发〔2025〕10号",
        plan_title="辽宁省加强流动儿童关爱保护行动方案",
        published_on=date(2025, 2, 27),
        adopted_on=date(2025, 2, 8),
        preamble=next(line for line in lines if line.startswith("为深入学习")),
        live=False,
    )
    index.add_child(instance=plan)
    plan.issuers.set([PolicyIssuer(name="辽宁省民政厅")])
    plan.clauses.set(_clauses(lines))
    plan.save_revision().publish()
    return plan


def publish_services(home: HomePage) -> None:
    """The 34 services taken from the plan's clauses."""
    checklist = home.add_child(instance=ServiceChecklistPage(title="服务清单", slug="services"))
    categories = {str(label): value for value, label in Category.choices}
    with (CONTENT / "services_from_plan.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            page = ServicePage(
                title=row["title"],
                slug=row["code"].lower(),
                code=row["code"],
                category=categories[row["category"]],
                audience=row["audience"],
                content=row["plan_wording"],
            )
            checklist.add_child(instance=page)


def _clauses(lines: list[str]) -> list[Clause]:
    clauses: list[Clause] = []
    path = ["", "", ""]
    for line in lines[lines.index("一、总体要求") :]:
        found = CLAUSE.match(line)
        if found is None:
            continue
        level = 1 if found["part"] else 2 if found["section"] else 3
        number = found["item"] or str(NUMERALS.index(found["part"] or found["section"]) + 1)
        path[level - 1 :] = [number, *[""] * (3 - level)]
        key = "-".join(one for one in path if one)
        clauses.append(
            Clause(
                key=key,
                parent_key=key.rpartition("-")[0],
                level=level,
                number=line[: found.start("heading")],
                heading=found["heading"],
                text=found["text"],
                sort_order=len(clauses),
            )
        )
    return clauses
