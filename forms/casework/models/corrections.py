"""Which clause a correction is about."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from forms.casework.models.cases import Case


class CorrectedClause(models.Model):
    """The clause, in the edition that was read, of a case that reports a mistake (所纠条款).

    A correction that names no clause has no row.
    """

    case = models.OneToOneField(
        Case, models.PROTECT, related_name="corrected_clause", verbose_name=_("办件")
    )
    clause_key = models.ForeignKey(
        "policies.ClauseKey", models.PROTECT, related_name="corrections", verbose_name=_("条款")
    )
    edition = models.ForeignKey(
        "policies.Edition", models.PROTECT, related_name="corrections", verbose_name=_("版本")
    )

    class Meta:
        verbose_name = _("所纠条款")
        verbose_name_plural = _("所纠条款")

    def __str__(self) -> str:
        return f"{self.clause_key}@{self.edition.number}"
