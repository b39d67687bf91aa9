"""Child rows of a page, rendered by a template of our own.

Wagtail makes a panel for each field of each row: for a hundred rows a megabyte, and seconds.
"""

from __future__ import annotations

from typing import Any

from django.forms.formsets import ORDERING_FIELD_NAME
from wagtail.admin.panels import InlinePanel

from home.pages.whole_numbers import whole_number


class LightRowsPanel(InlinePanel):
    """Names the form and formset of its rows; a subclass gives the template and its context."""

    row_form: type[Any]
    row_formset: type[Any]

    def get_form_options(self) -> dict[str, Any]:
        options: dict[str, Any] = super().get_form_options()
        formset = options["formsets"][self.relation_name]
        formset.update(form=self.row_form, formset=self.row_formset, extra=0)
        return options

    class BoundPanel(InlinePanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            # Wagtail's own makes the bound panels of every row here: it is passed over.
            super(InlinePanel.BoundPanel, self).__init__(**kwargs)
            self.label = self.panel.label
            if self.form is not None:
                self.formset = self.form.formsets[self.panel.relation_name]

        def js_opts(self) -> dict[str, Any]:
            prefix = self.formset.prefix
            return {
                "type": type(self.panel).__name__,
                "formsetPrefix": f"id_{prefix}",
                "emptyChildFormPrefix": f"{prefix}-__prefix__",
                "canOrder": True,
                "maxForms": self.formset.max_num,
                "relationName": self.panel.relation_name,
            }

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super(InlinePanel.BoundPanel, self).get_context_data(
                parent_context
            )
            return context | {"options": self.js_opts()}

        def forms_as_seen(self) -> list[Any]:
            """The rows' forms; what failed comes back in the order in which it was seen."""
            forms = list(self.formset.forms)
            return sorted(forms, key=self._place_sent) if self.formset.is_bound else forms

        def _place_sent(self, form: Any) -> int:
            sent = whole_number(form.data.get(form.add_prefix(ORDERING_FIELD_NAME), ""))
            # What was sent without a place was added last.
            return self.formset.max_num if sent is None else sent
