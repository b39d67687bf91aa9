"""The same form sent again: one submission, one receipt, and no lost text."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from forms.builder import services, serving
from forms.builder.models import FormPage, Submission
from forms.vault import services as vault
from forms.vault.models import SealedRecord
from tests.builder.conftest import CANARY, Family, TestHandler


def receipt_of(family: Family) -> tuple[str, str]:
    context = family.client.get("/requests/receipt/").context
    return context["submission"].reference, context["code"]


def test_a_family_that_presses_twice_gets_one_request_and_the_same_receipt(family: Family) -> None:
    assert family.send().status_code == 303
    first = receipt_of(family)
    assert family.send().status_code == 303
    assert receipt_of(family) == first
    assert Submission.objects.count() == 1
    assert SealedRecord.objects.count() == 1


def test_the_same_answers_written_differently_are_the_same(family: Family) -> None:
    family.send()
    family.fill(联系电话="+86 138 0013 8000", 发生了什么=f" {CANARY}\r\n")
    assert family.send().status_code == 303
    assert Submission.objects.count() == 1


def test_other_answers_with_the_same_key_are_not_lost_and_change_nothing(family: Family) -> None:
    family.send()
    submission = Submission.objects.get()
    family.fill(发生了什么="补充：孩子病了")
    response = family.send()
    html = response.content.decode()
    assert response.status_code == 409
    assert 'data-result="arrived"' in html
    assert submission.reference in html
    assert services.tracking_code(submission) not in html
    assert "/track/" in html
    assert "补充：孩子病了" in html
    assert vault.open_record(submission.record)[family.key("发生了什么")] == CANARY
    assert Submission.objects.count() == 1


def test_an_answer_no_longer_offered_still_gives_the_same_receipt(
    page: FormPage, handler: TestHandler
) -> None:
    field = page.form_fields.get(label="您是孩子的什么人")
    field.role = "session"
    field.save()
    handler.sessions = [("parent", "周六上午"), ("2", "周日上午")]
    page.refresh_from_db()
    page.save_revision().publish()
    family = Family(page)
    family.open()
    family.fill_everything()
    assert family.send().status_code == 303
    handler.sessions = [("2", "周日上午")]
    assert family.send().status_code == 303
    assert Submission.objects.count() == 1
    late = Family(page)
    late.open()
    late.fill_everything()
    assert late.send().status_code == 422


def test_a_broken_second_try_is_told_that_the_first_arrived(family: Family) -> None:
    family.send()
    family.fill(联系电话="")
    response = family.send()
    assert response.status_code == 409
    assert 'data-result="arrived"' in response.content.decode()


def test_a_form_that_changed_meanwhile_keeps_what_was_typed(family: Family) -> None:
    field = family.page.form_fields.get(label="发生了什么")
    field.label = "请说说情况"
    field.save()
    family.page.refresh_from_db()
    family.page.save_revision().publish()
    response = family.send()
    html = response.content.decode()
    assert response.status_code == 409
    assert 'data-result="stale"' in html
    assert CANARY in html
    assert "请说说情况" in html
    assert "error-summary" not in html
    assert not Submission.objects.exists()
    family.values["form_version"] = response.context["form_version"]
    assert family.send().status_code == 303


def test_a_form_that_changed_after_the_first_arrived_says_so(family: Family) -> None:
    family.send()
    family.values["form_version"] = "99"
    assert 'data-result="arrived"' in family.send().content.decode()


@pytest.mark.parametrize("key", ["", "x", "0" * 15, "0" * 33, "G" * 32, "\x00" * 32, "０" * 32])
def test_what_is_no_key_is_replaced_and_nothing_lost(family: Family, key: str) -> None:
    response = family.send(submission_key=key)
    assert response.status_code == 409
    assert CANARY in response.content.decode()
    assert response.context["submission_key"] != key
    assert family.send(submission_key=response.context["submission_key"]).status_code == 303


def test_a_database_that_cannot_store_is_owned_up_to(family: Family, handler: TestHandler) -> None:
    handler.failure = OperationalError("disk I/O error: 金丝雀")
    response = family.send()
    html = response.content.decode()
    assert response.status_code == 503
    assert 'data-result="not-received"' in html
    assert "我们没有收到您的内容" in html
    assert CANARY in html
    assert not Submission.objects.exists()
    handler.failure = None
    assert family.send().status_code == 303


def test_a_database_that_can_not_even_be_read_gives_the_text_back(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(serving, "submission_with_key", away)
    response = family.send()
    html = response.content.decode()
    assert response.status_code == 503
    assert 'data-result="not-received"' in html
    assert CANARY in html
    assert "110" in html


def test_a_failure_after_the_commit_does_not_deny_the_receipt(
    family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stores_and_fails(*args: Any, **kwargs: Any) -> Any:
        services.submit(*args, **kwargs)
        raise OperationalError("after the commit")

    monkeypatch.setattr(serving, "submit", stores_and_fails)
    assert family.send().status_code == 303
    assert Submission.objects.count() == 1


def test_a_failure_on_the_way_of_other_answers_gives_no_receipt_for_them(
    family: Family, handler: TestHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    family.send()

    def fails(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("gone for a moment")

    monkeypatch.setattr(serving, "submit", fails)
    family.fill(发生了什么="后来改写的话")
    response = family.send()
    html = response.content.decode()
    assert response.status_code == 409
    assert 'data-result="arrived"' in html
    assert "后来改写的话" in html


def test_a_taken_reference_is_drawn_again(family: Family, monkeypatch: pytest.MonkeyPatch) -> None:
    family.send()
    taken = Submission.objects.get().reference
    drawn = iter([taken, taken, "LN000000000" + "0"])
    monkeypatch.setattr(services.references, "new_reference", lambda: next(drawn))
    second = Family(family.page, Client())
    second.open()
    second.fill_everything()
    assert second.send().status_code == 303
    assert set(Submission.objects.values_list("reference", flat=True)) == {taken, "LN0000000000"}


def test_going_back_and_sending_the_same_again_gives_the_first_receipt(
    family: Family, page: FormPage
) -> None:
    """A browser that goes back asks for the page anew and puts the answers in: the key is new."""
    family.send()
    first_key = family.values["submission_key"]
    family.open()
    assert family.values["submission_key"] != first_key
    assert family.send()["Location"] == "/requests/receipt/"
    assert Submission.objects.count() == 1
    family.open()
    family.fill(发生了什么="另一件事")
    assert family.send().status_code == 303
    assert Submission.objects.count() == 2
    # Another family at the same time, with the same words: a request of its own.
    other = Family(page)
    other.open()
    other.fill_everything()
    other.send()
    assert Submission.objects.count() == 3
