"""Parts of the form's editor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME, ORDERING_FIELD_NAME
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail.admin.panels import FieldPanel, Panel

from forms.builder import handlers
from forms.builder.areas import LIAONING
from forms.builder.editing import FormFieldForm, FormFieldFormSet
from forms.builder.kinds import (
    CHOICE_TYPES,
    NOT_IN_GROUP,
    OPERATORS_OF_TYPE,
    SETTINGS,
    TYPES_OF_ROLE,
    AgeLimit,
    FieldType,
)
from forms.builder.questions import NARROWED_ROLES, from_schema, questions_of_page
from home.directory import selectors
from home.pages.light_rows import LightRowsPanel

ROWS_THAT_OPEN = 3


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


class VersionPanel(Panel):
    """What this draft asks otherwise than the version families answer now."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "builder/admin/version_panel.html"

        def is_shown(self) -> bool:
            return self.version is not None

        @cached_property
        def version(self) -> Any:
            if self.instance.pk is None:
                return None
            return self.instance.versions.order_by("-number").first()

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            from forms.builder.differences import differences

            context: dict[str, Any] = super().get_context_data(parent_context)
            asked = from_schema(self.version.schema)
            context["version"] = self.version
            context["changes"] = differences(asked, questions_of_page(self.instance))
            return context


@dataclass(frozen=True, slots=True)
class Row:
    """A question as the editor's list shows it; `form` holds its fields."""

    form: Any
    number: int
    folded: bool = False

    @property
    def settings(self) -> list[Any]:
        """The fields that are seen, in the order of the model's panels."""
        own = (DELETION_FIELD_NAME, ORDERING_FIELD_NAME)
        return [field for field in self.form.visible_fields() if field.name not in own]

    @property
    def has_errors(self) -> bool:
        return bool(self.form.is_bound and self.form.errors)

    @property
    def is_deleted(self) -> bool:
        return bool(self.form.is_bound and self.form[DELETION_FIELD_NAME].value())


class QuestionsPanel(LightRowsPanel):
    """The rows of a form, with what the script needs to show each row only its own settings."""

    row_form = FormFieldForm
    row_formset = FormFieldFormSet

    class BoundPanel(LightRowsPanel.BoundPanel):
        template_name = "builder/admin/questions_panel.html"

        @property
        def media(self) -> forms.Media:
            return forms.Media(css={"all": ["css/form-editor.css"]}, js=["js/form-editor.js"])

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            context["options"]["form"] = _for_the_script(self.instance)
            context["rows"] = self.rows()
            context["empty_row"] = Row(self.formset.empty_form, 0)
            return context

        def rows(self) -> list[Row]:
            ordered = self.forms_as_seen()
            # A long form opens as its outline.
            return [
                Row(form, number, folded=len(ordered) > ROWS_THAT_OPEN)
                for number, form in enumerate(ordered, start=1)
            ]


def _for_the_script(page: Any) -> dict[str, Any]:
    return {
        "settings": {name: sorted(types) for name, types in SETTINGS.items()},
        "operators": OPERATORS_OF_TYPE,
        "rolesOfType": {
            kind: [role for role, types in TYPES_OF_ROLE.items() if kind in types]
            for kind in FieldType.values
        },
        "ages": [[code, str(label)] for code, label in AgeLimit.choices],
        "notInGroup": {kind: str(why) for kind, why in NOT_IN_GROUP.items()},
        "fixedChoices": _fixed_choices(page),
        "narrowedRoles": sorted(NARROWED_ROLES),
        "neededRoles": {
            kind: list(getattr(handlers.handler_for(kind), "required_roles", ()))
            for kind, _label in handlers.kinds()
        },
        "areas": reverse("builder_area_children", args=[LIAONING]).replace(LIAONING, "CODE"),
        "provinces": [list(pair) for pair in selectors.provinces().values_list("code", "name")],
        "home": LIAONING,
        "newForm": page.pk is None,
        "words": {"label": _("（还没有写）")},
    }


def _fixed_choices(page: Any) -> dict[str, dict[str, list[list[str]]]]:
    """By kind and role, the choices that a kind's handler sets, whatever the editor writes."""
    fixed: dict[str, dict[str, list[list[str]]]] = {}
    for kind, _label in handlers.kinds():
        offered = {
            role: handlers.handler_for(kind).choices(page, role)
            for role, types in TYPES_OF_ROLE.items()
            if types & CHOICE_TYPES
        }
        fixed[kind] = {
            role: [[value, str(label)] for value, label in choices]
            for role, choices in offered.items()
            if choices
        }
    return fixed
