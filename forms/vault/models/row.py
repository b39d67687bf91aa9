"""What a sealed record and a sealed file have in common."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.db import models

from forms.vault.immutable import WrittenOnce


class SealedRow(models.Model):
    """Something under a data key of its own, sealed once and erased, never deleted.

    `bound_to` names whom it belongs to, from the start and for good; both it and `uuid` are
    associated data, so a ciphertext moved to another row does not open. Erasing means dropping the
    wrapped key: what backups hold of the ciphertext then opens no more than what is here.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    bound_to = models.UUIDField(db_index=True, editable=False)
    key_id = models.CharField(max_length=16, editable=False)
    algorithm = models.CharField(max_length=16, editable=False)
    wrapped_key = models.BinaryField(null=True, editable=False)
    nonce = models.BinaryField(editable=False)
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{type(self).__name__} {self.uuid}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.uuid}>"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What changes a row later (a scan, a rotation, a term, an erasure) does it by `update`."""
        if not self._state.adding:
            raise WrittenOnce(f"{self!r} is sealed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise WrittenOnce(f"{self!r} is erased, never deleted.")
