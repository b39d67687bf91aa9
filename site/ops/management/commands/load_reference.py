"""`manage.py load_reference`: what the product can't do without. Always run, safe to repeat."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand

from home.pages.authority import authorised_by, operator

# In this order: the routing rules of casework point to the directory's departments.
REFERENCE_MODULES = (
    "home.directory.reference",
    "forms.vault.reference",
    "forms.casework.reference",
    "ops.tree",
    "home.portal.reference",
    "home.pages.review.reference",
    "search.engine.reference",
)


class Command(BaseCommand):
    help = "Loads areas, departments, units, the calendar, notices and fallback routing."

    def handle(self, *args: Any, **options: Any) -> None:
        modules = [import_module(name) for name in REFERENCE_MODULES]
        with authorised_by(operator("load_reference")):
            for name, module in zip(REFERENCE_MODULES, modules, strict=True):
                summary = module.load()
                self.stdout.write(f"{name.removesuffix('.reference')}: {summary or 'ready'}")
