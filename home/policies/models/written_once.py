"""Rows that are made and read, and neither changed nor lost."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models import ProtectedError


class WriteOnceQuerySet(models.QuerySet[Any]):
    """Rows that are made and read. Triggers stand behind it (`forms.vault.write_once`)."""

    def update(self, **values: Any) -> NoReturn:
        raise TypeError(f"A row of {self.model.__name__} is never changed.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(f"A row of {self.model.__name__} is never changed.")

    def delete(self) -> NoReturn:
        raise ProtectedError(f"{self.model.__name__} is never deleted.", set(self))

    def _raw_delete(self, using: str | None) -> NoReturn:
        raise ProtectedError(f"{self.model.__name__} is never deleted.", set())
