"""`manage.py rotate_keys`: after it, VAULT_KEY may drop its older keys."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from forms.vault import masters, rotation
from forms.vault.commands import VaultCommand


class Command(VaultCommand):
    help = (
        "Puts every data key under the newest key of VAULT_KEY (newest first, separated by "
        "commas). Safe while everything runs, safe to repeat, goes on where it was stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--blind-index",
            action="store_true",
            help="Also give the indexes of phone and identity numbers a new key.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = rotation.rotate()
        self._tell(report)
        unreadable = list(report.unreadable)
        if options["blind_index"]:
            indexes = rotation.rotate_index()
            self._tell(indexes)
            unreadable += indexes.unreadable
        newest = masters.newest().key_id
        if unreadable:
            shown = "\n  ".join(unreadable[:50])
            raise CommandError(
                f"{len(unreadable)} rows open under no key of VAULT_KEY:\n  {shown}\n"
                "Put the missing key back and run this again."
            )
        if report.left:
            raise CommandError(
                f"{report.left} rows were sealed under an older key meanwhile. Restart web, worker "
                "and beat with the new VAULT_KEY, then run this again."
            )
        self.stdout.write(f"Everything is under key {newest}; older keys may be dropped.")

    def _tell(self, report: rotation.Report) -> None:
        for name, number in report.done.items():
            self.stdout.write(f"{name}: {number} rewritten")
