"""Many at once: these tests commit for real."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from forms.builder import services
from forms.builder.form import build_form
from forms.builder.handlers import Refused
from forms.builder.models import Draft, Submission
from forms.builder.questions import from_schema
from forms.builder.selectors import current_version
from forms.vault.models import SealedRecord
from tests.builder.conftest import Family, TestHandler, build_page
from tests.builder.steps import STORY, Walker, make_steps_page, row


@pytest.mark.django_db(transaction=True)
def test_fifty_posts_at_the_same_moment_make_one_request(handler: TestHandler) -> None:
    page = build_page()
    family = Family(page)
    family.open()
    family.fill_everything()
    version = current_version(page)
    assert version is not None
    form = build_form(page, from_schema(version.schema), family.values)
    assert form.is_valid()
    answers = form.answers().by_key
    start = threading.Barrier(10)
    results: list[Any] = []

    def send() -> None:
        try:
            start.wait()
            for _ in range(5):
                results.append(services.submit(version, answers, submission_key="a" * 32).pk)
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [Submission.objects.get().pk] * 50
    assert SealedRecord.objects.count() == 1


def together(deeds: list[Any]) -> list[Any]:
    """What each of these gave or raised, all begun at the same moment."""
    start = threading.Barrier(len(deeds))
    results: list[Any] = []

    def do(deed: Any) -> None:
        try:
            start.wait()
            results.append(deed())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def one_screen() -> list[Any]:
    return [row(STORY, "发生了什么", "multiline", role="story")]


@pytest.mark.django_db(transaction=True)
def test_fifty_presses_at_the_end_of_a_draft_make_one_request(handler: TestHandler) -> None:
    page = make_steps_page(one_screen(), checks_answers=True)
    walker = Walker(page)
    walker.open()
    walker.press(**{STORY: "房租付不起"})
    assert "screen=check" in walker.url
    body = {"submission_key": walker.response.context["submission_key"], "screen": "check"}

    def press() -> str:
        client = Client()
        client.cookies.update(walker.client.cookies)
        return str(client.post(walker.url, body)["Location"])

    assert together([press] * 50) == ["/requests/receipt/"] * 50
    assert Submission.objects.count() == 1
    assert not Draft.objects.exists()
    assert SealedRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_first_presses_begin_one_draft(handler: TestHandler) -> None:
    page = make_steps_page(one_screen(), checks_answers=True)
    walker = Walker(page)
    walker.open()
    context = walker.response.context
    body = {
        "submission_key": context["submission_key"],
        "form_version": context["form_version"],
        "screen": "1",
        STORY: "房租付不起",
    }
    answers = together([lambda: Client().post(page.url, body).status_code] * 50)
    assert answers == [303] * 50
    assert Draft.objects.count() == 1
    assert SealedRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_never_take_more_than_the_limit(handler: TestHandler) -> None:
    page = make_steps_page(one_screen(), most_submissions=3)
    version = current_version(page)
    assert version is not None

    def send(key: str) -> Any:
        return lambda: services.submit(version, {STORY: "有事"}, submission_key=key)

    results = together([send(f"{number:032x}") for number in range(50)])
    refused = [one for one in results if isinstance(one, Refused)]
    assert Submission.objects.count() == 3
    assert len(refused) == 47
    assert {one.result for one in refused} == {"full"}
