"""Two states of a policy side by side, in words and marked texts: for the public and the editor.

`differences` finds what differs; here it is made ready to be shown. Knows no page and no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from home.policies import citing
from home.policies.differences import (
    Change,
    ClauseChange,
    Difference,
    FieldChange,
    Span,
    difference,
)
from home.policies.models.validity import Validity

CHANGE_LABELS = {
    Change.SAME: gettext_lazy("未变"),
    Change.CHANGED: gettext_lazy("修改"),
    Change.ADDED: gettext_lazy("新增"),
    Change.REMOVED: gettext_lazy("删除"),
    Change.MOVED: gettext_lazy("移动"),
    Change.MOVED_AND_CHANGED: gettext_lazy("移动并修改"),
}
# In the order in which a summary names them.
TOLD = (
    Change.CHANGED,
    Change.ADDED,
    Change.REMOVED,
    Change.MOVED,
    Change.MOVED_AND_CHANGED,
)
FIELD_LABELS = {
    "title": gettext_lazy("标题"),
    "document_number": gettext_lazy("发文字号"),
    "index_number": gettext_lazy("索引号"),
    "addressees": gettext_lazy("主送机关"),
    "adopted_on": gettext_lazy("成文日期"),
    "published_on": gettext_lazy("发布日期"),
    "source": gettext_lazy("来源"),
    "validity": gettext_lazy("有效性"),
    "validity_note": gettext_lazy("有效性说明"),
    "superseded_by": gettext_lazy("被何文件取代"),
    "expires_on": gettext_lazy("有效期至"),
    "repealed_on": gettext_lazy("废止日期"),
    "preamble": gettext_lazy("通知正文"),
    "plan_title": gettext_lazy("所附文件标题"),
    "plan_preamble": gettext_lazy("所附文件引言"),
    "issuers": gettext_lazy("发文机关"),
    "attachments": gettext_lazy("附件"),
    "departments": gettext_lazy("责任部门"),
    "validity_since": gettext_lazy("自何日起"),
}
DAYS = frozenset({"adopted_on", "published_on", "expires_on", "repealed_on", "validity_since"})

Paragraph = list[Span]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field that changed: its name, and its text in marked paragraphs or items."""

    name: str
    label: str
    paragraphs: list[Paragraph]
    is_list: bool


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause as a comparison shows it. `note` says in words what the marks can't."""

    key: str
    level: int
    change: str
    label: str
    name: str
    number: Paragraph
    heading: Paragraph
    paragraphs: list[Paragraph]
    fields: list[FieldRow]
    note: str

    @property
    def is_same(self) -> bool:
        return self.change == Change.SAME


@dataclass(frozen=True, slots=True)
class ClauseGroup:
    """Neighbours that all stayed, or that all differ."""

    is_same: bool
    rows: list[ClauseRow]


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A kind of change and the clauses it befell."""

    label: str
    rows: list[ClauseRow]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A difference, ready to be shown."""

    summary: str
    fields: list[FieldRow]
    lines: list[SummaryLine]
    groups: list[ClauseGroup]
    is_empty: bool
    same: int


def comparison(old: Mapping[str, Any], new: Mapping[str, Any]) -> Comparison:
    """Two states of a policy side by side, for the public and for the editor alike."""
    found = difference(old, new)
    old_names, new_names = clause_names(old), clause_names(new)
    rows = [_clause_row(one, old_names, new_names) for one in found.clauses]
    by_change = {change: [row for row in rows if row.change == change] for change in TOLD}
    return Comparison(
        summary=summary(found),
        fields=[field_row(field) for field in found.fields],
        lines=[
            SummaryLine(str(CHANGE_LABELS[kind]), by_change[kind])
            for kind in TOLD
            if by_change[kind]
        ],
        groups=[
            ClauseGroup(is_same, list(group))
            for is_same, group in groupby(rows, key=lambda row: row.is_same and not row.note)
        ],
        is_empty=found.is_empty,
        same=found.counts()[Change.SAME],
    )


def summary(found: Difference) -> str:
    """What changed, in numbers: 修改5条，新增1条，公文要素变动2项."""
    counts = found.counts()
    parts = [
        _("%(change)s%(count)d条") % {"change": CHANGE_LABELS[change], "count": counts[change]}
        for change in TOLD
        if counts[change]
    ]
    if found.fields:
        parts.append(_("公文要素变动%(count)d项") % {"count": len(found.fields)})
    return "，".join(parts) or _("没有读者看得见的变动")


