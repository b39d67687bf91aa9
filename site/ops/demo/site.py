"""The demo's content: the real plan, the services its clauses name, interpretations, one news item.

Texts come from site/ops/content/. Nothing here says what the plan does not say.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from wagtail.models import Page

from forms.builder.models import FormPage
from home.checklist.models import Category, ServiceChecklistPage, ServiceClause, ServicePage
from home.directory.models import Department
from home.policies.models import (
    ClauseKey,
    InterpretationClause,
    InterpretationIndexPage,
    InterpretationPage,
    PolicyIndexPage,
    PolicyPage,
)
from home.policies.parser import parse
from home.policies.services import create_policy
from home.portal.models import NewsIndexPage, NewsPage
from ops.demo.forms import FORM_SLUG as REQUEST_FORM_SLUG

CONTENT = Path(__file__).resolve().parents[1] / "content"
PLAN_SLUG = "lmf-2025-10"
SOURCE_URL = (
    "https://mzt.ln.gov.cn/mzt/zfxxgk/fdzdgknr/lzyj/mztgfxwj/lmf/2025022714071845927/index.shtml"
)


def load() -> str:
    """Publishes what is not there yet; what editors changed since stays as they left it."""
    plan = PolicyPage.objects.filter(slug=PLAN_SLUG).first() or _publish_plan()
    keys = {row.key: row for row in ClauseKey.objects.filter(policy=plan)}
    services = _publish_services(keys)
    interpretations = _publish_interpretations(keys)
    news = _publish_news()
    return (
        f"content: plan {plan.document_number}, {services} services, "
        f"{interpretations} interpretations, {news} news made"
    )


@transaction.atomic
def _publish_plan() -> PolicyPage:
    text = (CONTENT / "action-plan.txt").read_text(encoding="utf-8")
    plan = create_policy(
        PolicyIndexPage.objects.get(),
        parse(text),
        slug=PLAN_SLUG,
        external_id="lmf-2025-10",
        summary="辽宁省21个部门一起，让跟随父母外出生活的孩子就近上学、看病、得到保护和帮助。",
        keywords="流动儿童 关爱保护 行动方案",
        source_url=SOURCE_URL,
    )
    plan.get_latest_revision().publish()
    return PolicyPage.objects.get(pk=plan.pk)


@transaction.atomic
def _publish_services(keys: dict[str, ClauseKey]) -> int:
    checklist = ServiceChecklistPage.objects.get()
    departments = _departments_by_short_name()
    categories = {str(category.label): category.value for category in Category}
    there = set(ServicePage.objects.values_list("code", flat=True))
    request_form = FormPage.objects.live().filter(slug=REQUEST_FORM_SLUG).first()
    made = 0
    with (CONTENT / "services_from_plan.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["code"] in there:
                continue
            named, note = _split_departments(row["departments"], departments)
            page = ServicePage(
                slug=row["code"].lower(),
                title=row["title"],
                code=row["code"],
                category=categories[row["category"]],
                audience=row["audience"],
                content=row["plan_wording"],
                status_note=row["status"],
                departments_note=note,
                request_form=request_form,
                external_id=row["code"],
                live=False,
            )
            page.departments.set(named)
            page.clause_links.set([ServiceClause(clause_key=keys[row["clause_key"]])])
            _publish(checklist, page)
            made += 1
    return made


def _departments_by_short_name() -> dict[str, Department]:
    names: dict[str, Department] = {}
    for department in Department.objects.all():
        for name in (department.short_name, department.name, *department.aliases):
            names.setdefault(name, department)
    return names


def _split_departments(
    text: str, departments: dict[str, Department]
) -> tuple[list[Department], str]:
    """The departments named, and the whole wording where it says more than their names."""
    named, complete = [], True
    for part in re.split("[;：:]", text):
        bare = re.sub(r"\(.*?\)", "", part).strip()
        department = departments.get(bare)
        if department is None:
            complete = False
        else:
            named.append(department)
            complete = complete and bare == part
    return named, "" if complete else text.replace(";", "；").replace("(", "（").replace(")", "）")


@transaction.atomic
def _publish_interpretations(keys: dict[str, ClauseKey]) -> int:
    index = InterpretationIndexPage.objects.get()
    there = set(InterpretationPage.objects.values_list("slug", flat=True))
    made = 0
    for item in json.loads((CONTENT / "interpretations.json").read_text(encoding="utf-8")):
        if item["slug"] in there:
            continue
        body: list[dict[str, Any]] = [
            {"type": "question_answer", "value": {"question": question, "answer": answer}}
            for question, answer in item["body"]
        ]
        page = InterpretationPage(
            slug=item["slug"],
            title=item["title"],
            summary=item["summary"],
            is_example=True,
            body=json.dumps(body),
            external_id=f"interpretation-{item['slug']}",
            live=False,
        )
        page.clause_links.set(
            [InterpretationClause(clause_key=keys[key]) for key in item["clauses"]]
        )
        _publish(index, page)
        made += 1
    return made


@transaction.atomic
def _publish_news() -> int:
    if NewsPage.objects.exists():
        return 0
    page = NewsPage(
        slug="plan-online",
        title="《辽宁省加强流动儿童关爱保护行动方案》可以逐条查阅了",
        published_on=timezone.localdate(),
        body=(
            "<p>辽民发〔2025〕10号行动方案已在本站逐条公布。每一条都可以单独打开、复制链接和引用，"
            "旁边列出有关的解读、服务和责任部门。</p>"
            "<p>您可以用自己的话搜索，也可以在线求助、查询进度。</p>"
        ),
        live=False,
    )
    _publish(NewsIndexPage.objects.get(), page)
    return 1


def _publish(parent: Page, page: Page) -> None:
    parent.add_child(instance=page)
    page.full_clean()
    page.save_revision().publish()
