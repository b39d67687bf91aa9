"""The editor's form of a policy."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from home.pages.page_form import BasePageForm
from home.policies import change_notes
from home.policies.snapshots import clause_data, snapshot


class PolicyPageForm(BasePageForm):
    """Asks for a change note when the policy goes out (or to review), never when it is saved."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if chooser := self.fields.get("superseded_by"):
            chooser.widget.choose_one_text = _("选择政策文件")
            chooser.widget.choose_another_text = _("换一份政策文件")
        last = change_notes.last_edition(self.instance)
        if last is None or "change_note" not in self.fields:
            return
        if change_notes.is_spent(self.instance, last):
            self.initial["change_note"] = ""
        told = _("这一版改了什么、为什么改；随版本公布。最近公布的是第%(number)d版。") % {
            "number": last.number
        }
        if last.change_note:
            told += _("那一版的说明：%(note)s") % {"note": last.change_note}
        self.fields["change_note"].help_text = format_html(
            '{} <a href="{}" target="_blank" rel="noopener">{}</a>',
            told,
            reverse("policies_compare", args=[self.instance.pk]),
            _("看这次改了什么（与线上对比，新窗口）"),
        )

    def is_valid(self) -> bool:
        if not super().is_valid():
            return False
        if not self._is_to_go_out() or "change_note" not in self.fields:
            return True
        # Here and not in `clean`: what would be published is known when the rows below are.
        if sentence := change_notes.what_is_missing(self.instance, self._content()):
            self.add_error("change_note", sentence)
            return False
        return True

    def _is_to_go_out(self) -> bool:
        """Whether it is published, handed in for review or approved: by Wagtail's own buttons.

        Who sends it back, or calls the review off, need not say what changed.
        """
        if self.is_deferred_validation:
            return False
        if self.data.get("action-workflow-action"):
            return bool(self.data.get("workflow-action-name") != "reject")
        return any(
            self.data.get(f"action-{deed}") for deed in ("publish", "submit", "restart-workflow")
        )

    def _content(self) -> dict[str, Any]:
        """The snapshot of what stands in the form: the instance gets its rows only on saving."""
        content = snapshot(self.instance)
        for name in ("issuers", "attachments"):
            if name in self.formsets:
                content[name] = [form.instance.name for form in self._rows(name)]
        if "clauses" in self.formsets:
            content["clauses"] = [
                clause_data(
                    form.instance, (one.name for one in form.cleaned_data.get("departments", ()))
                )
                for form in self._rows("clauses")
            ]
        return content

    def _rows(self, name: str) -> list[Any]:
        """The rows that stay, in their order."""
        formset = self.formsets[name]
        rows = [form for form in formset.forms if form not in formset.deleted_forms]
        said = [form for form in rows if form.instance.pk or form.has_changed()]
        return sorted(said, key=lambda form: form.cleaned_data.get("ORDER") or 0)
