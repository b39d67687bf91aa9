"""How long content is kept, and how far what was erased is erased here."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from forms.vault.models.sealed import SealedRecord


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
