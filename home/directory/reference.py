"""Loads areas, departments, units, working days and role groups. Safe to repeat.

What belongs to the data (areas, a department's names) is brought to the data's state; what belongs
to the administrators (a unit's name, address and phone, whether it is active, a department's
aliases, a calendar row once it is there) is only ever made, never changed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict

from django.db import transaction
from wagtail.models import Page

from home.directory import roles
from home.directory.models import (
    PLACEHOLDER_NAMES,
    Area,
    AreaLevel,
    Department,
    Unit,
    WorkdayException,
)

DATA = Path(__file__).with_name("data")
LIAONING = "210000"
CALENDAR_SOURCE = "chinesecalendar 1.11.0"


@dataclass(frozen=True)
class Count:
    """What one kind of row came to: how many the data has, and what this run did about it."""

    total: int
    created: int = 0
    updated: int = 0

    def __str__(self) -> str:
        parts = [f"+{self.created}"] if self.created else []
        parts += [f"{self.updated} changed"] if self.updated else []
        return f"{self.total}" + (f" ({', '.join(parts)})" if parts else "")


@dataclass(frozen=True)
class Summary:
    """What a run of `load` found and did."""

    areas: Count
    departments: Count
    units: Count
    working_days: Count
    groups: Count

    @property
    def changed(self) -> bool:
        return any(count.created or count.updated for count in vars(self).values())

    def __str__(self) -> str:
        return (
            f"{self.areas} areas, {self.departments} departments, {self.units} units, "
            f"{self.working_days} calendar rows, {self.groups} role groups"
        )


class AreaRow(TypedDict):
    """An area as the data has it."""

    code: str
    name: str
    full_name: str
    level: str
    parent: str


class DepartmentRow(TypedDict, total=False):
    """A department as the data has it; `city_name` only where a city's differs from a county's."""

    code: str
    name: str
    short_name: str
    local_name: str
    city_name: str
    aliases: list[str]


@transaction.atomic
def load() -> Summary:
    """Brings the reference data into the database; everything or nothing."""
    # Two processes that start together load one after the other (SQLite lets one write anyway).
    Page.objects.select_for_update().filter(depth=1).order_by("path").first()
    areas = read_areas()
    departments = read_departments()
    return Summary(
        areas=_load_areas(areas),
        departments=_load_departments(departments),
        units=_load_units(areas, departments),
        working_days=_load_working_days(),
        groups=Count(total=len(roles.Role.values), updated=roles.ensure_groups()),
    )


# ── what the files say ──────────────────────────────────────────────────────────────────────────


def _csv_rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def read_areas() -> dict[str, AreaRow]:
    """The areas by code, parents before children.

    A row whose code is there already (东莞市 as its own county) is the same place and is left out.
    """
    areas: dict[str, AreaRow] = {}
    for row in _csv_rows("areas.csv"):
        code, parent = row["code"], row["parent"]
        if code in areas:
            continue
        areas[code] = {
            "code": code,
            "name": row["name"],
            "full_name": _full_name(row["name"], areas.get(parent), areas),
            "level": row["level"],
            "parent": parent,
        }
    return areas


def _full_name(name: str, parent: AreaRow | None, areas: dict[str, AreaRow]) -> str:
    """The names from the province down, without rows that stand for no place (北京市东城区).

    A county that repeats its city's name (嘉峪关市) is said once.
    """
    if parent is None:
        return name
    if parent["name"] in PLACEHOLDER_NAMES:
        return _full_name(name, areas.get(parent["parent"]), areas)
    if parent["name"] == name:
        return parent["full_name"]
    return parent["full_name"] + name


def read_departments() -> list[DepartmentRow]:
    """The plan's issuers in the plan's order."""
    rows: list[DepartmentRow] = json.loads((DATA / "departments.json").read_text(encoding="utf-8"))
    return rows


def unit_name(department: DepartmentRow, area: AreaRow, areas: dict[str, AreaRow]) -> str:
    """What a unit is called until an administrator knows better (data/README.md)."""
    local_name = department["local_name"]
    match area["level"]:
        case AreaLevel.PROVINCE:
            return department["name"]
        case AreaLevel.CITY:
            return area["name"] + department.get("city_name", local_name)
        case AreaLevel.COUNTY:
            return areas[area["parent"]]["name"] + area["name"] + local_name
        case _:  # the plan writes 沈抚示范区相关单位 and names none
            return f"{area['name']}相关单位（{department['short_name']}）"


# ── what the database gets ──────────────────────────────────────────────────────────────────────


def _load_areas(areas: dict[str, AreaRow]) -> Count:
    fields = ("name", "full_name", "level")
    stored = {
        code: (pk, (name, full_name, level, parent))
        for pk, code, name, full_name, level, parent in Area.objects.order_by().values_list(
            "pk", "code", *fields, "parent__code"
        )
    }
    pks = {code: pk for code, (pk, _values) in stored.items()}
    created = 0
    for generation in _generations(areas):
        new = [row for row in generation if row["code"] not in pks]
        if not new:
            continue
        Area.objects.bulk_create(
            (
                Area(
                    code=row["code"],
                    name=row["name"],
                    full_name=row["full_name"],
                    level=row["level"],
                    parent_id=pks[row["parent"]] if row["parent"] else None,
                )
                for row in new
            ),
        )
        created += len(new)
        pks = dict(Area.objects.order_by().values_list("code", "pk"))
    changed = [
        Area(
            pk=pks[code],
            code=code,
            name=row["name"],
            full_name=row["full_name"],
            level=row["level"],
            parent_id=pks[row["parent"]] if row["parent"] else None,
        )
        for code, row in areas.items()
        if code in stored
        and stored[code][1] != (row["name"], row["full_name"], row["level"], row["parent"] or None)
    ]
    if changed:
        Area.objects.bulk_update(changed, [*fields, "parent"])
    return Count(len(areas), created, len(changed))


def _generations(areas: dict[str, AreaRow]) -> Iterable[list[AreaRow]]:
    """Provinces, then what is right below them, then the rest: parents before their children."""
    depth: dict[str, int] = {}
    for code, row in areas.items():
        depth[code] = depth[row["parent"]] + 1 if row["parent"] else 0
    for level in range(max(depth.values()) + 1):
        yield [areas[code] for code, found in depth.items() if found == level]


def _load_departments(rows: list[DepartmentRow]) -> Count:
    stored = {department.code: department for department in Department.objects.all()}
    new, changed = [], []
    for position, row in enumerate(rows, start=1):
        wanted = {
            "name": row["name"],
            "short_name": row["short_name"],
            "local_name": row["local_name"],
            "sort_order": position,
        }
        department = stored.get(row["code"])
        if department is None:
            new.append(Department(code=row["code"], aliases=row["aliases"], **wanted))
        elif any(getattr(department, field) != value for field, value in wanted.items()):
            for field, value in wanted.items():
                setattr(department, field, value)
            changed.append(department)
    Department.objects.bulk_create(new)
    if changed:
        Department.objects.bulk_update(changed, ["name", "short_name", "local_name", "sort_order"])
    return Count(len(rows), len(new), len(changed))


def _load_units(areas: dict[str, AreaRow], departments: list[DepartmentRow]) -> Count:
    liaoning = [row for row in areas.values() if _is_liaoning(row["code"])]
    area_pks = dict(
        Area.objects.order_by().filter(code__startswith=LIAONING[:2]).values_list("code", "pk")
    )
    department_pks = dict(Department.objects.order_by().values_list("code", "pk"))
    stored = set(Unit.objects.order_by().values_list("department_id", "area_id"))
    new = [
        Unit(
            department_id=department_pks[department["code"]],
            area_id=area_pks[area["code"]],
            name=unit_name(department, area, areas),
        )
        for area in liaoning
        for department in departments
        if (department_pks[department["code"]], area_pks[area["code"]]) not in stored
    ]
    Unit.objects.bulk_create(new)
    return Count(len(liaoning) * len(departments), len(new))


def _is_liaoning(code: str) -> bool:
    return code.startswith(LIAONING[:2])


def _load_working_days() -> Count:
    rows = list(_csv_rows("workday_exceptions.csv"))
    stored = set(WorkdayException.objects.order_by().values_list("date", flat=True))
    new = [
        WorkdayException(
            date=date.fromisoformat(row["date"]),
            kind=row["kind"],
            note=row["note"],
            source=CALENDAR_SOURCE,
        )
        for row in rows
        if date.fromisoformat(row["date"]) not in stored
    ]
    WorkdayException.objects.bulk_create(new)
    return Count(len(rows), len(new))
