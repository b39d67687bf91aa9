"""Two hundred readers at the same moment: these tests commit for real."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from home.policies.feedback import count_usefulness
from home.policies.models import ClauseKey, ClauseUsefulness, Edition, PolicyIndexPage, PolicyPage
from tests.casework import house

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_hundred_at_once_count_exactly() -> None:
    home = house.home()
    index = PolicyIndexPage(title="政策文件", slug="policies")
    home.add_child(instance=index)
    plan = PolicyPage(title="示例文件", slug="example", document_number="示例〔2025〕1号")
    index.add_child(instance=plan)
    revision = plan.save_revision()
    key = ClauseKey.objects.create(policy=plan, key="1")
    edition = Edition.objects.create(
        policy=plan, number=1, revision=revision, snapshot={"clauses": []}, digest="-"
    )
    start = threading.Barrier(20)
    failures: list[Exception] = []

    def read(useful: bool) -> None:
        try:
            start.wait()
            for _ in range(10):
                count_usefulness(key, edition, useful=useful)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=read, args=(place % 4 > 0,)) for place in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    row = ClauseUsefulness.objects.get()
    assert (row.useful, row.not_useful) == (150, 50)
