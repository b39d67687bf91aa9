"""Parts of the form's editor."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.safestring import SafeString
from wagtail.admin.panels import FieldPanel


class KeyPanel(FieldPanel):
    """Carries a field's key through the editor, unseen.

    Publishing a revision makes child rows anew: a key that was not sent along would be lost, and
    with it the link from earlier answers to their question.
    """

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.HiddenInput)
        super().__init__(field_name, **kwargs)

    class BoundPanel(FieldPanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.heading = ""

        def render_html(self, parent_context: Any = None) -> SafeString:
            return self.bound_field.as_widget()

        def get_comparison(self) -> list[Any]:
            return []
