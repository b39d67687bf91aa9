"""Departments as people write them: in full, in short, by an alias, or as a local body."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from home.directory.models import Department
from ops.exchange.lines import BadLine

_BETWEEN = re.compile(r"[、,，;；\s]+")
# The area in front of a local body's name, and what may stand between: 沈阳市和平区人民政府民政局.
_AREA = re.compile(
    r"(?:中共)?(?:[\u4e00-\u9fff]{1,8}?(?:省|市|县|区|旗|盟|州|示范区))+(?:人民政府|委)?"
)


def departments_of(written: str, known: Mapping[str, Department]) -> list[Department]:
    """The departments named, each once. Raises BadLine with all the names that nobody bears."""
    names = [name for name in _BETWEEN.split(written) if name]
    found = {name: _find(name, known) for name in names}
    if unknown := [name for name, department in found.items() if department is None]:
        raise BadLine(
            _("不认识的部门：%(names)s（可写全称、简称或别名，如 辽宁省民政厅、民政）")
            % {"names": "、".join(unknown)}
        )
    return list({one.pk: one for one in found.values() if one is not None}.values())


def _find(name: str, known: Mapping[str, Department]) -> Department | None:
    if name in known:
        return known[name]
    bare = _AREA.match(name)
    return known.get(name[bare.end() :]) if bare else None
