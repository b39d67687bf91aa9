"""Which findings block, which warn and which are not looked at (设置 › 发布前检查)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.contrib.settings.models import BaseGenericSetting, register_setting

from home.pages import prechecks
from home.pages.prechecks import Rule, Severity

OFF = "off"
WORDS = {**dict(Severity.choices), OFF: _("不查")}


class SeverityTable(forms.Widget):
    """A line for each rule: what it looks for, its ground, and a choice. Its value is JSON."""

    template_name = "pages/widgets/severity_table.html"

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        # Django's own renderer of forms does not know the project's templates.
        return super().render(name, value, attrs, TemplatesSetting())

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        chosen = _as_dict(value)
        groups: dict[str, list[dict[str, Any]]] = {}
        for rule in prechecks.rules():
            groups.setdefault(str(rule.group), []).append(self._line(name, rule, chosen))
        context["widget"]["groups"] = list(groups.items())
        return context

    def _line(self, name: str, rule: Rule, chosen: dict[str, str]) -> dict[str, Any]:
        return {
            "rule": rule,
            "name": f"{name}-{rule.code}",
            "options": [
                {
                    "value": "" if value == rule.severity else value,
                    "label": word,
                    "is_default": value == rule.severity,
                    "is_chosen": chosen.get(rule.code, rule.severity) == value,
                }
                for value, word in WORDS.items()
            ],
        }

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> str:
        chosen = {
            rule.code: value
            for rule in prechecks.rules()
            if (value := data.get(f"{name}-{rule.code}", "")) in WORDS
        }
        return json.dumps(chosen)

    def id_for_label(self, id_: str) -> str:
        return ""


def _as_dict(value: Any) -> dict[str, str]:
    loaded = json.loads(value) if isinstance(value, str) and value else value
    return loaded if isinstance(loaded, dict) else {}


@register_setting(icon="glasses", order=500)
class PrecheckSettings(BaseGenericSetting):
    """What the house decided on the severity of findings (发布前检查设置), by their codes.

    Only what differs from a rule's own default is kept, so that a better default reaches a house
    that decided nothing.
    """

    severities = models.JSONField(
        _("检查项目"),
        default=dict,
        blank=True,
        help_text=_("“必须改”的问题不解决就不能发布；“请留意”的只提示编辑和审核人。"),
    )

    panels = [FieldPanel("severities", widget=SeverityTable)]

    class Meta:
        verbose_name = _("发布前检查")

    @classmethod
    def decided(cls) -> dict[str, Severity | None]:
        """What differs from the defaults, None for what is off; unknown words decide nothing.

        One query.
        """
        kept = _as_dict(cls.objects.values_list("severities", flat=True).first())
        return {
            code: None if word == OFF else Severity(word)
            for code, word in kept.items()
            if word in WORDS
        }
