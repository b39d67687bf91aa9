"""From a pasted text to a ParsedDocument."""

from __future__ import annotations

from datetime import date

from .contents import find_contents
from .dates import read_date
from .document import Block, ParsedClause, ParsedDocument, Remark
from .document_numbers import find_document_numbers, normalise_document_number
from .front import read_front
from .headings import split_heading
from .lines import split_lines
from .numbering import read_marker, uses_decimals
from .organisations import issuers_of_title, names_in
from .walk import Walk
from .wrapping import join_wrapped


def parse(text: str) -> ParsedDocument:
    """Takes a pasted official document (公文) apart. Any text is accepted; nothing is dropped."""
    lines = join_wrapped(split_lines(text), text)
    decimal = uses_decimals([line.shape for line in lines])
    markers = [read_marker(line.shape, decimal=decimal) for line in lines]
    skip = find_contents(lines, markers)
    walk = Walk(text, lines, markers, skip, read_front(lines, markers, skip))
    walk.run()
    return _document(walk)


def _document(walk: Walk) -> ParsedDocument:
    front, labels = walk.front, walk.front.labels
    clauses = _clauses(walk)
    return ParsedDocument(
        title=front.title or walk.plan_title or front.masthead,
        document_number=_number(walk),
        issuers=_issuers(walk),
        addressees=front.addressees,
        adopted_on=_adopted_on(walk),
        published_on=read_date(labels.get("published_on", "")),
        source=labels.get("source", ""),
        editor=labels.get("editor", ""),
        index_number=labels.get("index_number", ""),
        preamble=_texts(walk, "preamble"),
        plan_title=walk.plan_title,
        plan_preamble=_texts(walk, "plan_preamble"),
        clauses=clauses,
        closing=_texts(walk, "closing"),
        attachments=tuple(walk.attachments),
        blocks=_blocks(walk),
        remarks=_remarks(walk),
    )


def _number(walk: Walk) -> str:
    printed = walk.front.labels.get("document_number", "")
    labelled = normalise_document_number(printed) if printed else None
    return walk.front.number or labelled or walk.front.order_number


def _issuers(walk: Walk) -> tuple[str, ...]:
    order = walk.front.order_number.partition("令")[0] if walk.front.order_number else ""
    found = (
        walk.issuers
        or walk.front.label_names()
        or walk.front.masthead_issuers
        or issuers_of_title(walk.front.title)
        or names_in(order)
        or ()
    )
    return tuple(dict.fromkeys(found))


def _adopted_on(walk: Walk) -> date | None:
    front = walk.front
    printed = (front.labels.get("adopted_on", ""), front.promulgated, front.dated)
    return next((day for day in (walk.adopted_on, *map(read_date, printed)) if day), None)


def _texts(walk: Walk, kind: str) -> tuple[str, ...]:
    pairs = zip(walk.lines, walk.kinds, strict=True)
    return tuple(line.text for line, found in pairs if found == kind)


def _clauses(walk: Walk) -> tuple[ParsedClause, ...]:
    parents = {draft.parent_key for draft in walk.drafts}
    clauses = []
    for draft in walk.drafts:
        first = walk.lines[draft.lines[0]]
        end = draft.marker.end
        followed = len(draft.lines) > 1 or draft.key in parents
        heading, mark, rest = split_heading(
            first.text[end:].strip(),
            family=draft.marker.family,
            level=draft.marker.level,
            followed=followed,
        )
        paragraphs = [rest, *(walk.lines[index].text for index in draft.lines[1:])]
        clauses.append(
            ParsedClause(
                key=draft.key,
                parent_key=draft.parent_key,
                level=draft.marker.level,
                number=first.text[:end].strip(),
                heading=heading,
                heading_mark=mark,
                text="\n".join(paragraph for paragraph in paragraphs if paragraph),
                line=first.number,
                start=first.start,
                end=walk.lines[draft.lines[-1]].end,
            )
        )
    return tuple(clauses)


def _blocks(walk: Walk) -> tuple[Block, ...]:
    """One block a line, but one for the lines of a clause that stand together."""
    runs: list[list[int]] = []
    for index, owner in enumerate(walk.owners):
        if owner and index and walk.owners[index - 1] == owner:
            runs[-1].append(index)
        else:
            runs.append([index])
    blocks = []
    for run in runs:
        first, start, end = run[0], walk.lines[run[0]].start, walk.lines[run[-1]].end
        blocks.append(
            Block(
                walk.kinds[first],
                walk.lines[first].number,
                start,
                end,
                walk.text[start:end],
                walk.owners[first],
            )
        )
    return tuple(blocks)


def _remarks(walk: Walk) -> tuple[Remark, ...]:
    remarks = []
    for line, kind in zip(walk.lines, walk.kinds, strict=True):
        if kind == "unplaced":
            words = line.text[:30] + ("…" if len(line.text) > 30 else "")
            sentence = f"第{line.number}行没有归入正文的任何部分，请核对：{words}"
            remarks.append(Remark(line.number, "unplaced", sentence))
        for found in find_document_numbers(line.text):
            where = f"第{line.number}行的文号“{found.printed}”"
            if found.wrong_brackets:
                sentence = f"{where}没有用六角括号，规范写法是“{found.normal}”。"
                remarks.append(Remark(line.number, "wrong-brackets", sentence))
            elif found.wrong_form:
                sentence = f"{where}写法不规范，规范写法是“{found.normal}”。"
                remarks.append(Remark(line.number, "wrong-number-form", sentence))
    return tuple(remarks)
