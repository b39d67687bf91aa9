"""Master keys come and go; what families hold, and what was sealed, does not notice."""

from __future__ import annotations

import uuid
from io import StringIO
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from forms.builder import references
from forms.vault import checks, keys, masters, rotation, sealing, services
from forms.vault.chain import first_broken_entry
from forms.vault.ciphers import KINDS, SM4GCM
from forms.vault.models import BlindIndex, SealedRecord, VaultSecret
from home.directory.models import User

NEW = "n" * 64


@pytest.fixture
def record(db: None) -> Any:
    return services.seal({"story": "金丝雀"}, bound_to=uuid.uuid4())


def fresh(record: SealedRecord) -> SealedRecord:
    found: SealedRecord = SealedRecord.objects.get(pk=record.pk)
    return found


def rotate(*options: str) -> str:
    out = StringIO()
    call_command("rotate_keys", *options, stdout=out)
    return out.getvalue()


def test_the_newest_key_seals_and_all_open(record: SealedRecord, settings: Any) -> None:
    old = settings.VAULT_KEY
    settings.VAULT_KEY = f"{NEW}, {old}"
    later = services.seal({"story": "后来"}, bound_to=uuid.uuid4())
    assert fresh(later).key_id == masters.newest().key_id != record.key_id
    assert services.open_record(fresh(record)) == {"story": "金丝雀"}
    assert services.open_record(fresh(later)) == {"story": "后来"}
    settings.VAULT_KEY = NEW
    with pytest.raises(services.Unreadable):
        services.open_record(fresh(record))


def test_after_a_rotation_the_old_key_can_go_and_codes_digests_and_chains_stay(
    record: SealedRecord, settings: Any
) -> None:
    old = settings.VAULT_KEY
    user = User.objects.create_user("clerk")
    services.remember(record, "phone", "13800138000")
    services.log_access(user=user, record=record, what="view")
    code, digest = references.code_for("a" * 32), services.keyed_digest(b"data")
    hashed = references.hash_code(code, b"s" * 16)
    ciphertext = bytes(fresh(record).ciphertext)
    settings.VAULT_KEY = f"{NEW},{old}"
    assert "records: 1" in rotate()
    settings.VAULT_KEY = NEW
    assert services.open_record(fresh(record)) == {"story": "金丝雀"}
    assert bytes(fresh(record).ciphertext) == ciphertext, "only the key was wrapped anew"
    assert references.code_for("a" * 32) == code
    assert references.code_matches(code, b"s" * 16, hashed)
    assert services.keyed_digest(b"data") == digest
    assert list(services.find("phone", "13800138000")) == [record]
    services.log_access(user=user, record=record, what="view")
    assert first_broken_entry(record) is None
    assert "records: 0" in rotate()


def test_a_rotation_that_was_killed_goes_on(db: None, settings: Any) -> None:
    records = [services.seal({"n": n}, bound_to=uuid.uuid4()) for n in range(7)]
    settings.VAULT_KEY = f"{NEW},{settings.VAULT_KEY}"
    for record in records[:3]:
        services.rewrap(record)
    assert "records: 4" in rotate()
    settings.VAULT_KEY = NEW
    assert [services.open_record(fresh(record))["n"] for record in records] == list(range(7))


def test_a_rotation_never_brings_back_what_was_erased_meanwhile(
    record: SealedRecord, settings: Any
) -> None:
    read_before = fresh(record)
    services.erase(record)
    settings.VAULT_KEY = f"{NEW},{settings.VAULT_KEY}"
    with pytest.raises(services.Changed):
        services.rewrap(read_before)
    assert fresh(record).wrapped_key is None


def test_a_record_no_key_opens_is_named_and_the_others_are_rotated(
    record: SealedRecord, settings: Any
) -> None:
    old = settings.VAULT_KEY
    lost = services.seal({}, bound_to=uuid.uuid4())
    SealedRecord.objects.filter(pk=lost.pk).update(bound_to=uuid.uuid4())
    settings.VAULT_KEY = f"{NEW},{old}"
    with pytest.raises(CommandError, match=str(lost.uuid)):
        rotate()
    assert fresh(record).key_id == masters.newest().key_id


def test_a_row_of_the_first_format_opens_and_rotates(db: None, settings: Any) -> None:
    """Written as the first version of this product wrote it."""
    record = SealedRecord(bound_to=uuid.uuid4())
    identity = record.uuid.bytes + record.bound_to.bytes
    master, data_key = masters.newest(), AESGCM.generate_key(256)

    def bound(label: str) -> bytes:
        return f"tongban/1|{label}|AES-256-GCM|{master.key_id}|".encode() + identity

    wrapped = AESGCM(masters.derived(master.secret, "wrap data keys")).encrypt(
        b"w" * 12, data_key, bound("key")
    )
    record.key_id, record.algorithm = master.key_id, "AES-256-GCM"
    record.wrapped_key, record.nonce = b"w" * 12 + wrapped, b"n" * 12
    record.ciphertext = AESGCM(data_key).encrypt(b"n" * 12, b'{"old":1}', bound("data"))
    record.save()
    assert services.open_record(fresh(record)) == {"old": 1}
    settings.VAULT_KEY = f"{NEW},{settings.VAULT_KEY}"
    rotate()
    settings.VAULT_KEY = NEW
    assert services.open_record(fresh(record)) == {"old": 1}
    assert fresh(record).algorithm == "AES-256-GCM/2"


