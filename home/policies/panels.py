"""The parts of the page editor that are ours: a policy's clauses, the notice of what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import cached_property
from wagtail.admin.panels import MultipleChooserPanel, Panel

from home.pages.light_rows import LightRowsPanel
from home.pages.whole_numbers import whole_number
from home.policies import pointing
from home.policies.clause_forms import ClauseForm, ClauseFormSet, orphan_sentence
from home.policies.models.validity import Validity

# What the row of a clause lays out itself; every other field of the form follows below these.
OWN_FIELDS = frozenset(
    {"key", "number", "chosen_level", "heading", "text", "departments", "id", "ORDER", "DELETE"}
)


@dataclass(frozen=True, slots=True)
class Row:
    """A clause as the editor's list shows it; `form` holds its fields."""

    form: Any
    key: str
    level: int
    departments: str
    interpretations: list[pointing.Pointer]
    services: list[pointing.Pointer]
    validity: str
    hint: str
    interpret_url: str

    @property
    def others(self) -> list[Any]:
        """Fields that other parts of the model added to the clause's panels."""
        return [field for field in self.form.visible_fields() if field.name not in OWN_FIELDS]

    @property
    def has_errors(self) -> bool:
        return bool(self.form.is_bound and self.form.errors)

    @property
    def pointers(self) -> list[pointing.Pointer]:
        return [*self.interpretations, *self.services]


class ClausesPanel(LightRowsPanel):
    """A hundred clauses, a line each: opened one by one, found, moved, added in between."""

    row_form = ClauseForm
    row_formset = ClauseFormSet

    class BoundPanel(LightRowsPanel.BoundPanel):
        template_name = "policies/admin/clauses_panel.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            context["rows"] = self.rows()
            context["empty_row"] = self._row(self.formset.empty_form, {})
            context["departments"] = list(self.formset.known_departments.values())
            context["address"] = self.instance.url if self.instance.live else ""
            return context

        def rows(self) -> list[Row]:
            pointers = pointing.pointers_to(self.instance.key_registry_id)
            return [self._row(form, pointers) for form in self.forms_as_seen()]

        def _row(self, form: Any, pointers: dict[str, list[pointing.Pointer]]) -> Row:
            clause = form.instance
            place = getattr(clause, "place", None)
            key = clause.key if form.has_key else ""
            if form.is_bound and hasattr(form, "cleaned_data"):
                key = form.cleaned_data.get("key", key)
            beside = pointers.get(key, []) if key else []
            chosen = form["departments"].value() or []
            known = self.formset.known_departments
            by_id = {str(pk): department for pk, department in known.items()}
            names = (by_id.get(str(getattr(one, "pk", one))) for one in chosen)
            return Row(
                form=form,
                key=key,
                level=clause.level if clause.key else 1,
                departments="、".join(one.short_name for one in names if one),
                interpretations=[one for one in beside if one.is_interpretation],
                services=[one for one in beside if not one.is_interpretation],
                validity=_validity(clause),
                hint=(
                    orphan_sentence(clause.number, place.level) if place and place.orphan else ""
                ),
                interpret_url=self._interpret_url(key),
            )

        @cached_property
        def _address_to_write(self) -> str:
            from home.policies.coverage import address_to_write

            return address_to_write()

        @cached_property
        def _key_ids(self) -> dict[str, int]:
            from home.policies.models import ClauseKey

            owned = ClauseKey.objects.order_by().filter(policy=self.instance.key_registry_id)
            return dict(owned.values_list("key", "pk"))

        def _interpret_url(self, key: str) -> str:
            """Where an interpretation of this clause is begun; empty where it can't be yet."""
            from home.policies.coverage import address_to_interpret

            registered = self._key_ids.get(key) if key else None
            add = self._address_to_write if registered else ""
            return address_to_interpret(add, registered)

        @property
        def media(self) -> forms.Media:
            return forms.Media(css={"all": ["css/clause-panel.css"]}, js=["js/clause-panel.js"])


def _validity(clause: Any) -> str:
    """What is said of the clause's own validity; empty where it is the document's."""
    if clause.validity == Validity.IN_FORCE:
        return ""
    return str(clause.get_validity_display())


class ClauseLinksPanel(MultipleChooserPanel):
    """The clauses a page names, several chosen at once; `?clause=` in the address chooses one."""

    class BoundPanel(MultipleChooserPanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            form, request = kwargs.get("form"), kwargs.get("request")
            if form is not None and request is not None and not form.is_bound:
                self._choose(form, request.GET.get("clause", ""), kwargs["panel"].relation_name)
            super().__init__(**kwargs)

        @staticmethod
        def _choose(form: Any, sent: str, relation: str) -> None:
            from home.policies.models import ClauseKey

            page, number = form.instance, whole_number(sent)
            if page.pk is not None or number is None:
                return
            key = ClauseKey.objects.filter(pk=number).first()
            if key is not None:
                links = getattr(page, relation)
                links.add(links.model(clause_key=key))
                old = form.formsets[relation]
                form.formsets[relation] = type(old)(
                    instance=page, prefix=old.prefix, form_kwargs=old.form_kwargs
                )


class InterpretationNotice(Panel):
    """Says so, where a policy is out and no interpretation of it is."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "policies/admin/interpretation_notice.html"

        @cached_property
        def missing(self) -> Any:
            from home.policies.coverage import unexplained_policies

            if self.instance.pk is None or not self.instance.live:
                return None
            return next(iter(unexplained_policies(self.instance.pk)), None)

        def is_shown(self) -> bool:
            return bool(super().is_shown()) and self.missing is not None

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            context["missing"] = self.missing
            return context
