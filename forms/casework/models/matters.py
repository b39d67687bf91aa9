"""What a request is about."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Matter(models.TextChoices):
    """What a case is about (事项): the request form's choices are the routing categories."""

    LIVING = "living", _("生活救助")
    EDUCATION = "education", _("教育入学")
    MEDICAL = "medical", _("医疗医保")
    HOUSING = "housing", _("住房保障")
    REHABILITATION = "rehabilitation", _("残疾康复")
    MENTAL = "mental", _("心理关爱")
    GUARDIANSHIP = "guardianship", _("监护与保护")
    EMPLOYMENT = "employment", _("就业帮扶")
    GENERAL = "general", _("综合咨询")
    # Of a document's text, not of a family: routed by the document, never by a rule.
    CORRECTION = "correction", _("条款纠错")


REQUEST_MATTERS: tuple[Matter, ...] = tuple(
    matter for matter in Matter if matter is not Matter.CORRECTION
)
