"""What docs/handling.md says of deeds is what the table of transitions says."""

from __future__ import annotations

import re
from pathlib import Path

from forms.casework.models import State
from forms.casework.transitions import TRANSITIONS, Deed

DOC = Path(__file__).resolve().parents[2] / "docs" / "handling.md"
OPEN = {"待受理", "办理中", "待补充", "已答复"}
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| (unit|family) \|", re.MULTILINE)


def told() -> set[tuple[str, str, str, str]]:
    rows: set[tuple[str, str, str, str]] = set()
    for source, deed, target, who in ROW.findall(DOC.read_text(encoding="utf-8")):
        target = target.split(" (")[0]
        sources = {source}
        if source.startswith("any open"):
            sources = OPEN - {source.removeprefix("any open but ")}
        rows |= {(one, deed, one if target == "the same" else target, who) for one in sources}
    return rows


def test_the_document_lists_every_deed_and_no_other() -> None:
    table = {
        (
            str(State(row.source).label),
            str(row.deed.label),
            str(State(row.target).label),
            "unit" if row.who.name == "UNIT" else "family",
        )
        for row in TRANSITIONS
        if row.deed != Deed.NOTE
    }
    assert told() == table