def test_a_database_from_before_the_root_secret_keeps_its_codes(
    record: SealedRecord, settings: Any
) -> None:
    VaultSecret.objects.all().delete()
    keys.make_missing_secrets()
    was = masters.derived(settings.VAULT_KEY, keys.TRACKING_CODE)
    assert keys.derive(keys.TRACKING_CODE) == was
    keys.forget_opened()


def test_a_wrong_vault_key_is_said_in_words(db: None, settings: Any) -> None:
    settings.VAULT_KEY = NEW
    with pytest.raises(keys.NoSecret, match="VAULT_KEY"):
        keys.make_missing_secrets()


def test_the_indexes_get_a_new_key_and_find_as_before(record: SealedRecord) -> None:
    services.remember(record, "phone", "138 0013 8000")
    before = BlindIndex.objects.get().digest

    def numbers(of: SealedRecord, document: dict[str, Any]) -> list[tuple[str, str]]:
        return [("phone", "13800138000")] if of == record else []

    rotation.register_numbers(numbers)
    try:
        report = rotation.rotate_index()
        # A process that was started before writes with the generation it knows.
        other = services.seal({}, bound_to=uuid.uuid4())
        services.remember(other, "phone", "13800138000", generation=1)
    finally:
        rotation._numbers.remove(numbers)
    assert report.done["indexes"] == 1
    assert BlindIndex.objects.get(record=record).digest != before
    assert set(services.find("phone", "13800138000")) == {record, other}
    keys.forget_opened()


def test_with_the_national_cipher_everything_works_and_both_open(
    record: SealedRecord, settings: Any
) -> None:
    settings.VAULT_CIPHER = "SM4-GCM"
    national = services.seal({"story": "国密"}, bound_to=uuid.uuid4())
    assert national.algorithm == "SM4-GCM/2"
    assert services.open_record(fresh(record)) == {"story": "金丝雀"}
    settings.VAULT_CIPHER = "AES-256-GCM"
    assert services.open_record(fresh(national)) == {"story": "国密"}
    settings.VAULT_KEY = f"{NEW},{settings.VAULT_KEY}"
    rotate()
    settings.VAULT_KEY = NEW
    assert services.open_record(fresh(national)) == {"story": "国密"}


def test_the_national_cipher_gives_the_published_vector() -> None:
    """RFC 8998, appendix A.2.1: SM4-GCM."""
    cipher = SM4GCM(bytes.fromhex("0123456789abcdeffedcba9876543210"))
    plain = b"".join(bytes([n]) * 8 for n in (0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0xEE, 0xAA))
    associated = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    nonce = bytes.fromhex("00001234567800000000abcd")
    sealed = cipher.encrypt(nonce, plain, associated)
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    assert cipher.decrypt(nonce, sealed, associated) == plain


@hypothesis_settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=200), st.data())
def test_neither_cipher_opens_what_was_touched(name: str, plain: bytes, data: Any) -> None:
    cipher = KINDS[name].under(KINDS[name].new_key())
    sealed = bytearray(cipher.encrypt(b"n" * 12, plain, b"of one row"))
    assert cipher.decrypt(b"n" * 12, bytes(sealed), b"of one row") == plain
    with pytest.raises(InvalidTag):
        cipher.decrypt(b"n" * 12, bytes(sealed), b"of another")
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1
    with pytest.raises(InvalidTag):
        cipher.decrypt(b"n" * 12, bytes(sealed), b"of one row")


def test_what_is_wrong_with_the_settings_stops_the_start(settings: Any) -> None:
    key = settings.VAULT_KEY
    assert checks.every_vault_key_is_long_enough() == []
    settings.VAULT_KEY = f"{key},short"
    assert [error.id for error in checks.every_vault_key_is_long_enough()] == ["vault.E001"]
    settings.VAULT_KEY = f"{key},{key}"
    assert [error.id for error in checks.every_vault_key_is_long_enough()] == ["vault.E002"]
    assert checks.the_cipher_is_known() == []
    settings.VAULT_CIPHER = "ROT13"
    assert [error.id for error in checks.the_cipher_is_known()] == ["vault.E003"]


def test_a_wrapped_key_shows_nothing_of_itself(db: None) -> None:
    wrapped = sealing.wrap(b"secret", identity=(b"x",))
    assert repr(wrapped) == f"<Wrapped under {wrapped.key_id}>"
    assert "n" * 10 not in repr(masters.MasterKey("id", NEW))
