"""`manage.py verify`: is the access log, and the journal of erasures, what was written?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from forms.vault import anchors, journal
from forms.vault.commands import VaultCommand


class Command(VaultCommand):
    help = (
        "Walks every chain of the access log, its anchors outside the database and the journal of "
        "erasures; names the first broken place and then ends with status 1."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        entries, broken = anchors.verify()
        if broken is not None:
            raise CommandError(f"The access log is broken: {broken.place}")
        try:
            lines = journal.verify()
        except journal.Broken as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{entries} looks and {lines} lines of the journal are as written.")
