"""Authenticated encryption of one document: a data key of its own, wrapped by a master key.

Two formats are stored, told apart by the algorithm's name. "AES-256-GCM" alone is the first one:
there the master key's name is bound into the content too, so a rotation seals anew. Since the
second, "…/2", it is bound into the wrapped key alone, and a rotation rewraps that.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from cryptography.exceptions import InvalidTag
from django.conf import settings

from forms.vault import masters
from forms.vault.ciphers import AES, KINDS, NONCE_LENGTH, Kind

FIRST_FORMAT = AES
_SECOND = "/2"


class DoesNotOpen(Exception):
    """Wrong key, other owner, unknown algorithm or damaged bytes."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is stored. `wrapped_key` begins with its own nonce."""

    key_id: str
    algorithm: str
    wrapped_key: bytes
    nonce: bytes
    ciphertext: bytes

    def __repr__(self) -> str:
        return f"<Sealed {len(self.ciphertext)} bytes>"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A key that only a master key opens. `wrapped` begins with its own nonce."""

    key_id: str
    algorithm: str
    wrapped: bytes

    def __repr__(self) -> str:
        return f"<Wrapped under {self.key_id}>"


def algorithm() -> str:
    """What is sealed from now on is sealed with this."""
    return current_kind().name + _SECOND


def current_kind() -> Kind:
    """The cipher the operator chose (VAULT_CIPHER)."""
    return KINDS[getattr(settings, "VAULT_CIPHER", AES)]


def kind_of(algorithm: str) -> Kind:
    """The cipher of a stored row, whatever is chosen today. Raises DoesNotOpen."""
    kind = KINDS.get(algorithm.removesuffix(_SECOND))
    if kind is None:
        raise DoesNotOpen("Sealed with an algorithm this installation does not know.")
    return kind


def encrypt(plain: bytes, *, identity: tuple[bytes, ...]) -> Sealed:
    """Seals for this identity (record, owner): with any other it does not open."""
    kind = current_kind()
    data_key = kind.new_key()
    wrapped = wrap(data_key, identity=identity)
    nonce = secrets.token_bytes(NONCE_LENGTH)
    ciphertext = kind.under(data_key).encrypt(
        nonce, plain, _associated("data", wrapped.algorithm, "", identity)
    )
    return Sealed(wrapped.key_id, wrapped.algorithm, wrapped.wrapped, nonce, ciphertext)


def decrypt(sealed: Sealed, *, identity: tuple[bytes, ...]) -> bytes:
    """The document's bytes. Raises DoesNotOpen and says no more than that."""
    data_key = unwrap(
        Wrapped(sealed.key_id, sealed.algorithm, sealed.wrapped_key), identity=identity
    )
    bound_key_id = sealed.key_id if sealed.algorithm == FIRST_FORMAT else ""
    associated = _associated("data", sealed.algorithm, bound_key_id, identity)
    try:
        cipher = kind_of(sealed.algorithm).under(data_key)
        return cipher.decrypt(sealed.nonce, sealed.ciphertext, associated)
    except (InvalidTag, ValueError):
        raise DoesNotOpen("The bytes are damaged or belong to another record.") from None


def rewrapped(sealed: Sealed, *, identity: tuple[bytes, ...]) -> Sealed:
    """The same content under the newest master key. Raises DoesNotOpen."""
    if sealed.algorithm == FIRST_FORMAT:
        return encrypt(decrypt(sealed, identity=identity), identity=identity)
    old = Wrapped(sealed.key_id, sealed.algorithm, sealed.wrapped_key)
    new = rewrap(old, identity=identity)
    return replace(sealed, key_id=new.key_id, wrapped_key=new.wrapped)


def wrap(
    secret: bytes, *, identity: tuple[bytes, ...], label: str = "key", algorithm: str = ""
) -> Wrapped:
    """Puts a key under the newest master key, for this identity and no other."""
    algorithm = algorithm or current_kind().name + _SECOND
    kind, master = kind_of(algorithm), masters.newest()
    nonce = secrets.token_bytes(NONCE_LENGTH)
    cipher = kind.under(master.wrapping(kind.name, kind.key_length))
    associated = _associated(label, algorithm, master.key_id, identity)
    return Wrapped(master.key_id, algorithm, nonce + cipher.encrypt(nonce, secret, associated))


def unwrap(wrapped: Wrapped, *, identity: tuple[bytes, ...], label: str = "key") -> bytes:
    """The key again. Raises DoesNotOpen."""
    kind, master = kind_of(wrapped.algorithm), masters.find(wrapped.key_id)
    if master is None:
        raise DoesNotOpen("Wrapped under a master key that VAULT_KEY does not name.")
    nonce, content = wrapped.wrapped[:NONCE_LENGTH], wrapped.wrapped[NONCE_LENGTH:]
    cipher = kind.under(master.wrapping(kind.name, kind.key_length))
    associated = _associated(label, wrapped.algorithm, wrapped.key_id, identity)
    try:
        return cipher.decrypt(nonce, content, associated)
    except (InvalidTag, ValueError):
        raise DoesNotOpen("The bytes are damaged or belong to another record.") from None


def rewrap(wrapped: Wrapped, *, identity: tuple[bytes, ...], label: str = "key") -> Wrapped:
    """The same key under the newest master key; its cipher stays. Raises DoesNotOpen."""
    secret = unwrap(wrapped, identity=identity, label=label)
    return wrap(secret, identity=identity, label=label, algorithm=wrapped.algorithm)


def _associated(label: str, algorithm: str, key_id: str, identity: tuple[bytes, ...]) -> bytes:
    version = "tongban/1" if algorithm == FIRST_FORMAT else "tongban/2"
    # Identities are UUIDs, 16 bytes each, or one text alone: no separator can be forged.
    return "|".join((version, label, algorithm, key_id, "")).encode() + b"".join(identity)
