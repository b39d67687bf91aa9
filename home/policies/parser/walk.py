"""The walk through an official document, line by line, each line placed once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .ending import (
    Signed,
    attachment_entry,
    attachment_mark,
    attachments_listed,
    find_signatures,
    kind_below,
)
from .front import Front, is_sentence
from .lines import Line, squash
from .numbering import Keys, Marker
from .organisations import issuers_of_title, names_in
from .titles import LONGEST, MOST_LINES, bare_name, is_complete, is_version, join_title, named_in


@dataclass(slots=True)
class Draft:
    """A clause while its paragraphs are being collected."""

    key: str
    parent_key: str
    marker: Marker
    lines: list[int]


@dataclass(slots=True)
class Walk:
    """The walk through a document, and what it found; `run()` walks.

    `kinds` and `owners` have an entry a line: what the line is, and the key of its clause. `phase`
    is one of:

    lead (above the first clause), body (in clauses), after (below a signature), plan (between the
    plan's title and its first clause), attached (in the text of an attachment).
    """

    text: str
    lines: list[Line]
    markers: list[Marker | None]
    skip: set[int]
    front: Front
    phase: str = "lead"
    kinds: list[str] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    met: set[tuple[str, int]] = field(default_factory=set)
    keys: Keys = field(default_factory=Keys)
    named: set[str] = field(default_factory=set)
    signed: dict[int, Signed] = field(default_factory=dict)
    plan_title: str = ""
    issuers: list[str] = field(default_factory=list)
    adopted_on: date | None = None
    attachments: list[str] = field(default_factory=list)
    listed: set[str] = field(default_factory=set)
    listed_numbers: set[int] = field(default_factory=set)
    list_number: int | None = None
    known_names: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Places every line that isn't part of the front."""
        front = self.front
        self.kinds = front.kinds + [""] * (len(self.lines) - front.end)
        self.owners = [""] * len(self.lines)
        self.named = named_in(front.title)
        self.plan_title = front.plan_title
        self.phase = "plan" if front.plan_title else "lead"
        self.known_names = {*front.label_names(), *front.masthead_issuers}
        self.known_names.update(issuers_of_title(front.title))
        self.signed = find_signatures(self.lines, front.end)
        for index in range(front.end, len(self.lines)):
            if not self.kinds[index]:
                self._place(index)

    def _place(self, index: int) -> None:
        line = self.lines[index]
        list_number, self.list_number = self.list_number, None
        if not line.text:
            self.kinds[index] = "blank"
            self.list_number = list_number
        elif index in self.skip:
            self.kinds[index] = "contents"
        elif index in self.signed and (self.phase != "attached" or self._is_signed(index)):
            self._sign(index)
        elif list_number is not None and (entries := attachment_entry(line, list_number)):
            self._list(index, entries)
        elif (mark := attachment_mark(line)) is not None and self._is_below_text():
            self.kinds[index] = "attachment_title"
            self._begin_attachment(index + 1, mark)
        elif entries := attachments_listed(line):
            self._list_or_begin(index, entries)
        elif kind := kind_below(line, ended=self.phase == "after"):
            self.kinds[index] = kind
        elif marker := self._clause_marker(index):
            self._clause(index, marker)
        else:
            self._words(index)

    def _is_below_text(self) -> bool:
        """Whether a bare 附件 may begin an attachment here: below a text, not above it."""
        return bool(self.drafts) or self.phase in ("after", "plan", "attached")

    # Signature and attachments

    def _sign(self, index: int) -> None:
        signed = self.signed[index]
        self.kinds[index] = "date" if signed.day and not signed.names else "signature"
        if self.phase == "attached":
            self.keys.stack.clear()
            return
        if self.adopted_on is None:
            self.issuers.extend(signed.names)
            self.adopted_on = signed.day
        self.phase = "after"

    def _is_signed(self, index: int) -> bool:
        """Whether a date in an attachment closes a text: below the names of those who signed."""
        around = (index, index - 1) if self.signed[index].day else (index, index + 1)
        both = [self.signed[i] for i in around if i in self.signed]
        return any(one.names for one in both) and any(one.day for one in both)

    def _list(self, index: int, entries: list[tuple[int, str]]) -> None:
        self.kinds[index] = "attachment"
        for number, name in entries:
            self._name_attachment(number, name)
        self.list_number = entries[-1][0] or None

    def _list_or_begin(self, index: int, entries: list[tuple[int, str]]) -> None:
        """附件1:某某表 names an attachment; met again below the text, it begins it."""
        number, name = entries[0]
        if self.phase in ("after", "attached") and len(entries) == 1 and self._is_listed(name):
            self._begin_with_title([index], name, number)
        else:
            self._list(index, entries)

    def _is_listed(self, name: str) -> bool:
        return bare_name(name) in self.listed

    def _name_attachment(self, number: int, name: str) -> None:
        self.attachments.append(name)
        self.listed.add(bare_name(name))
        self.listed_numbers.add(number)

    def _begin_attachment(self, index: int, number: int) -> None:
        """Below a bare 附件: its title, which may be the plan's that the notice forwards."""
        while index < len(self.lines) and not self.lines[index].text:
            self.kinds[index] = "blank"
            index += 1
        group = self._title_at(index)
        title = join_title([self.lines[i] for i in group])
        if not group:
            self.phase = "attached"
            self.keys.begin(f"att{number}")
            return
        self._begin_with_title(group, title, number)

    def _begin_with_title(self, group: list[int], title: str, number: int) -> None:
        named = squash(title) in self.named
        if not self.plan_title and (named or (number < 2 and not self.drafts)):
            self._begin_plan(group, title)
            return
        for index in group:
            self.kinds[index] = "attachment_title"
        self.phase = "attached"
        self.keys.begin(f"att{number}")
        # 附件2 may bear another title than the list gave it; it is the same attachment.
        if not self._is_listed(title) and not (number and number in self.listed_numbers):
            self._name_attachment(number, title)

    def _begin_plan(self, group: list[int], title: str) -> None:
        """The text a notice forwards; a second one in the same notice counts as an attachment."""
        for index in group:
            self.kinds[index] = "attachment_title" if self.plan_title else "plan_title"
        self.phase = "attached" if self.plan_title else "plan"
        self.plan_title = self.plan_title or title
        self.keys.begin("")

    def _title_at(self, index: int) -> list[int]:
        """The lines of a title that begins here, none where a paragraph or a clause does.

        Where the lines never make a whole title, the first alone is taken for one.
        """
        group: list[int] = []
        while index < len(self.lines) and len(group) < MOST_LINES and self._may_be_title(index):
            group.append(index)
            title = join_title([self.lines[i] for i in group])
            if is_complete(title) or squash(title) in self.named or self._is_listed(title):
                below = index + 1
                if below < len(self.lines) and is_version(self.lines[below]):
                    group.append(below)
                return group
            index += 1
        return group[:1]

    def _may_be_title(self, index: int) -> bool:
        line = self.lines[index]
        return (
            bool(line.text)
            and not is_sentence(line)
            and not self.markers[index]
            and index not in self.signed
            and attachment_mark(line) is None
            and not attachments_listed(line)
            and not kind_below(line, ended=True)
        )

    # Clauses and paragraphs

    def _clause_marker(self, index: int) -> Marker | None:
        """The number that begins a clause here; items inside an article begin none."""
        marker = self.markers[index]
        if marker is None:
            return None
        if self.keys.stays_in_article(marker):
            self.keys.take_item(marker)
            return None
        return None if marker.doubtful and not self.keys.continues(marker) else marker

    def _clause(self, index: int, marker: Marker) -> None:
        key, parent_key = self.keys.give(marker)
        self.drafts.append(Draft(key, parent_key, marker, []))
        self.met.add((marker.family, marker.level))
        if self.phase != "attached":
            self.phase = "body"
        self._add_to_clause(index)

    def _add_to_clause(self, index: int) -> None:
        self.drafts[-1].lines.append(index)
        self.kinds[index] = "clause"
        self.owners[index] = self.drafts[-1].key

    def _words(self, index: int) -> None:
        """A paragraph without a number: what it belongs to depends on what came before."""
        line = self.lines[index]
        if not self.plan_title and self.named and squash(line.text[:LONGEST]) in self.named:
            self._begin_plan([index], line.text)
        elif self.phase in ("lead", "body") and self._is_undated_signature(line):
            self.kinds[index] = "signature"
            self.issuers.extend(names_in(line.text) or ())
            self.phase = "after"
        elif self.phase == "lead":
            self.kinds[index] = "preamble"
        elif self.phase == "plan":
            bracketed = line.shape.startswith("(") and line.shape.endswith(")")
            above = index and self.kinds[index - 1] in ("plan_title", "plan_note")
            self.kinds[index] = "plan_note" if bracketed and above else "plan_preamble"
        elif self.phase == "body":
            if group := self._new_text_at(index):
                self._begin_plan(group, join_title([self.lines[i] for i in group]))
            else:
                self._add_to_clause(index)
        elif self.phase == "attached":
            if self.keys.stack:
                self._add_to_clause(index)
            else:
                self.kinds[index] = "attachment_text"
        else:
            self._words_after(index)

    def _new_text_at(self, index: int) -> list[int]:
        """The title of a further text between clauses: whole, and numbering begins again below."""
        if len(self.lines[index].text) > 60 or not self._may_be_title(index):
            return []
        group = self._title_at(index)
        if not group or not is_complete(join_title([self.lines[i] for i in group])):
            return []
        for below in range(group[-1] + 1, min(group[-1] + 4, len(self.lines))):
            marker = self.markers[below]
            if marker:
                first = marker.path[-1] == 1 and not self.keys.stays_in_article(marker)
                top = marker.family != "outline" or marker.level == 1
                return group if first and top and (marker.family, marker.level) in self.met else []
        return []

    def _is_undated_signature(self, line: Line) -> bool:
        if not self.known_names or len(line.text) > LONGEST or is_sentence(line):
            return False
        names = names_in(line.text)
        return bool(names) and self.known_names.issuperset(names or ())

    def _words_after(self, index: int) -> None:
        """Below a signature: the title of the text that a notice forwards, or nothing known."""
        group = self._title_at(index)
        title = join_title([self.lines[i] for i in group])
        below = group[-1] + 1 if group else index
        while below < len(self.lines) and not self.lines[below].text:
            below += 1
        opens = group and below < len(self.lines) and not self._ends_at(below)
        known = squash(title) in self.named or is_complete(title)
        if opens and (known or not self.drafts):
            self._begin_plan(group, title)
        else:
            self.kinds[index] = "unplaced"

    def _ends_at(self, index: int) -> bool:
        """Whether no text follows here: neither clause nor paragraph nor a note on adoption."""
        line = self.lines[index]
        follows = self.markers[index] or is_sentence(line) or line.shape.startswith("(")
        return not (follows or index in self.skip)
