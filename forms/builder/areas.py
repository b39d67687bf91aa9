"""The cascade of areas: province, city, county, as selects that work with and without script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from home.directory import selectors
from home.directory.models import Area

LIAONING = "210000"
REFINE = "_refine"


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a cascade begins ("" for the country) and what its levels are called."""

    root: str
    levels: tuple[Any, ...]


COUNTRY = Scope("", (_("省（自治区、直辖市）"), _("市（州、盟）"), _("县（市、区、旗）")))
PROVINCE = Scope(LIAONING, (_("市"), _("县（市、区）")))


@dataclass(frozen=True, slots=True)
class Level:
    """One select: its choices and the chosen code ("" for none)."""

    label: Any
    choices: Sequence[tuple[str, str]]
    chosen: str


def levels(scope: Scope, codes: Sequence[str]) -> list[Level]:
    """The selects for these codes. A code that isn't below the one before it is not chosen."""
    result: list[Level] = []
    parent = scope.root
    for place, label in enumerate(scope.levels):
        choices: list[tuple[str, str]] = []
        if place == 0 or parent:
            rows = selectors.children_of(parent) if parent else selectors.provinces()
            choices = list(rows.values_list("code", "name"))
        code = codes[place] if place < len(codes) else ""
        chosen = code if any(code == known for known, _name in choices) else ""
        result.append(Level(label, choices, chosen))
        parent = chosen
    return result


class AreaSelects(forms.Widget):
    """One select a level, and a button that asks the server for the next one."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        super().__init__()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return [str(data.get(f"{name}_{place}") or "") for place in range(len(self.scope.levels))]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_0" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0" if id_ else ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        context = {
            "name": name,
            "id": (attrs or {}).get("id", f"id_{name}"),
            "described_by": (attrs or {}).get("aria-describedby", ""),
            "levels": levels(self.scope, value or []),
            "refine": REFINE,
        }
        return render_to_string("builder/area_selects.html", context)


class AreaAnswer(forms.Field):
    """An area with nothing below it, stored as its code."""

    default_error_messages = {
        "required": _("请选择地区。"),
        "unknown": _("没有这个地区，请从列表中选择。"),
        "mismatch": _("所选的下一级不在所选的上一级之内，请重新选择。"),
        "incomplete": _("请接着选择下一级。"),
    }

    def __init__(self, scope: Scope, **kwargs: Any) -> None:
        self.scope = scope
        super().__init__(**kwargs | {"widget": AreaSelects(scope)})

    def clean(self, value: Any) -> str:
        codes = [str(code) for code in value or []]
        chosen = [code for code in codes if code]
        if not chosen:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return ""
        area = selectors.area_by_code(chosen[-1])
        if area is None:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        # The way down to it must be what was chosen, one level after the other.
        if codes[: len(chosen)] != self._way_to(area):
            known = all(selectors.area_by_code(code) for code in chosen)
            wrong = "mismatch" if known else "unknown"
            raise ValidationError(self.error_messages[wrong], code=wrong)
        if not selectors.is_leaf(area):
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        return area.code

    def _way_to(self, area: Area) -> list[str]:
        """The codes below the scope's root that lead to the area; empty where it isn't below it."""
        way = [one.code for one in selectors.area_path(area)]
        if not self.scope.root:
            return way
        return way[way.index(self.scope.root) + 1 :] if self.scope.root in way else []
