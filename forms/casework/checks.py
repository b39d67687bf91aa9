"""What must be true of the data before a request may come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from forms.casework.routing import guaranteed_owner


@register(Tags.database)
def every_ladder_ends_somewhere(
    databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[CheckMessage]:
    """Finds a database whose areas are loaded but whose ladder has no last rung."""
    from home.directory.models import Area

    if not databases or "default" not in databases:
        return []
    try:
        if "directory_unit" not in connections["default"].introspection.table_names():
            return []
        if not Area.objects.exists() or guaranteed_owner() is not None:
            return []
    except DatabaseError:
        return []  # the check of the migrations says what is wrong with such a database
    return [
        Error(
            "The province's civil-affairs unit is missing: a request could be without an owner.",
            hint="Run `manage.py load_reference`.",
            id="casework.E001",
        )
    ]
