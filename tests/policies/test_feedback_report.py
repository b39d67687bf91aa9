"""报告 › 条款反馈: what readers said, clause by clause."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from forms.casework.models import Case, CorrectedClause
from home.directory.models import User
from home.policies.feedback import count_usefulness
from home.policies.models import ClauseKey, Edition, PolicyPage
from home.policies.reports import COUNTS, clauses_with_feedback
from tests.casework import house
from tests.casework.test_corrections import Reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

REPORT = "/admin/reports/clause-feedback/"


def key(name: str) -> ClauseKey:
    found: ClauseKey = ClauseKey.objects.get(policy__slug="lmf-2025-10", key=name)
    return found


def edition(number: int = 1) -> Edition:
    found: Edition = Edition.objects.get(policy__slug="lmf-2025-10", number=number)
    return found


def next_edition() -> None:
    page = PolicyPage.objects.get(slug="lmf-2025-10")
    page.preamble = "改过。"
    page.change_note = "改了正文。"
    page.save_revision().publish()


@pytest.fixture
def feedback(db: None) -> None:
    """2-2-1: five useful, one not, one correction open and one closed; 2-1-1: two not useful."""
    cache.clear()
    for _ in range(5):
        count_usefulness(key("2-2-1"), edition(), useful=True)
    count_usefulness(key("2-2-1"), edition(), useful=False)
    for _ in range(2):
        count_usefulness(key("2-1-1"), edition(), useful=False)
    Reader().send()
    Reader().send()
    clerk = User.objects.get(username="province-clerk")
    house.do(
        Case.objects.order_by("pk")[0],
        "reject",
        clerk,
        text="没有错。",
        elsewhere="见原文。",
    )


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


def counted(number: int | None = None) -> dict[str, tuple[int, ...]]:
    return {
        row.key: tuple(getattr(row, name) for name in COUNTS)
        for row in clauses_with_feedback(number)
    }


def order(html: str) -> list[str]:
    return re.findall(r"/clauses/([0-9a-z-]+)/", html)


def test_each_count_is_its_own(feedback: None) -> None:
    assert counted() == {"2-1-1": (0, 2, 0, 0), "2-2-1": (5, 1, 1, 1)}


def test_an_edition_has_its_own_counts(feedback: None) -> None:
    next_edition()
    count_usefulness(key("2-2-1"), edition(2), useful=True)
    CorrectedClause.objects.filter(case__is_open=True).update(edition=edition(2))
    assert counted(2) == {"2-2-1": (1, 0, 1, 0)}
    assert counted(1) == {"2-1-1": (0, 2, 0, 0), "2-2-1": (5, 1, 0, 1)}
    assert counted() == {"2-1-1": (0, 2, 0, 0), "2-2-1": (6, 1, 1, 1)}


@pytest.mark.parametrize("username", ["editor", "reviewer"])
def test_those_who_write_clauses_read_it(feedback: None, username: str) -> None:
    client = signed_in(username)
    assert REPORT in client.get("/admin/").content.decode()
    html = client.get(REPORT).content.decode()
    assert order(html) == ["2-1-1", "2-2-1"]
    assert "落实教育保障政策" in html
    assert "2 个条款" in html


@pytest.mark.parametrize("username", ["heping-clerk", "organiser", "auditor", "administrator"])
def test_nobody_else_does(feedback: None, username: str) -> None:
    client = signed_in(username)
    assert REPORT not in client.get("/admin/", follow=True).content.decode()
    assert client.get(REPORT).status_code == 302
    assert client.get(f"{REPORT}?export=csv").status_code == 302


def test_it_is_sorted_by_any_count(feedback: None) -> None:
    client = signed_in("editor")
    for column in COUNTS:
        html = client.get(REPORT, {"ordering": f"-{column}"}).content.decode()
        expected = ["2-1-1", "2-2-1"] if column == "not_useful" else ["2-2-1", "2-1-1"]
        assert order(html) == expected, column
    assert client.get(REPORT, {"ordering": "policy__owner__password"}).status_code == 200


def test_it_is_filtered_by_document_and_edition(feedback: None) -> None:
    client = signed_in("editor")
    assert order(client.get(REPORT, {"policy": "lmf-2025-10"}).content.decode()) == [
        "2-1-1",
        "2-2-1",
    ]
    assert order(client.get(REPORT, {"edition": 2}).content.decode()) == []
    assert len(order(client.get(REPORT, {"edition": 1}).content.decode())) == 2
    for nonsense in ("x", "-1", "1.5", "9" * 30):
        assert client.get(REPORT, {"edition": nonsense, "policy": nonsense}).status_code == 200


@pytest.mark.parametrize("export", ["csv", "xlsx"])
def test_it_is_taken_away_as_a_table(feedback: None, export: str) -> None:
    response: Any = signed_in("editor").get(REPORT, {"export": export})
    content = b"".join(response.streaming_content) if response.streaming else response.content
    assert "clause-feedback" in response["Content-Disposition"]
    if export == "csv":
        rows = list(csv.reader(io.StringIO(content.decode())))
        title = "关于印发《辽宁省加强流动儿童关爱保护行动方案》的通知"
        assert rows[0][3:] == ["有用", "没有用", "纠错未结", "纠错已结"]
        assert rows[2][0] == title
        assert rows[2][1] == "辽民发〔2025〕10号 二(二)1"
        assert rows[2][3:] == ["5", "1", "1", "1"]


def test_a_clause_that_has_gone_is_still_counted_and_leads_nowhere(feedback: None) -> None:
    page = PolicyPage.objects.get(slug="lmf-2025-10")
    page.clauses.remove(next(one for one in page.clauses.all() if one.key == "2-1-1"))
    page.change_note = "删去一条（示例）。"
    page.save_revision().publish()
    html = signed_in("editor").get(REPORT).content.decode()
    assert "现行文本中已没有这一条" in html
    assert order(html) == ["2-2-1"]


def test_it_costs_the_same_however_many_clauses(feedback: None) -> None:
    client = signed_in("editor")
    client.get(REPORT)
    with CaptureQueriesContext(connection) as two:
        client.get(REPORT)
    for clause_key in ClauseKey.objects.filter(policy__slug="lmf-2025-10"):
        count_usefulness(clause_key, edition(), useful=True)
    with CaptureQueriesContext(connection) as all_of_them:
        assert len(order(client.get(REPORT).content.decode())) == 25
    # Three of our own; the rest are the session, the rights and the menu of every admin page.
    assert len(all_of_them) == len(two) <= 16
