"""The parts of the page editor that are ours: a policy's clauses, the notice of what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import cached_property
from wagtail.admin.panels import InlinePanel, MultipleChooserPanel, Panel

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


class ClausesPanel(InlinePanel):
    """A hundred clauses, a line each: opened one by one, found, moved, added in between.

    The rows are rendered by a template of our own: a Wagtail panel for each field of each clause
    weighs a megabyte and takes seconds.
    """

    def get_form_options(self) -> dict[str, Any]:
        options: dict[str, Any] = super().get_form_options()
        formset = options["formsets"][self.relation_name]
        formset.update(form=ClauseForm, formset=ClauseFormSet, extra=0)
        return options

    class BoundPanel(InlinePanel.BoundPanel):
        template_name = "policies/admin/clauses_panel.html"

        def __init__(self, **kwargs: Any) -> None:
            # Wagtail's own makes a bound panel for every field of every clause: it is passed over.
            super(InlinePanel.BoundPanel, self).__init__(**kwargs)
            self.label = self.panel.label
            if self.form is not None:
                self.formset: ClauseFormSet = self.form.formsets[self.panel.relation_name]

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
            context["options"] = self.js_opts()
            context["rows"] = self.rows()
            context["empty_row"] = self._row(self.formset.empty_form, {})
            context["departments"] = list(self.formset.known_departments.values())
            context["address"] = self.instance.url if self.instance.live else ""
            return context

        def rows(self) -> list[Row]:
            pointers = pointing.pointers_to(self.instance.key_registry_id)
            rows = [self._row(form, pointers) for form in self.formset.forms]
            if self.formset.is_bound:
                # What failed comes back in the order it was sent.
                rows.sort(key=lambda row: self._order(row.form))
            return rows

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

        @staticmethod
        def _order(form: Any) -> int:
            return whole_number(form.data.get(form.add_prefix("ORDER"), "")) or 0

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
