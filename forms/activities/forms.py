"""The organiser's form for a session."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from forms.activities.models import Session

_MOMENT = "%Y-%m-%dT%H:%M"
# Beyond, it is a slip of the finger; near the calendar's ends no time zone can be applied.
_YEARS = range(2000, 2101)
_MOST_PLACES = 100_000


class SessionForm(forms.ModelForm):
    """A session as its organiser edits it; `taken` is nobody's to edit."""

    class Meta:
        model = Session
        fields = ["starts", "ends", "place", "capacity", "opens", "closes"]
        widgets = {
            name: forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
            for name in ("starts", "ends", "opens", "closes")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts", "ends", "opens", "closes"):
            self.fields[name].input_formats = [_MOMENT, "%Y-%m-%d %H:%M"]  # type: ignore[attr-defined]
            self.fields[name].error_messages["invalid"] = _("请填写日期和时间。")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("starts", "ends", "opens", "closes"):
            if cleaned.get(name) and cleaned[name].year not in _YEARS:
                self.add_error(name, _("请核对年份。"))
        if (cleaned.get("capacity") or 0) > _MOST_PLACES:
            self.add_error("capacity", _("名额最多%d个。") % _MOST_PLACES)
        for before, after, sentence in (
            ("starts", "ends", _("结束时间要晚于开始时间。")),
            ("opens", "closes", _("报名截止要晚于报名开始。")),
        ):
            if cleaned.get(before) and cleaned.get(after) and cleaned[before] >= cleaned[after]:
                self.add_error(after, sentence)
        if cleaned.get("closes") and cleaned.get("ends") and cleaned["closes"] > cleaned["ends"]:
            self.add_error("closes", _("报名截止不能晚于活动结束。"))
        if cleaned.get("capacity") is not None and cleaned["capacity"] < self.instance.taken:
            self.add_error("capacity", too_few(self.instance.taken))
        return cleaned


def too_few(taken: int) -> str:
    """Why the number of places can't be lowered so far."""
    return _("已有%d人报名，名额不能少于这个数。") % taken
