"""A file that a family sent: what is known of it in the database. Its bytes: `files`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from forms.vault.models.row import SealedRow


class Scan(models.TextChoices):
    """What the virus scanner said of a file."""

    CLEAN = "clean", _("已通过病毒检查")
    HELD = "held", _("等待病毒检查")
    INFECTED = "infected", _("含有病毒，已封存")
    UNSCANNED = "unscanned", _("未设病毒检查")


class SealedFile(SealedRow):
    """One file under a key of its own (密封文件).

    `sealed_head` holds its name, which is personal data, and the key of its bytes, which lie on the
    disk under its uuid: a head or bytes moved to another file do not open.
    """

    question = models.CharField(max_length=40, editable=False)
    # Which of the few files its owner may have; nobody's once it is erased.
    place = models.PositiveSmallIntegerField(null=True, editable=False)
    kind = models.CharField(_("类型"), max_length=100, editable=False)
    size = models.PositiveIntegerField(_("大小"), editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scan = models.CharField(_("病毒检查"), max_length=10, choices=Scan.choices, editable=False)
    scan_tried_at = models.DateTimeField(null=True, editable=False)
    sealed_head = models.BinaryField(editable=False)
    created_at = models.DateTimeField(_("收到"), auto_now_add=True)

    class Meta:
        verbose_name = _("密封文件")
        verbose_name_plural = _("密封文件")
        constraints = [
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, wrapped_key__isnull=False)
                | Q(erased_at__isnull=False, wrapped_key__isnull=True),
                name="an_erased_file_has_no_key",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, place__isnull=False)
                | Q(erased_at__isnull=False, place__isnull=True),
                name="an_erased_file_has_no_place",
            ),
            models.CheckConstraint(
                condition=Q(scan__in=Scan.values), name="a_file_is_scanned_held_or_neither"
            ),
            models.UniqueConstraint(
                fields=["bound_to", "place"], name="no_two_files_take_the_same_place"
            ),
        ]
        indexes = [
            models.Index(
                fields=["scan_tried_at"],
                condition=Q(scan__in=["held", "unscanned"], erased_at__isnull=True),
                name="files_that_wait_for_a_scan",
            )
        ]
