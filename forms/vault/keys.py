"""Keys for what is no content: digests, blind indexes, the access chain, codes.

They come from random secrets that the database keeps wrapped under the master key. So a rotation of
the master key breaks no family's code and no chain, and without VAULT_KEY still no guess can be
tested (decision 11).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.conf import settings
from django.db import IntegrityError, transaction

from forms.vault import masters, sealing
from forms.vault.models import SealedRecord, VaultSecret

BLIND_INDEX = "blind index"
DIGEST = "keyed digest"
ACCESS_CHAIN = "access chain"
JOURNAL = "journal of erasures"
TRACKING_CODE = "tracking code"
CODE_PEPPER = "tracking code pepper"


class NoSecret(Exception):
    """The database has no root secret yet, or none that VAULT_KEY opens."""


_opened: dict[tuple[str, str, int], str] = {}


def secret(name: str, generation: int = 1) -> str:
    """A stored secret, opened once a process. Raises NoSecret."""
    place = (settings.VAULT_KEY, name, generation)
    if place not in _opened:
        row = VaultSecret.objects.filter(name=name, generation=generation).first()
        if row is None:
            raise NoSecret("The vault's secrets are missing: run manage.py migrate.")
        _opened[place] = open_secret(row)
    return _opened[place]


def forget_opened() -> None:
    """Reads the secrets anew: the tables were emptied or came from a backup."""
    _opened.clear()


def derive(purpose: str) -> bytes:
    """The 32-byte key for this purpose."""
    return masters.derived(secret(VaultSecret.ROOT), purpose)


def keyed(purpose: str, *parts: bytes) -> bytes:
    """HMAC-SHA256 under the purpose's key. Lengths are mixed in: no two lists collide."""
    return _mac(derive(purpose), parts)


def keyed_index(generation: int, *parts: bytes) -> bytes:
    """The same under one generation of the blind indexes' key, which has a secret of its own."""
    return _mac(masters.derived(secret(VaultSecret.INDEX, generation), BLIND_INDEX), parts)


def index_generations() -> list[int]:
    """The generations that may still be in use, newest first."""
    rows = VaultSecret.objects.filter(name=VaultSecret.INDEX)
    return list(rows.order_by("-generation").values_list("generation", flat=True))


def current_index_generation() -> int:
    """The generation this process writes; another process may have begun a newer one."""
    known = [place[2] for place in _opened if place[:2] == (settings.VAULT_KEY, VaultSecret.INDEX)]
    return max(known) if known else index_generations()[0]


def open_secret(row: VaultSecret) -> str:
    """Raises NoSecret."""
    wrapped = sealing.Wrapped(row.key_id, row.algorithm, bytes(row.wrapped))
    try:
        return sealing.unwrap(wrapped, identity=identity_of(row), label="secret").decode()
    except sealing.DoesNotOpen:
        raise NoSecret(
            f"No key in VAULT_KEY opens this database's secret {row.name!r} (it was wrapped "
            f"under {row.key_id}). Put the key back that was used before."
        ) from None


def identity_of(row: VaultSecret) -> tuple[bytes, ...]:
    """What a secret's wrapping is bound to."""
    return (f"{row.name}:{row.generation}".encode(),)


def make_missing_secrets() -> None:
    """Makes the first of each secret where there is none, and sees that the others open.

    Called after every `migrate`, never in the middle of a deed, which might be undone while the
    process goes on with a secret nobody has. Raises NoSecret.
    """
    forget_opened()
    for name in (VaultSecret.ROOT, VaultSecret.INDEX):
        row = VaultSecret.objects.filter(name=name).order_by("-generation").first()
        if row is None:
            add_secret(name, 1, _first_secret())
        else:
            open_secret(row)


def add_secret(name: str, generation: int, value: str) -> None:
    """Keeps a secret; where another process kept one first, that one stands."""
    row = VaultSecret(name=name, generation=generation)
    wrapped = sealing.wrap(value.encode(), identity=identity_of(row), label="secret")
    row.key_id, row.algorithm, row.wrapped = wrapped.key_id, wrapped.algorithm, wrapped.wrapped
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        if not VaultSecret.objects.filter(name=name, generation=generation).exists():
            raise


def new_secret() -> str:
    return secrets.token_hex(32)


def _first_secret() -> str:
    """Random; in a database from before these secrets, the master key that was used until then."""
    first = SealedRecord.objects.order_by("pk").values_list("key_id", flat=True).first()
    if first is None:
        return new_secret()
    master = masters.find(first)
    if master is None:
        raise NoSecret(f"VAULT_KEY does not name the key that was used so far ({first}).")
    return master.secret


def _mac(key: bytes, parts: tuple[bytes, ...]) -> bytes:
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(8, "big"))
        mac.update(part)
    return mac.digest()
