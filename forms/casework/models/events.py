"""What has happened to a case. Nothing here is ever changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from forms.casework.models.cases import Case, State
from forms.vault.immutable import WrittenOnceModel
from forms.vault.models import SealedRecord
from home.directory.models import Unit


class Visibility(models.TextChoices):
    PUBLIC = "public", _("家庭可见")
    UNIT = "unit", _("单位内部")


class CaseEvent(WrittenOnceModel):
    """One thing that happened to a case (办理记录). Append-only.

    `seq` is the case's version once it had happened, so a history without gaps is 1…version. What
    people wrote is sealed in the vault; `data` holds small facts that name nobody.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="events", verbose_name=_("办件"))
    seq = models.PositiveIntegerField(_("序号"))
    kind = models.CharField(_("事项"), max_length=20)
    state = models.CharField(_("之后的状态"), max_length=20, choices=State.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("操作人"),
        help_text=_("家庭和系统所为时为空"),
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("单位")
    )
    visibility = models.CharField(_("可见范围"), max_length=8, choices=Visibility.choices)
    data = models.JSONField(_("要素"), default=dict)
    record = models.OneToOneField(
        SealedRecord, models.PROTECT, null=True, related_name="+", verbose_name=_("密存文字")
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("办理记录")
        verbose_name_plural = _("办理记录")
        ordering = ["case", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="one_event_per_case_and_number"),
            models.CheckConstraint(
                condition=models.Q(seq__gte=1), name="events_are_numbered_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}#{self.seq} {self.kind}"
