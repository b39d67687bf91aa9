"""Consent texts stay as people saw them; every look is accounted for in a chain."""

import threading
import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, connections

from forms.vault import reference, services, write_once
from forms.vault.chain import first_broken_entry
from forms.vault.checks import every_vault_key_is_long_enough
from forms.vault.immutable import WrittenOnce
from forms.vault.models import AccessEntry, Consent, ConsentText, SealedRecord


@pytest.fixture
def record(db: None) -> Any:
    return services.seal({"a": "b"}, bound_to=uuid.uuid4())


@pytest.fixture
def user(db: None) -> Any:
    return get_user_model().objects.create_user("clerk")


def test_loading_the_notices_twice_gives_one_version_of_each(db: None) -> None:
    reference.load()
    reference.load()
    assert {(t.key, t.version) for t in ConsentText.objects.all()} == {
        ("request-notice", 1),
        ("sign-up-notice", 1),
        ("photo-consent", 1),
    }
    assert services.current_text("request-notice").basis == "duty"
    assert services.current_text("sign-up-notice").basis == "consent"


def test_a_notice_says_everything_the_law_asks_for(db: None) -> None:
    reference.load()
    for text in ConsentText.objects.all():
        for part in [
            "谁在处理",
            "为什么处理",
            "怎样处理",
            "处理哪些信息",
            "存放在哪里",
            "存放多久",
            "到期以后",
        ]:
            assert part in text.body
        for part in ["怎样保护", "会怎样", "投诉、举报", "更正、删除", "【示例】", "监护人"]:
            assert part in text.body
        assert text.title
        assert text.statement.startswith("我")
        assert text.lead.startswith("本")
        assert text.items.startswith("一、")
        assert (text.lead + text.items).replace("\n", "") == text.body.replace("\n", "")


def test_a_new_version_is_current_and_the_old_one_stays(db: None) -> None:
    reference.load()
    old = services.current_text("request-notice")
    new = reference.add_version(
        "request-notice", title="新", statement="知悉", body="新正文", basis="duty"
    )
    assert services.current_text("request-notice") == new
    assert new.version == 2
    reference.load()
    assert services.current_text("request-notice") == new
    old.body = "改过"
    with pytest.raises(WrittenOnce):
        old.save()
    with pytest.raises(WrittenOnce):
        ConsentText.objects.filter(pk=old.pk).update(body="改过")
    with pytest.raises(WrittenOnce):
        ConsentText.objects.all().delete()


def test_an_unknown_text_is_named(db: None) -> None:
    with pytest.raises(ConsentText.DoesNotExist, match="nowhere"):
        services.current_text("nowhere")


def test_a_consent_says_who_and_on_which_ground(record: SealedRecord) -> None:
    reference.load()
    text = services.current_text("request-notice")
    services.record_consent(record, text, given_by="guardian", relation="parent", basis=text.basis)
    consent = Consent.objects.get()
    assert (consent.text, consent.given_by, consent.basis) == (text, "guardian", "duty")


def test_looks_are_chained_and_a_change_or_a_gap_is_found(record: SealedRecord, user: Any) -> None:
    for reason in ("办理", "复核", "答复"):
        services.log_access(user=user, record=record, what="view", fields=["f1"], reason=reason)
    assert first_broken_entry(record) is None
    first, second, third = AccessEntry.objects.filter(record=record)
    assert (second.previous_digest, third.previous_digest) == (first.digest, second.digest)
    with pytest.raises(WrittenOnce):
        AccessEntry.objects.filter(pk=second.pk).delete()
    table = AccessEntry._meta.db_table
    # Whoever owns the database can take the triggers away; the chain tells.
    write_once.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET reason = %s WHERE id = %s", ["别的", second.pk])  # noqa: S608
    assert first_broken_entry(record) == second
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [second.pk])  # noqa: S608
    assert first_broken_entry(record) == third


@pytest.mark.django_db(transaction=True)
def test_looks_at_the_same_moment_make_one_chain() -> None:
    user = get_user_model().objects.create_user("clerk")
    record = services.seal({"a": "b"}, bound_to=uuid.uuid4())

    def look() -> None:
        try:
            services.log_access(user=user, record=record, what="view")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AccessEntry.objects.filter(record=record).count() == 6
    assert first_broken_entry(record) is None


def test_a_short_vault_key_stops_the_start(settings: Any) -> None:
    assert every_vault_key_is_long_enough() == []
    settings.VAULT_KEY = "short"
    assert [error.id for error in every_vault_key_is_long_enough()] == ["vault.E001"]
