"""What results can be narrowed to, and how many there are of each. Pure but for one query.

An engine counts what answers a query by the id of its combination (`SearchFacet`). Out of these
few numbers every count is worked out: each choice is counted under the *other* choices made, so
that its number says how many results choosing it would leave.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from django.utils.translation import gettext_lazy as _

from search.engine.models import EntryType, SearchFacet

# The values of `SearchEntry.validity`, and what the public reads.
IN_FORCE = "in-force"
VALIDITY_LABELS = {
    IN_FORCE: _("有效"),
    "amended": _("已修改"),
    "expired": _("失效"),
    "repealed": _("废止"),
}
# In the order in which they are offered.
FACET_LABELS = {
    "type": _("类别"),
    "department": _("部门"),
    "area": _("地区"),
    "audience": _("对象"),
    "validity": _("有效性"),
    "year": _("年份"),
}

# The values of one combination, by the name of the choice.
Combination = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What results are narrowed to; "" narrows nothing."""

    type: str = ""
    department: str = ""
    area: str = ""
    audience: str = ""
    validity: str = ""
    year: str = ""

    def values(self) -> dict[str, str]:
        """The choices made, by name."""
        return {name: value for name in NAMES if (value := getattr(self, name))}

    def without(self, name: str) -> Chosen:
        return replace(self, **{name: ""})

    def misses(self, combination: Combination) -> list[str]:
        """The names of those choices that entries of this combination don't meet."""
        return [name for name, value in self.values().items() if value not in combination[name]]


EVERYTHING = Chosen()
NAMES = tuple(field.name for field in fields(Chosen))


@dataclass(frozen=True, slots=True)
class Option:
    """One value results can be narrowed to, and how many there are of it."""

    value: str
    label: str
    count: int
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow results: its name in the address, and its values that occur."""

    name: str
    label: str
    options: tuple[Option, ...]


def combinations() -> dict[int, Combination]:
    """Every combination, by its id. One query."""
    rows = SearchFacet.objects.values_list(
        "pk", "type", "departments", "areas", "audience", "validity", "year"
    )
    return {
        pk: {
            "type": (type,),
            "department": tuple(departments),
            "area": tuple(areas),
            "audience": tuple(audience),
            "validity": (validity,) if validity else (),
            "year": (str(year),) if year else (),
        }
        for pk, type, departments, areas, audience, validity, year in rows
    }


def total(
    counts: Mapping[int, int], known: Mapping[int, Combination], chosen: Chosen = EVERYTHING
) -> int:
    """How many entries meet all choices."""
    return sum(count for pk, count in counts.items() if not chosen.misses(known[pk]))


def facets(
    counts: Mapping[int, int], known: Mapping[int, Combination], chosen: Chosen
) -> tuple[Facet, ...]:
    """Each way to narrow the results, counted under the other choices; those that say something."""
    found: dict[str, Counter[str]] = {name: Counter() for name in NAMES}
    for pk, count in counts.items():
        combination = known[pk]
        missed = chosen.misses(combination)
        # What misses one choice alone still counts where that choice would be another.
        names: Iterable[str] = NAMES if not missed else missed if len(missed) == 1 else ()
        for name in names:
            for value in combination[name]:
                found[name][value] += count
    for name, value in chosen.values().items():
        found[name].setdefault(value, 0)
    return tuple(
        Facet(name, str(FACET_LABELS[name]), _options(name, found[name], getattr(chosen, name)))
        for name in NAMES
        if found[name]
    )


def label_of(name: str, value: str) -> str:
    """A value as the public reads it."""
    if name == "type":
        return str(dict(EntryType.choices).get(value, value))
    if name == "validity":
        return str(VALIDITY_LABELS.get(value, value))
    return str(_("%(year)s年") % {"year": value}) if name == "year" else value


def _options(name: str, counts: Counter[str], chosen: str) -> tuple[Option, ...]:
    return tuple(
        Option(value, label_of(name, value), counts[value], value == chosen)
        for value in _ordered(name, counts)
    )


def _ordered(name: str, counts: Counter[str]) -> list[str]:
    """Types and validity in their own order, years from the newest, names from the commonest."""
    if name == "type":
        return [value for value in EntryType.values if value in counts]
    if name == "validity":
        return sorted(counts, key=lambda value: [*VALIDITY_LABELS, value].index(value))
    if name == "year":
        return sorted(counts, reverse=True)
    return sorted(counts, key=lambda value: (-counts[value], value))
