"""The demo's own content, the real plan among it, goes out and could come in again."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from home.policies.models import PolicyPage
from home.policies.parser import parse

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


def test_the_plan_comes_out_as_a_text_that_is_read_back_clause_by_clause() -> None:
    out, err = StringIO(), StringIO()
    call_command("export_content", stdout=out, stderr=err)
    assert err.getvalue() == ""
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    plan = next(line for line in lines if line["external_id"] == "lmf-2025-10")
    read, page = parse(plan["body"]), PolicyPage.objects.get(slug="lmf-2025-10")
    assert [clause.key for clause in read.clauses] == [row.key for row in page.clauses.all()]
    assert list(read.issuers) == [issuer.name for issuer in page.issuers.all()]
    assert read.addressees == page.addressees
    assert read.adopted_on == page.adopted_on
    assert list(read.attachments) == [row.name for row in page.attachments.all()]
    assert read.plan_title == page.plan_title
