"""What people fill in for a release."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from home.pages.releases.models import Release

MAX_COMMENT = 1000


class ReleaseForm(forms.ModelForm):
    """The name of a release and what the reviewer should know."""

    class Meta:
        model = Release
        fields = ("title", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 4})}


class DecisionForm(forms.Form):
    """A reviewer's yes or no with its comment."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    comment = forms.CharField(
        label=_("审核意见"),
        required=False,
        max_length=MAX_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("退回时必须写明理由。"),
    )


class ScheduleForm(forms.Form):
    """The minute at which a release goes live."""

    at = forms.DateTimeField(
        label=_("发布时间"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={
            "required": _("请填写发布时间，如 2026-03-01 09:00。"),
            "invalid": _("看不懂这个时间，请按 2026-03-01 09:00 的样子填写。"),
        },
    )

    def __init__(self, *args: Any, at: datetime | None = None, **kwargs: Any) -> None:
        tomorrow = timezone.localtime() + timedelta(days=1)
        nine = tomorrow.replace(hour=9, minute=0, second=0, microsecond=0)
        super().__init__(*args, **kwargs)
        self.initial["at"] = at or nine
