"""What must be so before anything is sealed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from forms.vault import masters
from forms.vault.ciphers import AES, KINDS

MINIMUM_LENGTH = 32


@register()
def every_vault_key_is_long_enough(**kwargs: Any) -> list[CheckMessage]:
    """A short key could be guessed; one named twice is a rotation gone wrong."""
    keys = masters.parse(getattr(settings, "VAULT_KEY", ""))
    messages: list[CheckMessage] = []
    if not keys or any(len(key) < MINIMUM_LENGTH for key in keys):
        messages.append(
            Error(
                f"A key in VAULT_KEY has fewer than {MINIMUM_LENGTH} characters, or there is none.",
                hint="Make one with: python -c 'import secrets; print(secrets.token_hex(32))'",
                id="vault.E001",
            )
        )
    if len(set(keys)) < len(keys):
        messages.append(
            Error(
                "VAULT_KEY names the same key twice.",
                hint="Newest first, separated by commas, each once.",
                id="vault.E002",
            )
        )
    return messages


@register()
def the_cipher_is_known(**kwargs: Any) -> list[CheckMessage]:
    """A cipher nobody knows would fail at the first family's request."""
    cipher = getattr(settings, "VAULT_CIPHER", AES)
    if cipher in KINDS:
        return []
    return [
        Error(
            f"VAULT_CIPHER is {cipher!r}.",
            hint="It is one of: " + ", ".join(KINDS),
            id="vault.E003",
        )
    ]
