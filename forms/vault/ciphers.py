"""The authenticated ciphers: AES-256-GCM, and SM4-GCM where national algorithms are asked for.

Both take a nonce of 12 bytes and append a tag of 16.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

NONCE_LENGTH = 12
TAG_LENGTH = 16
AES, SM = "AES-256-GCM", "SM4-GCM"


class Aead(Protocol):
    """One cipher under one key."""

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        """Raises InvalidTag or ValueError."""


class SM4GCM:
    """SM4 (GB/T 32907) in Galois/counter mode."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        encryptor = Cipher(self._algorithm, GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated: bytes) -> bytes:
        if len(data) < TAG_LENGTH:
            raise InvalidTag
        body, tag = data[:-TAG_LENGTH], data[-TAG_LENGTH:]
        decryptor = Cipher(self._algorithm, GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated)
        return decryptor.update(body) + decryptor.finalize()


@dataclass(frozen=True, slots=True)
class Kind:
    """A cipher by its name; `key_length` in bytes."""

    name: str
    key_length: int

    def under(self, key: bytes) -> Aead:
        return AESGCM(key) if self.name == AES else SM4GCM(key)

    def new_key(self) -> bytes:
        return secrets.token_bytes(self.key_length)


KINDS = {AES: Kind(AES, 32), SM: Kind(SM, 16)}
