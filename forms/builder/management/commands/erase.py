"""`manage.py erase REFERENCE`: makes what a family sent unreadable, here and in every backup."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from forms.builder import references
from forms.builder.models import Submission
from forms.vault import erasing
from forms.vault.commands import VaultCommand
from forms.vault.holds import OnHold


class Command(VaultCommand):
    help = (
        "Erases answers, texts, files, indexes and messages of a submission. Reference, dates and "
        "states stay. It can't be undone, not from a backup either."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", nargs="+", help="LN…, one or several")
        parser.add_argument(
            "--reason",
            choices=["family", "operator"],
            default="operator",
            help="Whether the family asked for it; noted in the journal.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        why = erasing.BY_FAMILY if options["reason"] == "family" else erasing.BY_OPERATOR
        found = [find(reference) for reference in options["reference"]]
        for submission in found:
            try:
                counts = erasing.erase(submission.uuid, why=why)
            except OnHold as refusal:
                raise CommandError(refusal.message) from None
            told = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
            self.stdout.write(f"{submission.reference}: {told or 'nothing was left to erase'}")
        if unsettled := erasing.settle():
            self.stdout.write(unsettled)


def find(typed: str) -> Submission:
    """The submission of this reference. Raises CommandError."""
    reference = references.parse_reference(typed)
    submission = Submission.objects.filter(reference=reference or "").first()
    if submission is None:
        raise CommandError(f"There is no submission {typed!r}.")
    return submission
