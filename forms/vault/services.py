"""The deeds of the vault: seal, open, erase, find again, record a consent, account for a look."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from forms.vault import holds, keys, retention, sealing
from forms.vault.canonical import canonical_json
from forms.vault.chain import entry_digest
from forms.vault.identifiers import normalise_identity, normalise_phone
from forms.vault.models import (
    AccessEntry,
    Basis,
    BlindIndex,
    Consent,
    ConsentDuty,
    ConsentText,
    ConsentWithdrawal,
    ExpiringFields,
    SealedRecord,
)
from home.directory.models import User


class Erased(Exception):
    """The record's key is gone; nobody can read it any more."""


class Unreadable(Exception):
    """The record does not open: wrong key, other owner, or damaged bytes."""


class Changed(Exception):
    """Another process changed the record meanwhile: the caller's work is undone, to be repeated."""


def seal(
    document: Mapping[str, Any],
    *,
    bound_to: uuid.UUID,
    retention_class: str = retention.CASE,
    class_of_field: Mapping[str, str] | None = None,
) -> SealedRecord:
    """Stores a document (see `canonical`) under a data key of its own. Raises NotCanonical.

    `class_of_field` names the retention class of single answers {key: code}; those that end before
    the document does are cut out of it when their day comes.
    """
    record = SealedRecord(bound_to=bound_to)
    _put(record, sealing.encrypt(canonical_json(document), identity=identity_of(record)))
    terms = retention.terms()
    record.retention = retention_class
    record.kept_from = timezone.now()
    record.purge_at = retention.end(terms, retention_class, record.kept_from)
    record.save()
    if class_of_field:
        retention.note_fields(record, terms, document, class_of_field)
    return record


def seal_beside(record: SealedRecord, document: Mapping[str, Any]) -> SealedRecord:
    """Seals another document for the record's owner, as a reply is. Raises NotCanonical.

    Inside the caller's transaction, for whose length an erasure of the owner waits; one that was
    first has left this document alone, which came after it.
    """
    SealedRecord.objects.select_for_update(no_key=True).get(pk=record.pk)
    return seal(document, bound_to=record.bound_to)


def open_record(record: SealedRecord) -> dict[str, Any]:
    """The document as sealed. Raises Erased and Unreadable.

    Whoever shows it to a person accounts for that with `log_access`.
    """
    if record.wrapped_key is None:
        raise Erased(f"{record!r} was erased.")
    try:
        plain = sealing.decrypt(sealed_of(record), identity=identity_of(record))
    except sealing.DoesNotOpen:
        raise Unreadable(f"{record!r} does not open.") from None
    document: dict[str, Any] = json.loads(plain)
    return document


def erase(record: SealedRecord, *, despite_hold: bool = False) -> None:
    """Drops the key, what it sealed and what finds it. A second call changes nothing.

    One record alone: what belongs to a submission is erased by `erasing.erase`, which keeps the
    journal. `despite_hold` is for what was erased before and came back from a backup. Raises
    `holds.OnHold`.
    """
    if not despite_hold:
        holds.refuse_held(record.bound_to)
    with transaction.atomic():
        BlindIndex.objects.filter(record=record).delete()
        ExpiringFields.objects.filter(record=record, forgotten_at__isnull=True).update(
            forgotten_at=timezone.now()
        )
        SealedRecord.objects.filter(pk=record.pk, erased_at__isnull=True).update(
            wrapped_key=None, ciphertext=b"", nonce=b"", erased_at=timezone.now(), purge_at=None
        )
    record.refresh_from_db()


def forget_fields(
    record: SealedRecord, names: Iterable[str], *, despite_hold: bool = False
) -> list[str]:
    """Cuts these answers out: the rest is sealed anew, under another data key.

    Gives the keys that were there. What finds the record by a number that is gone, goes too.
    Raises Erased, Unreadable, Changed and `holds.OnHold`.
    """
    if not despite_hold:
        holds.refuse_held(record.bound_to)
    document = open_record(record)
    gone = [name for name in names if name in document]
    if not gone:
        return []
    rest = {name: value for name, value in document.items() if name not in gone}
    before = bytes(record.wrapped_key or b"")
    _put(record, sealing.encrypt(canonical_json(rest), identity=identity_of(record)))
    record.forgotten = sorted({*record.forgotten, *gone})
    with transaction.atomic():
        _store_anew(record, before, forgotten=record.forgotten)
        lost = _digests(document[name] for name in gone)
        kept = _digests(rest.values())
        BlindIndex.objects.filter(record=record, digest__in=lost - kept).delete()
    return gone


