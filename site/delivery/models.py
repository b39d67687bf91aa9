"""What must be sent, as rows that outlive every process and every broker."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class OutboxMessage(models.Model):
    """A message that must arrive (待送消息): one event for one destination.

    The row says that something is to be sent and about what; it holds no address and no text. The
    registered renderer makes the mail when it is sent, from what the database says then.
    """

    class State(models.TextChoices):
        READY = "ready", _("待送")
        DELIVERED = "delivered", _("已送")
        VOID = "void", _("无需送")
        DEAD = "dead", _("未能送达")

    kind = models.CharField(_("种类"), max_length=60)
    event_key = models.CharField(_("事件"), max_length=150)
    # A name for whom it goes to ("unit", "family", "unit:12"), never an address: addresses are
    # personal data and are looked up when the mail is made.
    destination = models.CharField(_("去向"), max_length=150)
    subject_id = models.BigIntegerField(_("所涉记录"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.READY)
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    available_at = models.DateTimeField(_("不早于"), default=timezone.now)
    lease_until = models.DateTimeField(_("占用至"), null=True, blank=True, editable=False)
    message_id = models.CharField("Message-ID", max_length=200, unique=True, editable=False)
    # The class of the exception alone: its text may quote what a family wrote.
    last_error = models.CharField(_("上次错误"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("产生时间"), default=timezone.now, editable=False)
    finished_at = models.DateTimeField(_("了结时间"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("待送消息")
        verbose_name_plural = _("待送消息")
        ordering: ClassVar = ["available_at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["state", "available_at"], name="outbox_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["event_key", "destination"],
                name="outbox_tells_each_destination_of_an_event_once",
            ),
            models.CheckConstraint(
                name="outbox_state_is_known",
                condition=models.Q(state__in=["ready", "delivered", "void", "dead"]),
            ),
            models.CheckConstraint(
                name="outbox_has_an_end_only_when_finished",
                condition=models.Q(state="ready", finished_at__isnull=True)
                | (~models.Q(state="ready") & models.Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="outbox_destination_is_a_name_not_an_address",
                condition=~models.Q(destination__contains="@"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_key} → {self.destination}"
