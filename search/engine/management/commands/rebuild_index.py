"""Builds the search index anew while searching goes on."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search.engine.indexing import RebuildOvertaken, rebuild


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            entries = rebuild()
        except RebuildOvertaken as error:
            raise CommandError("Another rebuild began and takes this one's place.") from error
        self.stdout.write(f"search index: {entries} entries")
