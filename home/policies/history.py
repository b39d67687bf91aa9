"""What the pages of a policy's editions show. Reads editions only, never the live text.

Each context costs one query. Who may see it is decided before, by the page that serves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from home.pages import recorder
from home.pages.visibility import publicly_visible
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

if TYPE_CHECKING:
    from home.policies.models import Edition, PolicyPage

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


def editions_of(policy: PolicyPage) -> list[Edition]:
    """All editions, the first one first. One query."""
    recorder.note("editions", policy.pk)
    return list(policy.editions.order_by("number"))


# Beside the document


@dataclass(frozen=True, slots=True)
class Relative:
    """A document that takes another's place or gave its own up."""

    title: str
    document_number: str
    url: str


@dataclass(frozen=True, slots=True)
class GoneClause:
    """A clause that the text no longer has. Its anchor and its page go on answering."""

    key: str
    name: str
    url: str


def beside_the_document(policy: PolicyPage, present: Set[str]) -> dict[str, Any]:
    """The latest edition, what the document replaces or gave way to, and the clauses that went.

    One query; one more where this document replaced another or was replaced, and one more where a
    clause has gone.
    """
    recorder.note("editions", policy.pk)
    recorder.note("relatives", policy.pk)
    if policy.superseded_by_id:
        # Its successor may not be published yet, and then shows from the moment it is.
        recorder.note("page", policy.superseded_by_id)
    replaced = type(policy).objects.filter(superseded_by=OuterRef("policy"))
    others = policy.clause_keys.exclude(key__in=present).order_by()
    latest = (
        policy.editions.order_by("-number")
        .defer("snapshot")
        .annotate(replaces_another=Exists(replaced), has_other_keys=Exists(others))
        .first()
    )
    has_relatives = policy.superseded_by_id or latest is None or latest.replaces_another
    successors, predecessors = _relatives(policy) if has_relatives else ([], [])
    return {
        "edition": latest,
        "superseded_by": successors,
        "supersedes": predecessors,
        "gone_clauses": _gone_clauses(policy, present) if latest and latest.has_other_keys else [],
    }


def _relatives(policy: PolicyPage) -> tuple[list[Relative], list[Relative]]:
    """The visible document that took this one's place, and those whose place it took. One query."""
    rows = publicly_visible(
        type(policy).objects.filter(Q(pk=policy.superseded_by_id) | Q(superseded_by=policy.pk))
    ).order_by("published_on", "pk")
    after: list[Relative] = []
    before: list[Relative] = []
    for row in rows:
        recorder.note("page", row.pk)
        relative = Relative(row.title, row.document_number, row.url or "")
        (after if row.pk == policy.superseded_by_id else before).append(relative)
    return after, before


def _gone_clauses(policy: PolicyPage, present: Set[str]) -> list[GoneClause]:
    names: dict[str, str] = {}
    for edition in editions_of(policy):
        names.update(clause_names(edition.content))
    return [
        GoneClause(key, name, policy.clause_page_url(key))
        for key, name in names.items()
        if key not in present
    ]


# The list


@dataclass(frozen=True, slots=True)
class EditionRow:
    """An edition as the list shows it; `summary` is empty for the first."""

    number: int
    published_at: datetime
    change_note: str
    title: str
    validity: str
    clauses: int
    summary: str
    is_latest: bool
    is_first: bool
    previous: int


def edition_rows(editions: Sequence[Edition]) -> list[EditionRow]:
    """The editions with what changed in each, the newest first."""
    contents = [edition.content for edition in editions]
    summaries = [
        summary(difference(old, new)) if old is not None else ""
        for old, new in pairwise([None, *contents])
        if new is not None
    ]
    rows = [
        EditionRow(
            number=edition.number,
            published_at=edition.published_at,
            change_note=edition.change_note,
            title=content["title"],
            validity=content["validity"],
            clauses=len(content["clauses"]),
            summary=told,
            is_latest=edition is editions[-1],
            is_first=edition is editions[0],
            previous=edition.number - 1,
        )
        for edition, content, told in zip(editions, contents, summaries, strict=True)
    ]
    return rows[::-1]


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


def list_context(policy: PolicyPage) -> dict[str, Any]:
    """What `policies/editions_page.html` shows."""
    return {
        "editions": edition_rows(editions_of(policy)),
        "trail": _trail(policy, (_("历次版本"), "")),
    }


# One edition


@dataclass(frozen=True, slots=True)
class SnapshotClause:
    """A clause as an edition has it."""

    key: str
    level: int
    number: str
    heading: str
    paragraphs: list[str]
    departments: str
    validity: str
    validity_label: str
    validity_note: str
    since: str

    @property
    def is_in_force(self) -> bool:
        return self.validity == Validity.IN_FORCE


