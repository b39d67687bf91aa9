"""What every command that needs the vault has in common."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from forms.vault import journal, keys


class VaultCommand(BaseCommand):
    """Ends with a sentence, not a traceback, where the key is not there or the disk is full.

    `--traceback` shows where it came from.
    """

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except (keys.NoSecret, journal.NotWritten) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            said = f"The database does not answer, or its disk is full: {error}"
            raise CommandError(said) from error
