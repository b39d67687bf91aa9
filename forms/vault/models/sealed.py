"""What families send, sealed, and what finds it again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forms.vault.models.row import SealedRow


class SealedRecord(SealedRow):
    """One document (密封记录)."""

    ciphertext = models.BinaryField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # How long it is kept: the class, the moment from which its days count (sealed, or the end of
    # what it was for), and the day that gives. Stored, because a purge must not compute it per row.
    retention = models.SlugField(max_length=30, blank=True, editable=False)
    kept_from = models.DateTimeField(default=timezone.now, editable=False)
    purge_at = models.DateTimeField(null=True, editable=False)
    # Keys of answers that were cut out before the rest, as their own class asks.
    forgotten = models.JSONField(default=list, editable=False)

    class Meta:
        verbose_name = _("密封记录")
        verbose_name_plural = _("密封记录")
        indexes = [
            models.Index(
                fields=["purge_at", "id"],
                condition=Q(erased_at__isnull=True),
                name="sealed_record_by_purge_time",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, wrapped_key__isnull=False)
                | Q(erased_at__isnull=False, wrapped_key__isnull=True),
                name="an_erased_record_has_no_key",
            ),
        ]


class BlindIndex(models.Model):
    """Finds a record by a number without keeping it (盲索引): an HMAC of its normal form."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("电话")
        IDENTITY = "identity", _("证件号码")

    record = models.ForeignKey(SealedRecord, models.PROTECT, related_name="blind_indexes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # The generation of the index key; in rows from before there were any, a master key's name.
    key_id = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("盲索引")
        verbose_name_plural = _("盲索引")
        constraints = [
            models.UniqueConstraint(
                fields=["record", "kind", "digest"], name="a_number_is_indexed_once_per_record"
            ),
        ]
        indexes = [models.Index(fields=["kind", "digest"], name="blind_index_by_digest")]
