"""`manage.py restore PATH`: a backup in the place of what is here; what was erased stays erased."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ops import backup


class Command(BaseCommand):
    help = "Checks a backup, puts it in place, and does again what the journal of erasures says."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--force", action="store_true", help="Overwrite what is in DATA_DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            erased = backup.restore(options["path"].absolute(), force=options["force"])
        except backup.Refused as refusal:
            raise CommandError(str(refusal)) from None
        told = ", ".join(f"{number} {name}" for name, number in sorted(erased.items()))
        self.stdout.write(f"Restored. Erased again: {told or 'nothing'}.")