def rewrap(record: SealedRecord) -> None:
    """Puts the record's data key under the newest master key. Raises Unreadable and Changed."""
    before = bytes(record.wrapped_key or b"")
    try:
        _put(record, sealing.rewrapped(sealed_of(record), identity=identity_of(record)))
    except sealing.DoesNotOpen:
        raise Unreadable(f"{record!r} does not open.") from None
    _store_anew(record, before)


def sealed_of(record: SealedRecord) -> sealing.Sealed:
    """The stored bytes of a record that is not erased."""
    return sealing.Sealed(
        record.key_id,
        record.algorithm,
        bytes(record.wrapped_key or b""),
        bytes(record.nonce),
        bytes(record.ciphertext),
    )


def _put(record: SealedRecord, sealed: sealing.Sealed) -> None:
    record.key_id = sealed.key_id
    record.algorithm = sealed.algorithm
    record.wrapped_key = sealed.wrapped_key
    record.nonce = sealed.nonce
    record.ciphertext = sealed.ciphertext


def _store_anew(record: SealedRecord, before: bytes, **also: Any) -> None:
    # Only over what was read: an erasure or a rotation in between must not be undone by this.
    changed = SealedRecord.objects.filter(pk=record.pk, wrapped_key=before).update(
        key_id=record.key_id,
        algorithm=record.algorithm,
        wrapped_key=record.wrapped_key,
        nonce=record.nonce,
        ciphertext=record.ciphertext,
        **also,
    )
    if not changed:
        raise Changed(f"{record!r} was changed meanwhile.")


def _digests(values: Iterable[Any]) -> set[str]:
    """The digests these values may be indexed by, as whatever kind of number they were given."""
    found = set()
    generations = keys.index_generations()
    for text in (value for value in values if isinstance(value, str)):
        for kind in BlindIndex.Kind.values:
            if normal := _normal_number(kind, text):
                found |= {_blind(kind, normal, generation) for generation in generations}
    return found


def remember(record: SealedRecord, kind: str, value: str, *, generation: int = 0) -> None:
    """Makes the record findable by this number; an empty number is none."""
    normal = _normal_number(kind, value)
    if normal:
        generation = generation or keys.current_index_generation()
        BlindIndex.objects.get_or_create(
            record=record,
            kind=kind,
            digest=_blind(kind, normal, generation),
            defaults={"key_id": str(generation)},
        )


def find(kind: str, value: str) -> QuerySet[SealedRecord]:
    """The records remembered by this number, however it is written."""
    normal = _normal_number(kind, value)
    if not normal:
        return SealedRecord.objects.none()
    digests = [_blind(kind, normal, generation) for generation in keys.index_generations()]
    return SealedRecord.objects.filter(blind_indexes__kind=kind, blind_indexes__digest__in=digests)


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
    record: SealedRecord,
    text: ConsentText,
    *,
    given_by: str,
    relation: str,
    basis: str,
    duty: str = "",
) -> Consent:
    """Notes that this text was shown and ticked, by whom, and on which ground we process.

    `duty` is what is still to be done about it (`ConsentDuty.Kind`).
    """
    consent: Consent = Consent.objects.create(
        record=record, text=text, given_by=given_by, relation=relation, basis=basis
    )
    if duty:
        ConsentDuty.objects.create(consent=consent, kind=duty)
    return consent


def consents_of(record: SealedRecord) -> list[Consent]:
    """What was ticked with a record: each with its text, its duty and whether it was taken back."""
    rows = Consent.objects.filter(record=record).order_by("pk")
    return list(rows.select_related("text", "withdrawal", "duty__done_by"))


def withdraw_consent(consent: Consent) -> bool:
    """Notes that a consent was taken back; False where it had been. Raises ValueError for a duty.

    What follows from it is the handler's (`forms.builder.handlers`).
    """
    if consent.basis != Basis.CONSENT:
        raise ValueError("What rests on a statutory duty was never consented to.")
    _row, new = ConsentWithdrawal.objects.get_or_create(consent=consent)
    return new


def consent_duty_done(duty: ConsentDuty, user: User) -> None:
    """Notes who did it; the first one stands."""
    ConsentDuty.objects.filter(pk=duty.pk, done_at__isnull=True).update(
        done_at=timezone.now(), done_by=user
    )


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


def identity_of(record: SealedRecord) -> tuple[bytes, bytes]:
    """What a record's content is bound to: itself and its owner."""
    return record.uuid.bytes, record.bound_to.bytes


def _normal_number(kind: str, value: str) -> str:
    if kind == BlindIndex.Kind.PHONE:
        return normalise_phone(value)
    if kind == BlindIndex.Kind.IDENTITY:
        return normalise_identity(value)
    raise ValueError(f"No blind index of kind {kind!r}.")


def _blind(kind: str, normal: str, generation: int) -> str:
    return keys.keyed_index(generation, kind.encode(), normal.encode()).hex()
