"""What was read of a document, as plain data for programs and for people who check it."""

from __future__ import annotations

from typing import Any

from home.policies.parser import Block, ParsedDocument
from home.policies.sources import Source

# Where each kind of line goes. What is in neither column is taken into the page.
LEFT_OUT = frozenset(
    {"closing", "contents", "attachment_text", "note", "imprint", "plan_note", "unplaced"}
)
# What an editor has to see to before a page is made of the rest.
TO_BE_SEEN_TO = frozenset({"unplaced", "attachment_text"})


def left_out(parsed: ParsedDocument) -> list[Block]:
    """The lines that no field of the page holds."""
    return [block for block in parsed.blocks if block.kind in LEFT_OUT]


def reconstructs(text: str, parsed: ParsedDocument) -> bool:
    """Whether the blocks, in order, and the clauses give back every character but white space."""
    read = _bare("".join(block.text for block in parsed.blocks))
    clauses: dict[str, str] = {}
    for block in parsed.blocks:
        if block.key:
            clauses[block.key] = clauses.get(block.key, "") + _bare(block.text)
    return read == _bare(text) and all(
        _visible(clauses.get(one.key, ""))
        == _visible(_bare(one.number + one.heading + one.heading_mark + one.text))
        for one in parsed.clauses
    )


def _bare(text: str) -> str:
    return "".join(text.split())


# Characters without width stand around lines in pasted texts; a clause is kept without them.
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))


def _visible(text: str) -> str:
    return text.translate(_INVISIBLE)


def report(source: Source, parsed: ParsedDocument) -> dict[str, Any]:
    """Metadata, clauses and what could not be placed; dates are ISO 8601, absent values null."""
    return {
        "title": parsed.title or None,
        "document_number": parsed.document_number or None,
        "issuers": list(parsed.issuers),
        "addressees": parsed.addressees or None,
        "adopted_on": parsed.adopted_on.isoformat() if parsed.adopted_on else None,
        "published_on": parsed.published_on.isoformat() if parsed.published_on else None,
        "index_number": parsed.index_number or None,
        "source": parsed.source or None,
        "plan_title": parsed.plan_title or None,
        "attachments": list(parsed.attachments),
        "clauses": [
            {
                "key": clause.key,
                "parent_key": clause.parent_key or None,
                "level": clause.level,
                "number": clause.number,
                "heading": clause.heading or None,
                "text": clause.text or None,
                "line": clause.line,
            }
            for clause in parsed.clauses
        ],
        "unplaced": [{"line": block.line, "text": block.text} for block in parsed.unplaced],
        "remarks": [
            {"line": remark.line, "code": remark.code, "message": remark.message}
            for remark in parsed.remarks
        ],
        "notes": list(source.notes),
        "reconstructs": reconstructs(source.text, parsed),
    }
