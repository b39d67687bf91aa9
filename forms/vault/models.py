"""What families send, sealed; what they agreed to; who looked."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forms.vault.immutable import WrittenOnce, WrittenOnceModel


class SealedRecord(models.Model):
    """One document under a data key of its own (密封记录).

    `bound_to` names whom the document belongs to; both it and `uuid` are associated data, so a
    ciphertext moved to another row does not open. Erasing means dropping the wrapped key: what
    backups hold of the ciphertext then opens no more than what is here.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    bound_to = models.UUIDField(db_index=True, editable=False)
    key_id = models.CharField(max_length=16, editable=False)
    algorithm = models.CharField(max_length=16, editable=False)
    wrapped_key = models.BinaryField(null=True, editable=False)
    nonce = models.BinaryField(editable=False)
    ciphertext = models.BinaryField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("密封记录")
        verbose_name_plural = _("密封记录")
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, wrapped_key__isnull=False)
                | Q(erased_at__isnull=False, wrapped_key__isnull=True),
                name="an_erased_record_has_no_key",
            ),
        ]

    def __str__(self) -> str:
        return f"SealedRecord {self.uuid}"

    def __repr__(self) -> str:
        return f"<SealedRecord {self.uuid}>"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A record is sealed once. `services.erase` is the only later change."""
        if not self._state.adding:
            raise WrittenOnce(f"{self!r} is sealed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise WrittenOnce(f"{self!r} is erased, never deleted.")


class BlindIndex(models.Model):
    """Finds a record by a number without keeping it (盲索引): an HMAC of its normal form."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("电话")
        IDENTITY = "identity", _("证件号码")

    record = models.ForeignKey(SealedRecord, models.PROTECT, related_name="blind_indexes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
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


class Basis(models.TextChoices):
    """Why we may process (PIPL art. 13)."""

    DUTY = "duty", _("履行法定职责所必需")
    CONSENT = "consent", _("个人同意")


class ConsentText(WrittenOnceModel):
    """A notice or consent text as people saw it (告知书与同意书). A change is a new version."""

    key = models.SlugField(_("代号"), max_length=50)
    version = models.PositiveIntegerField(_("版本"))
    title = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("正文"))
    statement = models.CharField(_("勾选语"), max_length=200)
    basis = models.CharField(_("处理依据"), max_length=10, choices=Basis.choices)
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("告知书")
        verbose_name_plural = _("告知书")
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "version"], name="one_consent_text_per_key_and_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.key} 第{self.version}版）"

    @property
    def lead(self) -> str:
        """What stands before the numbered items: shown at once, the rest on request."""
        return self.body[: self._items_begin()].strip()

    @property
    def items(self) -> str:
        """The numbered items, from "一、" on; empty where a text has none."""
        return self.body[self._items_begin() :]

    def _items_begin(self) -> int:
        place = self.body.find("\n一、")
        return len(self.body) if place < 0 else place + 1


class Consent(WrittenOnceModel):
    """That a person was shown a text and ticked it (同意记录), and on which ground we process."""

    class GivenBy(models.TextChoices):
        CHILD = "child", _("本人")
        GUARDIAN = "guardian", _("父母或其他监护人")
        AGENT = "agent", _("他人代为")
        UNSTATED = "unstated", _("未说明")

    record = models.ForeignKey(SealedRecord, models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="consents")
    given_by = models.CharField(max_length=10, choices=GivenBy.choices)
    # A value the editor offered ("parent"), never what a person typed.
    relation = models.CharField(max_length=40, blank=True)
    basis = models.CharField(max_length=10, choices=Basis.choices)
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("同意记录")
        verbose_name_plural = _("同意记录")
        constraints = [
            models.UniqueConstraint(
                fields=["record", "text"], name="a_text_is_agreed_to_once_per_record"
            ),
        ]

    def __str__(self) -> str:
        return f"Consent {self.pk}"


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


# Models of this app that have a module of their own.
from forms.vault.sealed_files import Scan, SealedFile  # noqa: E402

__all__ = [
    "AccessEntry",
    "Basis",
    "BlindIndex",
    "Consent",
    "ConsentText",
    "Scan",
    "SealedFile",
    "SealedRecord",
]
