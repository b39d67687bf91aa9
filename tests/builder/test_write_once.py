"""What was published, agreed to or looked at stays: also for SQL that asks no model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import QuerySet

from forms.builder.models import FormVersion, Submission
from forms.vault import write_once
from forms.vault.models import AccessEntry, ConsentText
from forms.vault.services import log_access
from tests.builder.conftest import Family


def refused(deed: Callable[[], Any]) -> None:
    with pytest.raises((IntegrityError, DatabaseError), match="never"), transaction.atomic():
        deed()


def sql(statement: str, *values: Any) -> Callable[[], None]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    return run


@pytest.fixture
def sent(family: Family) -> Family:
    family.send()
    user = get_user_model().objects.create_user("looker")
    log_access(user=user, record=Submission.objects.get().record, what="detail")
    return family


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("table", ["builder_formversion", "vault_consenttext", "vault_accessentry"])
def test_no_sql_changes_or_deletes_a_row(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 (our own names)
        assert cursor.fetchone()[0] > 0
    refused(sql(f"DELETE FROM {table}"))  # noqa: S608
    refused(sql(f"UPDATE {table} SET digest = 'x'"))  # noqa: S608


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("model", [FormVersion, ConsentText, AccessEntry])
def test_no_back_door_of_the_orm_does_either(model: Any) -> None:
    plain: QuerySet[Any] = QuerySet(model)
    refused(lambda: plain.update(digest="x"))
    refused(lambda: plain._raw_delete(using="default"))
    refused(lambda: plain.get(pk=plain.values_list("pk")[:1]).save_base(force_update=True))


@pytest.mark.usefixtures("sent")
def test_a_row_is_not_written_over_by_another() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("INSERT OR REPLACE is SQLite's.")
    refused(
        sql(
            "INSERT OR REPLACE INTO builder_formversion"
            " SELECT id, number, '[]', digest, published_at, page_id FROM builder_formversion"
        )
    )


def test_versions_go_with_a_page_that_nobody_used(family: Family) -> None:
    page = family.page
    page.form_fields.filter(label="发生了什么").update(label="换个问法")
    page.refresh_from_db()
    page.save_revision().publish()
    assert page.versions.count() == 2
    page.delete()
    assert not FormVersion.objects.exists()


def test_guarding_twice_changes_nothing(family: Family) -> None:
    write_once.install(connection)
    family.send()
    assert Submission.objects.count() == 1
