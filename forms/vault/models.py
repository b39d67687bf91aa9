"""What families send, sealed; what they agreed to; who looked."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

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

    def __str__(self) -> str:
        return f"SealedRecord {self.uuid}"

    def __repr__(self) -> str:
        return f"<SealedRecord {self.uuid}>"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A record is sealed once; only rotation, retention and erasure change it later."""
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
    created_at = models.DateTimeField(_("发布时间"), auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("发布人"),
    )

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
    def contacts(self) -> ProtectionContacts:
        """Who answers for children's data today: beside the text, because people change."""
        return ProtectionContacts.load()

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


@register_setting(icon="lock")
class ProtectionContacts(BaseGenericSetting):
    """Whom families turn to about their data (儿童个人信息网络保护规定 8 and 10).

    Shown beside every notice as it is now: a version stays as it was seen, while people change.
    """

    person = models.CharField(_("儿童个人信息保护负责人"), max_length=60, default="待主办单位填写")
    phone = models.CharField(_("联系电话或地址"), max_length=120, default="待主办单位填写")
    complaints = models.CharField(_("投诉渠道"), max_length=200, default="待主办单位填写")
    place = models.CharField(_("存放地点"), max_length=120, default="中国境内，机房待主办单位填写")
    backup_days = models.PositiveSmallIntegerField(
        _("备份保留天数"), default=30, help_text=_("备份超过这个天数必须销毁。")
    )
    is_example = models.BooleanField(
        _("标为示例"), default=True, help_text=_("内容核实以前保持勾选；家庭会看到“示例”字样。")
    )

    class Meta:
        verbose_name = _("个人信息保护联系人")
        verbose_name_plural = _("个人信息保护联系人")


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


class ConsentWithdrawal(WrittenOnceModel):
    """That a consent was taken back (撤回同意): what was done until then stays lawful (PIPL 15)."""

    consent = models.OneToOneField(Consent, models.PROTECT, related_name="withdrawal")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("撤回同意")
        verbose_name_plural = _("撤回同意")

    def __str__(self) -> str:
        return f"ConsentWithdrawal {self.pk}"


class ConsentDuty(models.Model):
    """What a consent still asks of us (同意后的告知义务).

    From 14 on the child's own consent counts, and its guardian is to be told
    (困境儿童个人信息保护工作办法); where the guardian consented for such a child, the child is
    still to be asked.
    """

    class Kind(models.TextChoices):
        TELL_GUARDIAN = "tell_guardian", _("须告知监护人")
        ASK_CHILD = "ask_child", _("须征得孩子本人同意")

    consent = models.OneToOneField(Consent, models.PROTECT, related_name="duty")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    done_at = models.DateTimeField(null=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("同意后的告知义务")
        verbose_name_plural = _("同意后的告知义务")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="whoever_did_a_consent_duty_is_named",
            ),
        ]

    def __str__(self) -> str:
        return f"ConsentDuty {self.pk}"


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


class VaultSecret(models.Model):
    """A random secret from which keys are derived, wrapped under the master key (保密库密值)."""

    ROOT, INDEX = "root", "blind-index"

    name = models.CharField(max_length=20)
    generation = models.PositiveIntegerField(default=1)
    key_id = models.CharField(max_length=16)
    algorithm = models.CharField(max_length=16)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("保密库密值")
        verbose_name_plural = _("保密库密值")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "generation"], name="one_vault_secret_per_name_and_generation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.generation}"


class RetentionClass(models.Model):
    """How long a kind of content is kept, and on what ground (保存期限)."""

    code = models.SlugField(_("代号"), max_length=30, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    days = models.PositiveIntegerField(
        _("天数"),
        validators=[MinValueValidator(1), MaxValueValidator(36_500)],
        help_text=_("从办结、活动结束或提交之日起算。改动后，已存内容的到期日同时改动。"),
    )
    source = models.CharField(_("依据"), max_length=200)
    is_example = models.BooleanField(
        _("标为示例"), default=True, help_text=_("主办单位核定天数以前保持勾选。")
    )

    class Meta:
        verbose_name = _("保存期限")
        verbose_name_plural = _("保存期限")
        ordering = ["-days", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=36_500),
                name="content_is_kept_for_a_day_to_a_century",
                violation_error_message=_("天数须在1到36500之间。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.days}天）"


class ExpiringFields(models.Model):
    """Answers of a record that end before the rest of it (先到期的字段)."""

    record = models.ForeignKey(SealedRecord, models.PROTECT, related_name="expiring_fields")
    retention = models.SlugField(max_length=30)
    keys = models.JSONField()
    purge_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("先到期的字段")
        verbose_name_plural = _("先到期的字段")
        indexes = [
            models.Index(
                fields=["purge_at", "id"],
                condition=Q(forgotten_at__isnull=True),
                name="expiring_fields_by_purge_time",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "retention"], name="a_record_names_a_class_of_fields_once"
            ),
        ]

    def __str__(self) -> str:
        return f"ExpiringFields {self.pk}"


class LegalHold(models.Model):
    """That something must be kept for now, whatever its term says (保全)."""

    bound_to = models.UUIDField(db_index=True, editable=False)
    reference = models.CharField(_("受理编号"), max_length=12)
    reason = models.CharField(_("理由"), max_length=200)
    until = models.DateField(_("保全至"), null=True, blank=True, help_text=_("不填为直到解除"))
    placed_at = models.DateTimeField(_("设定时间"), default=timezone.now, editable=False)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+"
    )
    lifted_at = models.DateTimeField(_("解除时间"), null=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("保全")
        verbose_name_plural = _("保全")
        ordering = ["-placed_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="whoever_lifted_a_hold_is_named",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class JournalMark(models.Model):
    """How far a journal of erasures is done in this database (删除台账进度).

    A database brought back from a backup has an older mark, by which the start sees that there is
    something to repeat. Each machine keeps a journal of its own, with a random name.
    """

    journal = models.CharField(max_length=32, unique=True)
    done = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("删除台账进度")
        verbose_name_plural = _("删除台账进度")

    def __str__(self) -> str:
        return f"{self.journal} {self.done}"


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
