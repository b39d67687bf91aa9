"""Keys of the vault: all derived from VAULT_KEY, one for each purpose.

VAULT_KEY never is a key itself, so that no use can weaken another, and a leak of one derived key
(say, in a core dump) opens nothing else. It lives outside the database and its backups.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

WRAP = "wrap data keys"
BLIND_INDEX = "blind index"
DIGEST = "keyed digest"
ACCESS_CHAIN = "access chain"
TRACKING_CODE = "tracking code"
CODE_PEPPER = "tracking code pepper"


@lru_cache(maxsize=64)
def _derive(secret: str, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=b"tongban vault", info=purpose.encode())
    return kdf.derive(secret.encode())


def derive(purpose: str) -> bytes:
    """The 32-byte key for this purpose."""
    return _derive(settings.VAULT_KEY, purpose)


def key_id() -> str:
    """Names the master key in use and tells nothing about it; stored beside what it wraps."""
    return derive("key id")[:8].hex()


def keyed(purpose: str, *parts: bytes) -> bytes:
    """HMAC-SHA256 under the purpose's key. Lengths are mixed in: no two lists collide."""
    mac = hmac.new(derive(purpose), digestmod=hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(8, "big"))
        mac.update(part)
    return mac.digest()
