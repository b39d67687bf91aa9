"""What the parser gives back: plain, frozen values, each with its place in the pasted text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the input and what it was taken for.

    The blocks of a document, in order, give back every character of the input, white space apart.
    `kind` is one of: label, masthead, title, document_number, promulgation, contents, addressees,
    preamble, plan_title, plan_note, plan_preamble, clause, closing, signature, date, attachment,
    attachment_title, attachment_text, note, imprint, furniture (of the web page around it), blank,
    unplaced. `key` is the clause's where the kind is clause, else empty. `line` counts from 1;
    `start` and `end` are offsets into the input, and `text` is what stands there.
    """

    kind: str
    line: int
    start: int
    end: int
    text: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something an editor should look at: a line, a stable code and a sentence in Chinese."""

    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ParsedClause:
    """A numbered paragraph and the unnumbered ones that follow it (条款).

    `level` is the shape of the number, not the depth: 一、 is 1, (一) 2, 1. 3, (1) 4, ① 5; 第X编,
    第X部分 and 第X章 are 1, 第X节 2, 第X条 3; a decimal 1.2.3 has as many as it has numbers.
    `parent_key` tells the nesting. An article keeps its (一) items in its text, because the
    paragraphs after them belong to the article and an article is cited as a whole.

    `number` is printed form, `heading` the words before the first 。 where they are a heading,
    `heading_mark` the mark that closed it, `text` the rest, one paragraph a line. The four of them
    joined are the clause's source, white space apart.
    """

    key: str
    parent_key: str
    level: int
    number: str
    heading: str
    heading_mark: str
    text: str
    line: int
    start: int
    end: int

    @property
    def wording(self) -> str:
        """Heading and text as they were printed, without the number."""
        return f"{self.heading}{self.heading_mark}{self.text}"


@dataclass(frozen=True, slots=True)
class ParsedStage:
    """A span of time that a clause's heading sets: the first day of a month to the last of one."""

    key: str
    name: str
    starts: date
    ends: date


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """An official document (公文) taken apart; strings are empty where the text says nothing."""

    title: str
    document_number: str
    issuers: tuple[str, ...]
    addressees: str
    adopted_on: date | None
    published_on: date | None
    source: str
    editor: str
    index_number: str
    preamble: tuple[str, ...]
    plan_title: str
    plan_preamble: tuple[str, ...]
    clauses: tuple[ParsedClause, ...]
    closing: tuple[str, ...]
    attachments: tuple[str, ...]
    blocks: tuple[Block, ...]
    remarks: tuple[Remark, ...]

    @property
    def unplaced(self) -> tuple[Block, ...]:
        return tuple(block for block in self.blocks if block.kind == "unplaced")
