"""No edition is changed or lost, no clause key either, by any way there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from wagtail.models import Page

from home.checklist.models import ServiceClause
from home.policies.models import (
    ClauseKey,
    Edition,
    InterpretationClause,
    PolicyIndexPage,
    PolicyPage,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]

PLAN = "/policies/lmf-2025-10/"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_superuser("keeper", "k@example.org", "-"))
    return client


def kept() -> tuple[object, ...]:
    """All that must never change, once it is there: editions, keys, and the links to keys."""
    return (
        list(Edition.objects.order_by("pk").values_list("pk", "number", "snapshot", "digest")),
        list(ClauseKey.objects.order_by("pk").values_list("pk", "policy", "key")),
        set(InterpretationClause.objects.values_list("page", "clause_key")),
        set(ServiceClause.objects.values_list("page", "clause_key")),
    )


def change_text(plan: PolicyPage, key: str, text: str) -> None:
    clauses = list(plan.clauses.all())
    for clause in clauses:
        if clause.key == key:
            clause.text = text
    plan.clauses = clauses
    plan.change_note = "改了一条（示例）。"
    plan.save_revision().publish()


# By the ORM


def save_it(edition: Edition) -> None:
    edition.change_note = "后来补写"
    edition.save()


ORM_WAYS: list[Callable[[PolicyPage], object]] = [
    lambda plan: save_it(plan.editions.get()),
    lambda plan: plan.editions.get().delete(),
    lambda plan: plan.editions.all().delete(),
    lambda plan: plan.editions.update(change_note="后来补写"),
    lambda plan: Edition.objects.bulk_update(plan.editions.all(), ["change_note"]),
    lambda plan: Edition.objects.filter(policy=plan)._raw_delete("default"),
    lambda plan: Edition.objects.update_or_create(
        policy=plan, number=1, defaults={"change_note": "后来补写"}
    ),
    lambda plan: plan.clause_keys.get(key="2-2-1").delete(),
    lambda plan: plan.clause_keys.all().delete(),
    lambda plan: plan.clause_keys.update(key="9-9"),
    lambda plan: ClauseKey.objects.bulk_update(plan.clause_keys.all(), ["key"]),
    lambda plan: plan.clause_keys.get(key="2-2-1").save(),
    lambda plan: plan.editions.get().revision.delete(),
    lambda plan: plan.revisions.all().delete(),
    lambda plan: plan.delete(),
    lambda plan: Page.objects.get(pk=plan.pk).delete(),
    lambda plan: Page.objects.filter(pk=plan.pk).delete(),
    lambda plan: plan.get_parent().delete(),
    lambda plan: plan.get_parent().get_parent().delete(),
]


@pytest.mark.parametrize("way", ORM_WAYS)
def test_the_orm_refuses(plan: PolicyPage, way: Callable[[PolicyPage], object]) -> None:
    before = kept()
    with pytest.raises((TypeError, ProtectedError)), transaction.atomic():
        way(plan)
    assert kept() == before


# By SQL


SQL_WAYS = [
    "UPDATE policies_edition SET snapshot = '{}'",
    "UPDATE policies_edition SET change_note = 'x' WHERE number = 1",
    "DELETE FROM policies_edition",
    "UPDATE policies_clausekey SET key = 'x' WHERE key = '2-2-1'",
    "DELETE FROM policies_clausekey WHERE key = '2-2-1'",
]
if connection.vendor == "sqlite":
    SQL_WAYS += [
        "INSERT OR REPLACE INTO policies_edition"
        " SELECT id, number, '{}', digest, change_note, published_at, policy_id, published_by_id,"
        " revision_id FROM policies_edition",
        "INSERT OR REPLACE INTO policies_clausekey SELECT * FROM policies_clausekey",
    ]


@pytest.mark.parametrize("statement", SQL_WAYS)
def test_the_database_refuses(statement: str) -> None:
    before = kept()
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert kept() == before


# By what editors and operators do


def test_publishing_again_and_again_keeps_everything(plan: PolicyPage) -> None:
    before = kept()
    for _ in range(5):
        plan.save_revision().publish()
        plan.refresh_from_db()
    assert kept() == before


def test_reordering_makes_an_edition_and_breaks_no_link(plan: PolicyPage) -> None:
    first, keys, *links = kept()
    clauses = list(plan.clauses.all())[::-1]
    for order, clause in enumerate(clauses):
        clause.sort_order = order
    plan.clauses = clauses
    plan.change_note = "调整了顺序（示例）。"
    plan.save_revision().publish()
    editions, keys_now, *links_now = kept()
    assert isinstance(editions, list)
    assert len(editions) == 2
    assert editions[:1] == first
    assert (keys_now, links_now) == (keys, links)


def test_a_clause_that_is_taken_out_keeps_its_key_its_links_and_its_addresses(
    plan: PolicyPage, client: Client
) -> None:
    _editions, *before = kept()
    plan.clauses = [clause for clause in plan.clauses.all() if clause.key != "2-2-1"]
    plan.change_note = "删去一条（示例）。"
    plan.save_revision().publish()
    assert list(kept()[1:]) == before
    gone = client.get(f"{PLAN}clauses/2-2-1/")
    assert gone.status_code == 200
    html = gone.content.decode()
    assert "第2版中已经删除" in html
    assert Edition.objects.get(policy=plan, number=1).content["clauses"][0]["heading"]
    assert 'id="c-2-2-1"' in client.get(PLAN).content.decode()
    interpretation = client.get("/interpretations/going-to-school/").content.decode()
    assert f'href="{PLAN}clauses/2-2-1/"' in interpretation
    assert "已经删除" in interpretation


def test_purging_revisions_keeps_those_that_were_published(plan: PolicyPage) -> None:
    change_text(plan, "2-2-1", "改过的正文（示例）。")
    before = kept()
    for _ in range(3):
        plan.save_revision()
    call_command("purge_revisions", verbosity=0)
    assert kept() == before
    assert all(edition.revision.content for edition in Edition.objects.filter(policy=plan))


def test_the_admin_refuses_to_delete_the_page_its_parent_or_many(
    plan: PolicyPage, admin: Client
) -> None:
    before = kept()
    for page in (plan, plan.get_parent(), plan.get_parent().get_parent()):
        admin.post(f"/admin/pages/{page.pk}/delete/", {"confirm_site_name": "童伴"})
        assert kept() == before
    admin.post(f"/admin/bulk/wagtailcore/page/delete/?id={plan.pk}&id={plan.get_parent().pk}")
    assert kept() == before
    assert PolicyPage.objects.filter(pk=plan.pk).exists()


def test_withdrawing_keeps_everything_and_shows_nothing(plan: PolicyPage, client: Client) -> None:
    before = kept()
    plan.unpublish()
    assert kept() == before
    for path in ("editions/", "editions/1/", "clauses/2-2-1/"):
        assert client.get(f"{PLAN}{path}").status_code == 404
    plan.refresh_from_db()
    plan.get_latest_revision().publish()
    assert kept() == before
    assert client.get(f"{PLAN}editions/1/").status_code == 200


def test_withdrawing_many_at_once_keeps_everything(plan: PolicyPage, admin: Client) -> None:
    before = kept()
    admin.post(f"/admin/bulk/wagtailcore/page/unpublish/?id={plan.pk}", {"include_descendants": ""})
    plan.refresh_from_db()
    assert not plan.live
    assert kept() == before


def test_a_copy_begins_with_an_edition_and_keys_of_its_own(plan: PolicyPage) -> None:
    first, _keys, *links = kept()
    copy = plan.copy(update_attrs={"slug": "copy-of-the-plan", "title": "复制件（示例）"})
    editions, _keys_now, *links_now = kept()
    assert isinstance(editions, list)
    assert editions[:1] == first
    assert links_now == links
    assert copy.editions.get().number == 1
    assert copy.clause_keys.count() == plan.clause_keys.count()


def test_moving_the_page_keeps_everything_and_forwards_its_addresses(
    plan: PolicyPage, client: Client
) -> None:
    before = kept()
    home = plan.get_parent().get_parent()
    elsewhere = home.add_child(instance=PolicyIndexPage(title="归档（示例）", slug="archive"))
    plan.move(elsewhere, pos="last-child")
    assert kept() == before
    for path in ("", "clauses/2-2-1/", "editions/", "editions/1/"):
        answer = client.get(f"{PLAN}{path}", follow=True)
        assert answer.redirect_chain[-1][0].endswith(f"/archive/lmf-2025-10/{path}"), path
        assert answer.status_code == 200


def test_another_slug_forwards_the_addresses_of_clauses_and_editions(
    plan: PolicyPage,
    client: Client,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    before = kept()
    plan.slug = "lmf-2025-10-new"
    with django_capture_on_commit_callbacks(execute=True):
        plan.save_revision().publish()
    assert kept() == before
    for path in ("", "clauses/2-2-1/", "editions/1/"):
        answer = client.get(f"{PLAN}{path}", follow=True)
        assert answer.status_code == 200, path


def test_a_page_that_is_only_scheduled_has_no_edition_yet(plan: PolicyPage) -> None:
    plan.unpublish()
    plan.refresh_from_db()
    clauses = list(plan.clauses.all())
    clauses[0].heading = "改过的标题（示例）"
    plan.clauses = clauses
    plan.change_note = "改了标题（示例）。"
    plan.go_live_at = timezone.now() + timedelta(days=1)
    plan.save_revision().publish()
    assert plan.editions.count() == 1
