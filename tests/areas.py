"""Areas for tests, from a few rows."""

from __future__ import annotations

from collections.abc import Iterable

from home.directory.models import Area


def make_areas(rows: Iterable[tuple[str, str, str, str]]) -> dict[str, Area]:
    """Areas by their codes. A row is code, name, level and the code of the area above, or ""."""
    areas: dict[str, Area] = {}
    for code, name, level, parent in rows:
        above = areas.get(parent)
        areas[code] = Area.objects.create(
            code=code,
            name=name,
            full_name=(above.full_name if above else "") + name,
            level=level,
            parent=above,
        )
    return areas
