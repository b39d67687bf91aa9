"""`manage.py backup PATH`: database, media, private files and journals, while everything runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from forms.vault.commands import VaultCommand
from ops import backup


class Command(VaultCommand):
    help = "Copies all that can't be made again into a new folder. Keys are never in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="A folder that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        target: Path = options["path"].absolute()
        try:
            manifest = backup.back_up(target)
        except backup.Refused as refusal:
            raise CommandError(str(refusal)) from None
        size = sum(facts["bytes"] for facts in manifest["files"].values())
        self.stdout.write(
            f"{target}: {len(manifest['files'])} files, {size / 1e6:.1f} MB.\n"
            "The keys are not in it: keep secrets/VAULT_KEY (or your VAULT_KEY) elsewhere. Without "
            "it nothing of this backup opens."
        )
