"""What people were told, and what they agreed to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from forms.vault.immutable import WrittenOnceModel
from forms.vault.models.sealed import SealedRecord


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
