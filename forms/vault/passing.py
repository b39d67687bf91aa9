"""Records of passing things: what was begun and not sent. They change, and leave nothing behind.

A record of something sent is sealed once and, erased, keeps its row. A draft changes with every
screen: each time it is sealed anew under another key, and the row before goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from forms.vault.models import SealedRecord
from forms.vault.services import erase, seal


def seal_again(record: SealedRecord, document: Mapping[str, Any]) -> SealedRecord:
    """A new record for the same owner. The caller puts it in the old one's place, then discards
    that. Raises NotCanonical."""
    return seal(document, bound_to=record.bound_to, retention_class=record.retention)


def discard(record: SealedRecord) -> None:
    """Erases the record and takes its row away; nothing may point to it any more."""
    with transaction.atomic():
        erase(record)
        SealedRecord.objects.filter(pk=record.pk).delete()
