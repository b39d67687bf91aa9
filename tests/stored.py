"""All that the database holds, for tests of what must not stand in it."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import connection, models


def stored_words() -> Iterator[tuple[type[models.Model], str]]:
    """Each table's model, and everything its columns of text and JSON hold."""
    for model in apps.get_models(include_auto_created=True):
        columns = [
            field
            for field in model._meta.local_concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
        ]
        if not columns:
            continue
        with connection.cursor() as cursor:
            names = ", ".join(connection.ops.quote_name(str(field.column)) for field in columns)
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"SELECT {names} FROM {table}")  # noqa: S608 - our own names
            yield model, repr(cursor.fetchall())
