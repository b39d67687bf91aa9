"""The deeds of the vault: seal, open, erase, find again, record a consent, account for a look."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from forms.vault import keys, sealing
from forms.vault.canonical import canonical_json
from forms.vault.chain import entry_digest
from forms.vault.identifiers import normalise_identity, normalise_phone
from forms.vault.models import AccessEntry, BlindIndex, Consent, ConsentText, SealedRecord
from home.directory.models import User


class Erased(Exception):
    """The record's key is gone; nobody can read it any more."""


class Unreadable(Exception):
    """The record does not open: wrong key, other owner, or damaged bytes."""


def seal(document: Mapping[str, Any], *, bound_to: uuid.UUID) -> SealedRecord:
    """Stores a document (see `canonical`) under a data key of its own. Raises NotCanonical."""
    record = SealedRecord(bound_to=bound_to)
    sealed = sealing.encrypt(canonical_json(document), identity=_identity(record))
    record.key_id = sealed.key_id
    record.algorithm = sealed.algorithm
    record.wrapped_key = sealed.wrapped_key
    record.nonce = sealed.nonce
    record.ciphertext = sealed.ciphertext
    record.save()
    return record


def open_record(record: SealedRecord) -> dict[str, Any]:
    """The document as sealed. Raises Erased and Unreadable.

    Whoever shows it to a person accounts for that with `log_access`.
    """
    if record.wrapped_key is None:
        raise Erased(f"{record!r} was erased.")
    sealed = sealing.Sealed(
        record.key_id,
        record.algorithm,
        bytes(record.wrapped_key),
        bytes(record.nonce),
        bytes(record.ciphertext),
    )
    try:
        document: dict[str, Any] = json.loads(sealing.decrypt(sealed, identity=_identity(record)))
    except sealing.DoesNotOpen:
        raise Unreadable(f"{record!r} does not open.") from None
    return document


def erase(record: SealedRecord) -> None:
    """Drops the key, what it sealed and what finds it. A second call changes nothing."""
    with transaction.atomic():
        BlindIndex.objects.filter(record=record).delete()
        SealedRecord.objects.filter(pk=record.pk, erased_at__isnull=True).update(
            wrapped_key=None, ciphertext=b"", erased_at=timezone.now()
        )
    record.refresh_from_db()


def remember(record: SealedRecord, kind: str, value: str) -> None:
    """Makes the record findable by this number; an empty number is none."""
    normal = _normal_number(kind, value)
    if normal:
        BlindIndex.objects.get_or_create(
            record=record,
            kind=kind,
            digest=_blind(kind, normal),
            defaults={"key_id": keys.key_id()},
        )


def find(kind: str, value: str) -> QuerySet[SealedRecord]:
    """The records remembered by this number, however it is written."""
    normal = _normal_number(kind, value)
    if not normal:
        return SealedRecord.objects.none()
    return SealedRecord.objects.filter(
        blind_indexes__kind=kind, blind_indexes__digest=_blind(kind, normal)
    )


def keyed_digest(data: bytes) -> str:
    """A digest that may be shown outside: without our key nobody can test a guess against it."""
    return keys.keyed(keys.DIGEST, data).hex()


def current_text(key: str) -> ConsentText:
    """The newest version of a text. Raises ConsentText.DoesNotExist."""
    text: ConsentText | None = ConsentText.objects.filter(key=key).order_by("-version").first()
    if text is None:
        raise ConsentText.DoesNotExist(f"No consent text {key!r}; run load_reference.")
    return text


def record_consent(
    record: SealedRecord, text: ConsentText, *, given_by: str, relation: str, basis: str
) -> Consent:
    """Notes that this text was shown and ticked, by whom, and on which ground we process."""
    consent: Consent = Consent.objects.create(
        record=record, text=text, given_by=given_by, relation=relation, basis=basis
    )
    return consent


def log_access(
    *,
    user: User,
    record: SealedRecord,
    what: str,
    fields: Iterable[str] = (),
    reason: str = "",
) -> AccessEntry:
    """Accounts for one look: who, at what, why. Joins the caller's transaction, if there is one.

    `fields` are field keys, never their content.
    """
    with transaction.atomic():
        # Two looks at once must not take the same place in the chain. On SQLite the transaction
        # itself is the lock.
        SealedRecord.objects.select_for_update(no_key=True).get(pk=record.pk)
        last = AccessEntry.objects.filter(record=record).order_by("-number").first()
        entry = AccessEntry(
            record=record,
            number=last.number + 1 if last else 1,
            user=user,
            what=what,
            fields=list(fields),
            reason=reason,
            at=timezone.now(),
            previous_digest=last.digest if last else "",
        )
        entry.digest = entry_digest(entry)
        entry.save()
    return entry


def _identity(record: SealedRecord) -> tuple[bytes, bytes]:
    return record.uuid.bytes, record.bound_to.bytes


def _normal_number(kind: str, value: str) -> str:
    if kind == BlindIndex.Kind.PHONE:
        return normalise_phone(value)
    if kind == BlindIndex.Kind.IDENTITY:
        return normalise_identity(value)
    raise ValueError(f"No blind index of kind {kind!r}.")


def _blind(kind: str, normal: str) -> str:
    return keys.keyed(keys.BLIND_INDEX, kind.encode(), normal.encode()).hex()
