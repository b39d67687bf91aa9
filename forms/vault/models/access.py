"""Who looked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from forms.vault.immutable import WrittenOnceModel
from forms.vault.models.sealed import SealedRecord


class AccessEntry(WrittenOnceModel):
    """One look at a record (查看记录), chained to the look before it by a keyed digest.

    The chain is per record: a look never waits for looks at other records.
    """

    record = models.ForeignKey(SealedRecord, models.PROTECT, related_name="access_entries")
    number = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    what = models.CharField(max_length=40)
    fields = models.JSONField(default=list)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("查看记录")
        verbose_name_plural = _("查看记录")
        ordering = ["record_id", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "number"], name="access_entries_of_a_record_are_numbered"
            ),
        ]

    def __str__(self) -> str:
        return f"AccessEntry {self.pk}"
