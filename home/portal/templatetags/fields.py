"""Tags that put a form's field on a page (components/field.html, components/error_summary.html)."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()

CHOICE_INPUTS = ("radio", "checkbox")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend: what is said, and the id of the control to go to ("" for the whole)."""

    message: str
    target: str = ""


@register.filter
def is_choice_group(field: BoundField) -> bool:
    """Whether the field is a group of radios or boxes, shown as a fieldset with a legend."""
    return isinstance(field.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))


@register.filter
def is_single_box(field: BoundField) -> bool:
    """Whether the field is one box whose label stands behind it."""
    return getattr(field.field.widget, "input_type", "") == "checkbox" and not is_choice_group(
        field
    )


@register.filter
def focus_id(field: BoundField) -> str:
    """The id of the control that takes the focus: of a group, its first choice."""
    own = str(field.auto_id)
    if is_choice_group(field) or isinstance(field.field.widget, forms.MultiWidget):
        return f"{own}_0"
    return str(field.id_for_label or own)


@register.simple_tag
def field_input(field: BoundField) -> SafeString:
    """The control itself with the class of the look; Django wires help and errors to it."""
    if is_single_box(field):
        return field.as_widget()
    own = field.field.widget.attrs.get("class", "")
    return field.as_widget(attrs={"class": f"field__input {own}".strip()})


@register.simple_tag
def mistakes(form: forms.BaseForm) -> list[Mistake]:
    """Everything to mend in a form: what concerns the whole first, then field by field in order."""
    found = [Mistake(str(error)) for error in form.non_field_errors()]
    for field in form:
        elsewhere = getattr(field.field, "mistake_target", "")
        target = elsewhere if field.is_hidden else focus_id(field)
        found += [Mistake(str(error), target) for error in field.errors]
    return found