def _clause_row(
    change: ClauseChange, old_names: Mapping[str, str], new_names: Mapping[str, str]
) -> ClauseRow:
    state = change.new or change.old or {}
    name = new_names.get(change.key) or old_names.get(change.key, "")
    fields = {field.name: field for field in change.fields}
    kind = {Change.ADDED: "added", Change.REMOVED: "removed"}.get(change.change, "same")

    def text(field: str) -> Paragraph:
        if field in fields:
            return list(fields[field].spans)
        return [Span(kind, state[field])] if state[field] else []  # type: ignore[arg-type]

    number = text("number")
    if change.is_renumbered:
        number = [Span("removed", change.old_number), Span("added", change.new_number)]
    return ClauseRow(
        key=change.key,
        level=state["level"],
        change=change.change,
        label=str(CHANGE_LABELS[change.change]),
        name=name,
        number=[span for span in number if span.text],
        heading=text("heading"),
        paragraphs=paragraphs(text("text")),
        fields=[field_row(one) for one in change.fields if one.name not in ("heading", "text")],
        note=_note(change, old_names, new_names),
    )


def _note(change: ClauseChange, old_names: Mapping[str, str], new_names: Mapping[str, str]) -> str:
    """Where a clause went, and why its number is another."""
    old, new = change.old, change.new
    if old is None or new is None:
        return ""
    numbers = {"old": change.old_number, "new": change.new_number}
    if change.old_parent != change.new_parent:
        places = {
            "old": old_names.get(change.old_parent) or _("第一层"),
            "new": new_names.get(change.new_parent) or _("第一层"),
        }
        return _("由“%(old)s”之下移到“%(new)s”之下。") % places
    if old["level"] != new["level"]:
        return _("层级改变。")
    if change.has_new_place:
        if change.is_renumbered:
            return _("顺序改变，序号由“%(old)s”改为“%(new)s”。") % numbers
        return _("顺序改变。")
    if change.is_renumbered:
        if change.is_moved:
            return _("序号由“%(old)s”改为“%(new)s”。") % numbers
        return _("前面有增删，序号由“%(old)s”顺延为“%(new)s”。") % numbers
    return ""


def field_row(field: FieldChange) -> FieldRow:
    spans = [Span(span.kind, shown(field.name, span.text)) for span in field.spans]
    return FieldRow(
        name=field.name,
        label=str(FIELD_LABELS.get(field.name, field.name)),
        paragraphs=[[span] for span in spans] if field.is_list else paragraphs(spans),
        is_list=field.is_list,
    )


def paragraphs(spans: Iterable[Span]) -> list[Paragraph]:
    """Marked text in paragraphs. Where only the break came or went, words say so."""
    found: list[Paragraph] = [[]]
    for span in spans:
        if span.text == "\n" and span.kind == "removed":
            found[-1].append(Span("removed", _("（原在此处分段）")))
            continue
        if span.text == "\n" and span.kind == "added":
            found[-1].append(Span("added", _("（在此处分段）")))
        for position, line in enumerate(span.text.split("\n")):
            if position:
                found.append([])
            if line:
                found[-1].append(Span(span.kind, line))
    return [paragraph for paragraph in found if any(span.text.strip() for span in paragraph)]


def clause_names(content: Mapping[str, Any]) -> dict[str, str]:
    """How each clause is called: where it is printed and what it is about, 二(一)1 标题."""
    names: dict[str, str] = {}
    places = citing.places(content["clauses"])
    for clause in content["clauses"]:
        place = citing.in_words(places[clause["key"]], clause["number"])
        said = clause["heading"] or (clause["text"][:12] + "…" if clause["text"] else "")
        names[clause["key"]] = f"{place} {said}".strip()
    return names


def shown(name: str, text: str) -> str:
    """A stored value as people read it: days, and the words for validity."""
    if name in DAYS and text:
        return date_format(date.fromisoformat(text), "Y年n月j日")
    if name == "validity":
        return str(dict(Validity.choices).get(text, text))
    return text
