"""`manage.py ledger --jsonl`: a line for each case, to compare later with what is there."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from forms.casework import ledger
from forms.vault.commands import VaultCommand


class Command(VaultCommand):
    help = "Writes every case as one line: reference, keyed digests, unit, state, events, chain."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jsonl", action="store_true", help="One JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["jsonl"]:
            raise CommandError("Say in which form: --jsonl is the only one there is.")
        try:
            for line in ledger.lines():
                self.stdout.write(json.dumps(line, ensure_ascii=False, sort_keys=True))
        except BrokenPipeError:
            # Whoever read it has seen enough (… | head).
            sys.stderr.close()
