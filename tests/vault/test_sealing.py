"""What is sealed opens for its owner only, shows nothing, and is gone when erased."""

import uuid
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.vault import services
from forms.vault.immutable import WrittenOnce
from forms.vault.keys import NoSecret
from forms.vault.models import BlindIndex, SealedRecord
from forms.vault.sealing import DoesNotOpen, Sealed, decrypt, encrypt

CANARY = "金丝雀一号住在云锦里"


@pytest.fixture
def record(db: None) -> Any:
    return services.seal({"story": CANARY}, bound_to=uuid.uuid4())


@settings(deadline=None)
@given(st.binary(max_size=2000), st.uuids(), st.uuids())
def test_what_is_encrypted_comes_back(plain: bytes, one: uuid.UUID, other: uuid.UUID) -> None:
    identity = (one.bytes, other.bytes)
    assert decrypt(encrypt(plain, identity=identity), identity=identity) == plain


@settings(deadline=None, max_examples=30)
@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_flipped_bit_anywhere_does_not_open(plain: bytes, data: Any) -> None:
    identity = (b"a" * 16, b"b" * 16)
    sealed = encrypt(plain, identity=identity)
    name = data.draw(st.sampled_from(["wrapped_key", "nonce", "ciphertext"]))
    damaged = bytearray(getattr(sealed, name))
    place = data.draw(st.integers(0, len(damaged) - 1))
    damaged[place] ^= 1 << data.draw(st.integers(0, 7))
    parts = {n: getattr(sealed, n) for n in Sealed.__slots__} | {name: bytes(damaged)}
    with pytest.raises(DoesNotOpen):
        decrypt(Sealed(**parts), identity=identity)


def test_the_same_text_is_sealed_differently_each_time() -> None:
    identity = (b"a" * 16, b"b" * 16)
    first, second = (encrypt(b"text", identity=identity) for _ in range(2))
    assert first.ciphertext != second.ciphertext
    assert first.nonce != second.nonce
    assert first.wrapped_key != second.wrapped_key


def test_a_sealed_document_opens(record: SealedRecord) -> None:
    assert services.open_record(SealedRecord.objects.get(pk=record.pk)) == {"story": CANARY}


def test_a_record_given_to_another_owner_does_not_open(record: SealedRecord) -> None:
    SealedRecord.objects.filter(pk=record.pk).update(bound_to=uuid.uuid4())
    with pytest.raises(services.Unreadable):
        services.open_record(SealedRecord.objects.get(pk=record.pk))


def test_content_moved_to_another_row_does_not_open(record: SealedRecord) -> None:
    other = services.seal({"story": "别的"}, bound_to=record.bound_to)
    SealedRecord.objects.filter(pk=other.pk).update(
        wrapped_key=record.wrapped_key, nonce=record.nonce, ciphertext=record.ciphertext
    )
    with pytest.raises(services.Unreadable):
        services.open_record(SealedRecord.objects.get(pk=other.pk))


def test_under_another_vault_key_a_record_does_not_open(
    record: SealedRecord, settings: Any
) -> None:
    settings.VAULT_KEY = "f" * 64
    with pytest.raises(services.Unreadable):
        services.open_record(record)


def test_a_record_shows_nothing_of_its_content(record: SealedRecord) -> None:
    shown = f"{record} {record!r} {vars(record)}"
    assert CANARY not in shown
    with connection.cursor() as cursor:
        cursor.execute("SELECT ciphertext FROM vault_sealedrecord")
        assert CANARY.encode() not in bytes(cursor.fetchone()[0])


def test_a_sealed_record_is_not_changed_or_deleted(record: SealedRecord) -> None:
    record.ciphertext = b"other"
    with pytest.raises(WrittenOnce):
        record.save()
    with pytest.raises(WrittenOnce):
        record.delete()


def test_an_erased_record_holds_neither_key_nor_content_nor_index(record: SealedRecord) -> None:
    services.remember(record, "phone", "13800138000")
    services.erase(record)
    stored = SealedRecord.objects.get(pk=record.pk)
    assert stored.wrapped_key is None
    assert bytes(stored.ciphertext) == b""
    assert stored.erased_at is not None
    assert not BlindIndex.objects.exists()
    with pytest.raises(services.Erased):
        services.open_record(stored)
    erased_at = stored.erased_at
    services.erase(stored)
    assert stored.erased_at == erased_at


def test_a_record_is_found_by_a_number_however_it_is_written(record: SealedRecord) -> None:
    services.remember(record, "phone", "138-0013-8000")
    services.remember(record, "phone", "１３８００１３８０００")
    assert list(services.find("phone", "+86 13800138000")) == [record]
    assert not services.find("identity", "13800138000").exists()
    assert not services.find("phone", "").exists()
    assert BlindIndex.objects.count() == 1


def test_an_unknown_kind_of_number_is_refused(record: SealedRecord) -> None:
    with pytest.raises(ValueError, match="No blind index"):
        services.remember(record, "email", "a@example.com")


def test_a_keyed_digest_needs_the_key(db: None, settings: Any) -> None:
    before = services.keyed_digest(b"data")
    assert len(before) == 64
    settings.VAULT_KEY = "0" * 64
    with pytest.raises(NoSecret):
        services.keyed_digest(b"data")