def edition_context(policy: PolicyPage, number: int) -> dict[str, Any] | None:
    """What `policies/edition_page.html` shows, from the snapshot alone; None if there is none."""
    editions = editions_of(policy)
    edition = next((one for one in editions if one.number == number), None)
    if edition is None:
        return None
    content = edition.content
    labels = dict(Validity.choices)
    return {
        "edition": edition,
        "latest": editions[-1],
        "is_latest": edition is editions[-1],
        "content": content,
        "validity_label": labels.get(content["validity"], content["validity"]),
        "facts": [
            (FIELD_LABELS[name], shown(name, str(content[name])))
            for name in (
                *("document_number", "index_number", "adopted_on", "published_on", "source"),
                *("expires_on", "repealed_on", "validity_note", "superseded_by"),
            )
            if content[name]
        ],
        "preamble": _lines(content["preamble"]),
        "plan_preamble": _lines(content["plan_preamble"]),
        "clauses": [snapshot_clause(clause) for clause in content["clauses"]],
        "trail": _trail(
            policy,
            (_("历次版本"), f"{policy.url}editions/"),
            (_("第%(number)d版") % {"number": number}, ""),
        ),
    }


def snapshot_clause(clause: Mapping[str, Any]) -> SnapshotClause:
    return SnapshotClause(
        key=clause["key"],
        level=clause["level"],
        number=clause["number"],
        heading=clause["heading"],
        paragraphs=_lines(clause["text"]),
        departments="、".join(clause["departments"]),
        validity=clause["validity"],
        validity_label=shown("validity", clause["validity"]),
        validity_note=clause["validity_note"],
        since=shown("validity_since", clause["validity_since"] or ""),
    )


# Two editions


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


def difference_context(policy: PolicyPage, earlier: int, later: int) -> dict[str, Any] | None:
    """What `policies/difference_page.html` shows; None where one of the editions is not there."""
    editions = editions_of(policy)
    by_number = {edition.number: edition for edition in editions}
    old, new = by_number.get(earlier), by_number.get(later)
    if old is None or new is None:
        return None
    between = [one for one in editions if earlier < one.number <= later]
    return {
        "old": old,
        "new": new,
        "latest": editions[-1],
        "notes": [edition for edition in between if edition.change_note],
        "comparison": comparison(old.content, new.content),
        "others": [one for one in editions if one not in (old, new)],
        "trail": _trail(
            policy,
            (_("历次版本"), f"{policy.url}editions/"),
            (_("第%(old)d版与第%(new)d版对比") % {"old": earlier, "new": later}, ""),
        ),
    }


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


# A clause's history


@dataclass(frozen=True, slots=True)
class Moment:
    """An edition in which something befell a clause."""

    number: int
    published_at: datetime
    label: str
    change_note: str
    previous: int

    @property
    def is_first_edition(self) -> bool:
        return self.number == 1


@dataclass(frozen=True, slots=True)
class ClauseHistory:
    """What befell a clause, the newest first, and the last text it had if it has gone."""

    moments: list[Moment]
    last: SnapshotClause
    last_name: str
    last_edition: int
    gone_in: int | None


def clause_history(policy: PolicyPage, key: str) -> ClauseHistory | None:
    """The clause through all editions; None where no edition has it. One query."""
    editions = editions_of(policy)
    moments = []
    last: Edition | None = None
    before: Mapping[str, Any] = {"clauses": []}
    for edition in editions:
        content = edition.content
        change = _of_one(before, content, key)
        if change is not None and change != Change.SAME:
            moments.append(
                Moment(
                    number=edition.number,
                    published_at=edition.published_at,
                    label=str(CHANGE_LABELS[change]),
                    change_note=edition.change_note,
                    previous=edition.number - 1,
                )
            )
        if any(clause["key"] == key for clause in content["clauses"]):
            last = edition
        before = content
    if last is None:
        return None
    clause = next(one for one in last.content["clauses"] if one["key"] == key)
    return ClauseHistory(
        moments=moments[::-1],
        last=snapshot_clause(clause),
        last_name=clause_names(last.content)[key],
        last_edition=last.number,
        gone_in=None if last is editions[-1] else last.number + 1,
    )


def last_texts(policy: PolicyPage) -> dict[str, dict[str, Any]]:
    """Every clause that was ever published, by key, as its newest edition has it. One query."""
    return {
        clause["key"]: clause
        for edition in editions_of(policy)
        for clause in edition.content["clauses"]
    }


def gone_context(policy: PolicyPage, key: str) -> dict[str, Any] | None:
    """What `policies/clause_gone_page.html` shows; None where the clause never was."""
    history = clause_history(policy, key)
    if history is None:
        return None
    return {
        "history": history,
        "clause": history.last,
        "trail": _trail(policy, (history.last_name, "")),
    }


def _of_one(old: Mapping[str, Any], new: Mapping[str, Any], key: str) -> Change | None:
    return next((one.change for one in difference(old, new).clauses if one.key == key), None)


# Words


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


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _trail(policy: PolicyPage, *steps: tuple[str, str]) -> list[dict[str, str]]:
    below = [(policy.document_number, policy.url or ""), *steps]
    return [*policy.breadcrumb()[:-1], *({"title": title, "url": url} for title, url in below)]
