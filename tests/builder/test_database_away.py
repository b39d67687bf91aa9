"""A database that can't be reached at all: the family is told, and keeps its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client


def away(execute: Callable[..., Any], *args: Any) -> Any:
    raise OperationalError("the server closed the connection: 13800138000")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/requests/help/", "/activities/reading/sign-up/"])
def test_a_form_sent_while_the_database_is_away_says_so_and_gives_the_words_back(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(raise_request_exception=False)
    with connection.execute_wrapper(away):
        response = client.post(
            path, {"f1": "孩子要上学，", "reference": "LN0", "f3": "13800138000"}
        )
    html = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"]
    assert 'data-result="not-received"' in html
    assert "孩子要上学，" in html
    assert "13800138000" not in caplog.text
