"""What a family writes is found nowhere in clear."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection

from forms.builder.models import Submission
from forms.builder.services import tracking_code
from tests.builder.conftest import Family

CANARIES = {
    "发生了什么": "金丝雀一号住在云锦里九号",
    "方便接听的时间": "金丝雀二号只在晚上",
    "电子邮箱": "canary-three@example.com",
    "联系电话": "13912345678",
}


def dump() -> str:
    """Every value of every row of every table, bytes as far as they are text."""
    parts: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            for row in cursor.fetchall():
                for value in row:
                    if isinstance(value, (bytes, memoryview)):
                        value = bytes(value).decode("utf-8", "replace")
                    parts.append(str(value))
    return "\n".join(parts)


@pytest.mark.parametrize("broken", [False, True])
def test_no_answer_reaches_a_table_a_log_a_cookie_a_mail_or_the_cache(
    family: Family, caplog: pytest.LogCaptureFixture, broken: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    family.fill(**CANARIES)
    if broken:
        name = family.key("居住地")
        assert family.send(**{f"{name}_1": ""}).status_code == 422
        assert family.send(form_version="99").status_code == 409
        assert family.send(_refine="x").status_code == 200
    assert family.send().status_code == 303
    submission = Submission.objects.get()
    code = tracking_code(submission)
    family.client.get("/requests/receipt/")
    family.client.post("/track/", {"reference": submission.reference, "code": code})
    family.client.get("/track/")
    family.fill(发生了什么=CANARIES["发生了什么"] + "又一次")
    family.send()
    cookies: Any = "".join(morsel.OutputString() for morsel in family.client.cookies.values())
    kept = {
        "tables": dump(),
        "log": caplog.text,
        "cookies": cookies,
        "mail": "".join(str(message.message()) for message in mail.outbox),
        "shown": f"{submission} {submission!r} {vars(submission)} {submission.record!r}",
    }
    for place, text in kept.items():
        for canary in (*CANARIES.values(), code):
            assert canary not in text, place
    cache.clear()
