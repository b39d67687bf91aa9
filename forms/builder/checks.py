"""What must be so for every form to be answerable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.utils import OperationalError, ProgrammingError

from forms.builder import handlers


@register(Tags.database)
def every_kind_of_form_has_a_handler(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """A form whose kind nobody handles could take nothing on. Runs in `check --database`."""
    from forms.builder.models import FormPage

    if not databases or FormPage.objects.db not in databases:
        return []
    try:
        if (
            FormPage._meta.db_table
            not in connections[FormPage.objects.db].introspection.table_names()
        ):
            return []
        known = [kind for kind, _label in handlers.kinds()]
        unknown = list(FormPage.objects.exclude(kind__in=known).values_list("pk", "kind"))
    except (OperationalError, ProgrammingError):
        return []  # no database yet: `migrate` runs this check before it makes one
    return [
        Error(
            f"Form page {pk} is of kind {kind!r}, for which no handler is registered.",
            hint="Register one in AppConfig.ready (forms.builder.handlers.register), or change "
            "the page's kind.",
            id="builder.E001",
        )
        for pk, kind in unknown
    ]
