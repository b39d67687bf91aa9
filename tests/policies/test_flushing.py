"""Emptying the tables: refused to everybody, but for tests behind themselves."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Locale, Page

from home.policies.models import ClauseKey, Edition, PolicyPage
from home.policies.services import record_edition, register_keys

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("time", ["once", "and again"])
def test_what_is_written_once_survives_a_flush_but_not_the_end_of_a_test(time: str) -> None:
    assert not Edition.objects.exists()
    publish_one()
    with pytest.raises(CommandError):
        call_command("flush", interactive=False, verbosity=0)
    assert Edition.objects.count() == 1
    assert ClauseKey.objects.count() == 1


def publish_one() -> None:
    """A published policy (made up), in a tree that an earlier flush may have emptied."""
    Locale.objects.get_or_create(language_code="zh-hans")
    root = Page.get_first_root_node() or Page.add_root(title="root", slug="root")
    policy = PolicyPage(title="示例文件", slug="example", document_number="示发〔2026〕1号")
    root.add_child(instance=policy)
    register_keys(policy, ["1"])
    assert record_edition(policy, policy.save_revision()) is not None
