"""Authenticated encryption of one document: a data key of its own, wrapped by the master key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forms.vault import keys

ALGORITHM = "AES-256-GCM"
NONCE_LENGTH = 12


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


def _associated(label: str, key_id: str, identity: tuple[bytes, ...]) -> bytes:
    # Identities are UUIDs, 16 bytes each: no separator can be forged.
    return "|".join(("tongban/1", label, ALGORITHM, key_id, "")).encode() + b"".join(identity)


def encrypt(plain: bytes, *, identity: tuple[bytes, ...]) -> Sealed:
    """Seals for this identity (record, owner): with any other it does not open."""
    key_id = keys.key_id()
    data_key = AESGCM.generate_key(bit_length=256)
    nonce, wrap_nonce = secrets.token_bytes(NONCE_LENGTH), secrets.token_bytes(NONCE_LENGTH)
    wrapped = AESGCM(keys.derive(keys.WRAP)).encrypt(
        wrap_nonce, data_key, _associated("key", key_id, identity)
    )
    ciphertext = AESGCM(data_key).encrypt(nonce, plain, _associated("data", key_id, identity))
    return Sealed(key_id, ALGORITHM, wrap_nonce + wrapped, nonce, ciphertext)


def decrypt(sealed: Sealed, *, identity: tuple[bytes, ...]) -> bytes:
    """The document's bytes. Raises DoesNotOpen and says no more than that."""
    if sealed.algorithm != ALGORITHM or sealed.key_id != keys.key_id():
        raise DoesNotOpen("Sealed under a key or an algorithm this installation does not have.")
    wrap_nonce, wrapped = sealed.wrapped_key[:NONCE_LENGTH], sealed.wrapped_key[NONCE_LENGTH:]
    try:
        data_key = AESGCM(keys.derive(keys.WRAP)).decrypt(
            wrap_nonce, wrapped, _associated("key", sealed.key_id, identity)
        )
        return AESGCM(data_key).decrypt(
            sealed.nonce, sealed.ciphertext, _associated("data", sealed.key_id, identity)
        )
    except (InvalidTag, ValueError):
        raise DoesNotOpen("The bytes are damaged or belong to another record.") from None
