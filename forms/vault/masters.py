"""The ring of master keys (主密钥): VAULT_KEY, newest first, separated by commas.

The first wraps, all of them open. A master key never is a key itself: what wraps is derived from
it, so that a leak of a derived key opens nothing else. It lives outside the database and its
backups.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_WRAP = "wrap data keys"
_KEY_ID = "key id"


@lru_cache(maxsize=256)
def derived(secret: str, purpose: str, length: int = 32) -> bytes:
    """A key for one purpose alone (HKDF-SHA256)."""
    kdf = HKDF(algorithm=SHA256(), length=length, salt=b"tongban vault", info=purpose.encode())
    return kdf.derive(secret.encode())


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One key of the ring. `key_id` names it and tells nothing about it."""

    key_id: str
    secret: str

    def __repr__(self) -> str:
        return f"<MasterKey {self.key_id}>"

    def wrapping(self, cipher: str, length: int) -> bytes:
        """What wraps data keys with this cipher."""
        purpose = _WRAP if cipher == "AES-256-GCM" else f"{_WRAP} {cipher}"
        return derived(self.secret, purpose, length)


def parse(setting: str) -> tuple[str, ...]:
    """The secrets a setting names, newest first."""
    return tuple(part.strip() for part in setting.split(",") if part.strip())


@lru_cache(maxsize=16)
def _ring(setting: str) -> tuple[MasterKey, ...]:
    return tuple(MasterKey(derived(secret, _KEY_ID)[:8].hex(), secret) for secret in parse(setting))


def ring() -> tuple[MasterKey, ...]:
    """Every key of the ring, newest first."""
    return _ring(settings.VAULT_KEY)


def newest() -> MasterKey:
    """The one that wraps from now on."""
    return ring()[0]


def find(key_id: str) -> MasterKey | None:
    """The key of this name; None where the ring no longer has it."""
    return next((key for key in ring() if key.key_id == key_id), None)
