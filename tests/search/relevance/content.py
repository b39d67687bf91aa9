"""The site the development set is about: the demo's content and the pages beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from wagtail.models import Page

from home.checklist.models import Category, ServiceChecklistPage, ServicePage
from home.directory.models import Department
from home.directory.reference import read_departments
from home.policies.models import (
    Clause,
    InterpretationIndexPage,
    InterpretationPage,
    PolicyIndexPage,
    PolicyIssuer,
    PolicyPage,
)
from home.portal.models import NewsPage
from ops.demo import site as demo
from search.engine import indexing
from tests.search import site_of_pages

HERE = Path(__file__).parent


def publish() -> None:
    """Makes the whole site and its index."""
    home = site_of_pages.make_home()
    news = site_of_pages.make_section(home)
    policies = home.add_child(instance=PolicyIndexPage(title="政策文件", slug="policies"))
    services = home.add_child(instance=ServiceChecklistPage(title="服务清单", slug="services"))
    interpretations = home.add_child(
        instance=InterpretationIndexPage(title="政策解读", slug="interpretations")
    )
    departments = _departments()
    demo.load()
    for row in rows("news"):
        news.add_child(instance=_news(row, departments))
    for row in rows("services"):
        services.add_child(instance=_service(row, departments))
    for row in rows("interpretations"):
        interpretations.add_child(instance=_interpretation(row))
    for row in rows("policies"):
        _publish_policy(policies, row)
    indexing.rebuild()


def rows(name: str) -> Iterator[dict[str, Any]]:
    """The lines of one of the files beside this one."""
    for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


def _departments() -> dict[str, Department]:
    made = (
        Department(
            code=row["code"],
            name=row["name"],
            short_name=row["short_name"],
            local_name=row["local_name"],
            aliases=row["aliases"],
            sort_order=number,
        )
        for number, row in enumerate(read_departments())
    )
    Department.objects.bulk_create(made)
    return {department.code: department for department in Department.objects.all()}


def _news(row: dict[str, Any], departments: dict[str, Department]) -> Page:
    return NewsPage(
        title=row["title"],
        slug=row["slug"],
        published_on=date.fromisoformat(row["published_on"]),
        department=departments.get(row["department"]),
        keywords=row["keywords"],
        body="".join(f"<p>{line}</p>" for line in row["body"].split("\n")),
    )


def _service(row: dict[str, Any], departments: dict[str, Department]) -> Page:
    categories = {str(category.label): category.value for category in Category}
    page = ServicePage(
        title=row["title"],
        slug=row["slug"],
        code=row["code"],
        category=categories[row["category"]],
        audience=row["audience"],
        content=row["content"],
    )
    page.departments.set([departments[code] for code in row["departments"]])
    return page


def _interpretation(row: dict[str, Any]) -> Page:
    body = [
        {"type": "question_answer", "value": {"question": question, "answer": f"<p>{answer}</p>"}}
        for question, answer in row["body"]
    ]
    return InterpretationPage(
        title=row["title"],
        slug=row["slug"],
        summary=row["summary"],
        is_example=True,
        body=json.dumps(body),
    )


def _publish_policy(index: PolicyIndexPage, row: dict[str, Any]) -> None:
    page = PolicyPage(
        title=row["title"],
        slug=row["slug"],
        document_number=row["document_number"],
        plan_title=row["title"],
        adopted_on=date.fromisoformat(row["adopted_on"]),
        published_on=date.fromisoformat(row["published_on"]),
        validity=row["validity"],
        preamble=row["preamble"],
        live=False,
    )
    index.add_child(instance=page)
    clauses = (
        Clause(level=1, sort_order=number, **clause) for number, clause in enumerate(row["clauses"])
    )
    page.clauses.set(list(clauses))
    page.issuers.set([PolicyIssuer(name="示例机关")])
    page.save_revision().publish()
