"""What the review screen shows of an import: rows that a template only has to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from home.directory.models import Department
from home.policies import citing
from home.policies.differences import Span, marked
from home.policies.importing import Comparison, fate_labels
from home.policies.matching import ClauseText, Fate, Match
from home.policies.parser import (
    DEPARTMENT_NAMES,
    Block,
    ParsedClause,
    ParsedDocument,
    departments_named_in,
)

AS_NEW = "new"
_FIELD = "match-"
_DEEPEST = 4


@dataclass(slots=True)
class Row:
    """A clause as the editor checks it."""

    fate: str
    label: str
    depth: int
    line: int
    key: str
    number: str
    heading: Sequence[Span]
    text: Sequence[Span]
    departments: list[str]
    move: str = ""
    name: str = ""
    chosen: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)


def rows_of_new(parsed: ParsedDocument) -> list[Row]:
    """The clauses of a policy that isn't there yet."""
    names = _department_names()
    depths: dict[str, int] = {}
    rows = []
    for clause in parsed.clauses:
        depth = depths[clause.key] = depths.get(clause.parent_key, 0) + 1
        rows.append(_row(clause, clause.key, depth, names))
    return rows


def _department_names() -> dict[str, str]:
    return {row.code: row.short_name for row in Department.objects.all()}


def _row(clause: ParsedClause, key: str, depth: int, names: Mapping[str, str]) -> Row:
    codes = departments_named_in(clause.wording, DEPARTMENT_NAMES)
    return Row(
        fate="read",
        label="",
        depth=min(depth, _DEEPEST),
        line=clause.line,
        key=key,
        number=clause.number,
        heading=_plain(clause.heading),
        text=_plain(clause.text),
        departments=[names[code] for code in codes if code in names],
    )


def _plain(text: str) -> list[Span]:
    return [Span("same", text)] if text else []


def rows_of_amendment(parsed: ParsedDocument, comparison: Comparison) -> list[Row]:
    """The clauses of both texts, with what becomes of each and what the editor may choose."""
    names, labels = _department_names(), fate_labels()
    old = comparison.known
    places = {key: citing.in_words(path, path) for key, path in citing.places(old).items()}
    gone = [one.old for one in comparison.matches if one.fate == Fate.GONE and one.old]
    depths: dict[str, int] = {}
    rows = []
    for match in comparison.matches:
        depth = depths[match.key] = depths.get(match.parent_key, 0) + 1
        if match.index is None:
            rows.append(_gone_row(match, depth, labels[Fate.GONE]))
            continue
        clause = parsed.clauses[match.index]
        row = _row(clause, match.key, depth, names)
        row.fate, row.label = match.fate.value, labels[match.fate]
        if match.old is not None and match.fate != Fate.SAME:
            row.heading = marked(match.old.heading, clause.heading)
            row.text = marked(match.old.text, clause.text)
            row.move = _move(match, places)
            if match.key in comparison.lost:
                row.label, row.move = _("恢复"), _("公开的版本有这一条，草稿里没有")
        if match.fate != Fate.SAME:
            row.name = f"{_FIELD}{match.index}"
            row.chosen = match.key if match.old else AS_NEW
            row.options = _options([match.old] if match.old else [], gone, places)
        rows.append(row)
    return rows


def _gone_row(match: Match, depth: int, label: str) -> Row:
    old = match.old
    heading, text = (old.heading, old.text) if old else ("", "")
    return Row(
        fate=match.fate.value,
        label=label,
        depth=min(depth, _DEEPEST),
        line=0,
        key=match.key,
        number=old.number if old else "",
        heading=[Span("removed", heading)] if heading else [],
        text=[Span("removed", text)] if text else [],
        departments=[],
    )


def _move(match: Match, places: Mapping[str, str]) -> str:
    if match.relocated:
        return _("原在 %(place)s") % {"place": places.get(match.key, "")}
    if match.renumbered and match.old and match.new:
        return _("序号由 %(old)s 改为 %(new)s") % {
            "old": match.old.number or _("无"),
            "new": match.new.number or _("无"),
        }
    return ""


def _options(
    own: Iterable[ClauseText], gone: Iterable[ClauseText], places: Mapping[str, str]
) -> list[tuple[str, str]]:
    return [
        (AS_NEW, _("新条款")),
        *(
            (
                one.key,
                _("就是原来的 %(place)s %(words)s")
                % {"place": places[one.key], "words": (one.heading or one.text)[:16]},
            )
            for one in (*own, *gone)
        ),
    ]


def decisions(
    answers: Mapping[str, str], length: int, keys: Iterable[str]
) -> tuple[dict[int, str | None], list[str]]:
    """What the editor has chosen, clause by clause, and sentences on what can't be.

    `length` is the number of clauses read, `keys` are those of the policy's draft. A choice that
    can't be is left to the matching.
    """
    known, taken = set(keys), dict[str, int]()
    decided: dict[int, str | None] = {}
    problems = []
    for position in range(length):
        choice = answers.get(f"{_FIELD}{position}", "")
        if choice == AS_NEW:
            decided[position] = None
        elif choice in known and choice in taken:
            problems.append(
                _("原来的 %(place)s 被选了两次。一条原条款只能对应一条，请改选其中一处。")
                % {"place": citing.in_words(choice, choice)}
            )
        elif choice in known:
            taken[choice] = position
            decided[position] = choice
    return decided, problems


def without_decisions(answers: Mapping[str, str]) -> dict[str, str]:
    """The answers for when another policy is chosen to compare with."""
    return {name: value for name, value in answers.items() if not name.startswith(_FIELD)}


KIND_LABELS = {
    "label": "信息栏", "masthead": "版头", "title": "标题", "document_number": "发文字号",
    "promulgation": "公布说明", "contents": "目录", "addressees": "主送机关",
    "preamble": "通知正文",
    "plan_title": "所附文件标题", "plan_note": "题注", "plan_preamble": "引言", "clause": "条款",
    "closing": "结束语", "signature": "落款", "date": "日期", "attachment": "附件说明",
    "attachment_title": "附件标题", "attachment_text": "附件内容", "note": "附注",
    "imprint": "版记", "furniture": "网页或版面文字", "blank": "空行", "unplaced": "没有归入",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of the input and what it was taken for, in words."""

    number: int
    label: str
    text: str
    kind: str


def lines_of(blocks: Iterable[Block]) -> list[Line]:
    return [
        Line(block.line, _(KIND_LABELS.get(block.kind, block.kind)), block.text.strip(), block.kind)
        for block in blocks
        if block.text.strip()
    ]


def doubts(parsed: ParsedDocument, unmatched: Sequence[str]) -> list[str]:
    """What the document should say and doesn't, as far as it was read."""
    said = [
        (parsed.title, _("没有读到标题。")),
        (parsed.document_number, _("没有读到发文字号。")),
        (parsed.issuers, _("没有读到发文机关。")),
        (parsed.adopted_on, _("没有读到成文日期。")),
        (parsed.clauses, _("没有读到条款：没有以序号（一、（一）1. 第一条 …）开头的段落。")),
    ]
    found = [sentence for value, sentence in said if not value]
    if unmatched:
        found.append(_("没有对应部门的机关：%s。") % "、".join(unmatched))
    return found
