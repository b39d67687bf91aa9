"""Many at once: these tests commit for real."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from forms.builder import services
from forms.builder.form import build_form
from forms.builder.models import Submission
from forms.builder.questions import from_schema
from forms.builder.selectors import current_version
from forms.vault.models import SealedRecord
from tests.builder.conftest import Family, TestHandler, build_page


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
