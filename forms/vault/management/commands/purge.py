"""`manage.py purge`: erases what has reached its day; beat does the same every night."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime, time, timedelta
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date

from forms.vault import erasing, purging
from forms.vault.commands import VaultCommand


class Command(VaultCommand):
    help = "Erases what has reached the end of its retention. Cases at work and holds are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", help="As on the evening of this day: 2030-12-31")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        now = _evening(options["now"]) if options["now"] else timezone.now()
        dry = options["dry_run"]
        if not dry:
            erasing.catch_up()
        report = purging.purge(now, dry_run=dry)
        self.stdout.write(
            f"{'would erase' if dry else 'erased'}: {report.owners} submissions, "
            f"{report.answers} single answers"
            + "".join(f", {number} {name}" for name, number in report.lapsed.items())
            + f"; kept: {report.in_use} at work, {report.on_hold} on hold"
        )
        if not dry and (unsettled := erasing.settle()):
            self.stdout.write(unsettled)
        if report.failed:
            raise CommandError(f"{report.failed} could not be done and are tried again next time.")


def _evening(text: str) -> datetime:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"{text!r} is no day; write it as 2030-12-31.")
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
