"""`manage.py load_demo`: people and content to try the product with. Safe to repeat."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from home.pages.authority import authorised_by, operator
from ops.demo import DemoRefused, refuse_in_production

# In this order: a service leads to the form with which it is asked for.
DEMO_MODULES = (
    "ops.demo.people",
    "ops.demo.forms",
    "ops.demo.site",
    "ops.demo.activity",
    "ops.demo.relevance",
)


class Command(BaseCommand):
    help = "Makes the demo's accounts and content. Refuses where DEMO_ALLOWED is off (production)."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            refuse_in_production()
        except DemoRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        with authorised_by(operator("load_demo")):
            for name in DEMO_MODULES:
                summary = _module(name).load()
                self.stdout.write(f"{name}: {summary or 'ready'}")


def _module(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # something that module needs is missing: not the same thing
            raise
        raise CommandError(f"The demo's part {name} is missing.") from error
