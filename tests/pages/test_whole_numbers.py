"""Numbers in requests: whatever is sent in their place, nobody gets an error page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from home.directory.models import User
from home.pages.whole_numbers import whole_number
from home.policies.models import ClauseKey, InterpretationIndexPage, PolicyPage
from tests.policies.editing import Editor, errors

# More digits than Python reads, more bits than a database holds, digits of another script.
NO_NUMBERS = ("9" * 5000, "9" * 30, "１２", "²", "-1", "1.5", " 1", "一", "")


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_whole_number_or_too_long_for_one_is_none(text: str) -> None:
    assert whole_number(text) is None


def test_a_whole_number_is_read_up_to_eighteen_digits() -> None:
    assert [whole_number(text) for text in ("0", "007", "9" * 18)] == [0, 7, 10**18 - 1]


@pytest.fixture
def editor(demo_site: Any, client: Client) -> Client:
    client.force_login(User.objects.get(username="editor"))
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("sent", NO_NUMBERS[:4])
class TestRequests:
    def test_an_interpretation_of_a_clause_that_is_none_begins_empty(
        self, editor: Client, sent: str
    ) -> None:
        index = InterpretationIndexPage.objects.get()
        add = reverse("wagtailadmin_pages:add", args=["policies", "interpretationpage", index.pk])
        assert editor.get(add, {"clause": sent}).status_code == 200
        assert editor.get(add, {"clause": ClauseKey.objects.all()[0].pk}).status_code == 200

    def test_bulk_actions_on_what_is_no_page_find_nothing(self, editor: Client, sent: str) -> None:
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
        assert editor.get(address, {"id": sent}).status_code == 404

    def test_a_group_of_words_that_is_none_is_not_tried(self, editor: Client, sent: str) -> None:
        editor.force_login(User.objects.get(username="administrator"))
        address = reverse("search_try:index")
        assert editor.get(address, {"group": sent}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ORDER", "id", "departments", "chosen_level"])
def test_what_is_no_number_in_a_clauses_row_is_no_error_page(editor: Client, name: str) -> None:
    plan = PolicyPage.objects.get(slug="lmf-2025-10")
    for sent in NO_NUMBERS[:4]:
        tab = Editor(editor, plan)
        tab.set(3, **{name: sent})
        # One field more is wrong, so that the form comes back with all that was sent.
        response = tab.post(title="")
        assert response.status_code in (200, 302), errors(response)
