"""What must be so before anything is sealed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

MINIMUM_LENGTH = 32


@register()
def the_vault_key_is_long_enough(**kwargs: Any) -> list[CheckMessage]:
    """A short VAULT_KEY could be guessed from any keyed digest."""
    if len(getattr(settings, "VAULT_KEY", "")) < MINIMUM_LENGTH:
        return [
            Error(
                f"VAULT_KEY has fewer than {MINIMUM_LENGTH} characters.",
                hint="Make one with: python -c 'import secrets; print(secrets.token_hex(32))'",
                id="vault.E001",
            )
        ]
    return []
