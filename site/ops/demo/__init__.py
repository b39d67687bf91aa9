"""People and content to try the product with. Only `load_demo` makes them, never in production."""

from __future__ import annotations

from django.conf import settings


class DemoRefused(Exception):
    """The demo was asked for where real people work."""


def refuse_in_production() -> None:
    """Raises DemoRefused unless these settings allow the demo (DEMO_ALLOWED, off by default)."""
    if not settings.DEMO_ALLOWED:
        raise DemoRefused(
            "The demo is not loaded under these settings (DEMO_ALLOWED is off): its accounts share "
            "one password and its content is not official."
        )
