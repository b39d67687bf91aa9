"""Whether a document, or one of its clauses, is in force."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Validity(models.TextChoices):
    """The states that government sites name (有效性)."""

    IN_FORCE = "in-force", _("有效")
    AMENDED = "amended", _("已修改")
    EXPIRED = "expired", _("失效")
    REPEALED = "repealed", _("废止")

    @property
    def is_ended(self) -> bool:
        """Whether what is so marked has no force any more. What was amended still has."""
        return self in (Validity.EXPIRED, Validity.REPEALED)
