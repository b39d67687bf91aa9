"""`manage.py hold REFERENCE`: what must be kept for now is neither purged nor erased."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.dateparse import parse_date

from forms.builder.management.commands.erase import find
from forms.vault import holds
from home.directory.models import User


class Command(BaseCommand):
    help = "Places a legal hold on a submission, or lifts it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference")
        parser.add_argument("--by", required=True, help="Login name of whoever decides")
        parser.add_argument("--reason", default="", help="Why; no names or numbers of families")
        parser.add_argument("--until", help="The last day, 2030-12-31; without it until lifted")
        parser.add_argument("--lift", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        submission = find(options["reference"])
        user = User.objects.filter(username=options["by"], is_active=True).first()
        if user is None:
            raise CommandError(f"There is no account {options['by']!r}.")
        if options["lift"]:
            number = holds.lift(submission.uuid, user=user)
            self.stdout.write(f"{submission.reference}: {number} holds lifted")
            return
        until = _day(options["until"])
        if not options["reason"].strip():
            raise CommandError("A hold needs a --reason.")
        try:
            holds.place(
                submission.uuid,
                reference=submission.reference,
                user=user,
                reason=options["reason"].strip()[:200],
                until=until,
            )
        except holds.NothingToHold as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(f"{submission.reference}: on hold")


def _day(text: str | None) -> Any:
    try:
        day = parse_date(text) if text else None
    except ValueError:
        day = None
    if text and day is None:
        raise CommandError(f"{text!r} is no day; write it as 2030-12-31.")
    return day
