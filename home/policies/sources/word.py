"""The text of a .docx, paragraph by paragraph, in the document's order."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.utils.translation import gettext as _

from . import limits
from .package import Package, elements
from .plain import checked
from .refusal import broken
from .word_numbers import Element, Numbers, child, children, local

# Deleted text, instructions of fields, the reading aid above characters, and what isn't text.
_SILENT = {
    "pPr", "rPr", "tblPr", "tblGrid", "trPr", "tcPr", "sectPr", "sdtPr", "sdtEndPr",
    "del", "moveFrom", "delText", "delInstrText", "instrText", "rt", "rubyPr",
}  # fmt: skip
_CHARACTERS = {
    "tab": "\t",
    "ptab": "\t",
    "br": "\n",
    "cr": "\n",
    "noBreakHyphen": "-",
    "sym": "□",
}
_PAGE_NUMBER = re.compile(r"[\s\d—–\-－·第页共/]*")


@dataclass(slots=True)
class _Reader:
    """What is met on the way through the parts of one document."""

    numbers: Numbers
    met: Counter[str] = field(default_factory=Counter)
    size: int = 0

    def lines(self, element: Element) -> list[str]:
        """The printed lines of a block: a paragraph, a table, or what holds some."""
        name = local(element)
        if name == "p":
            return self._paragraph(element)
        if name == "tbl":
            return [line for row in self._rows(element) for line in self._row(row)]
        if name in _SILENT:
            self._note(element)
            return []
        if name == "AlternateContent":
            return self.lines(_chosen(element))
        if name == "altChunk":
            self.met["altChunk"] += 1
        return [line for one in element for line in self.lines(one)]

    def _paragraph(self, element: Element) -> list[str]:
        number = self.numbers.before(child(element, "pPr"))
        beside: list[str] = []
        words = "".join(self._words(one, beside) for one in element)
        self.size += len(words)
        if self.size > limits.MOST_CHARACTERS:
            checked(" " * self.size + "。")  # says so
        # An empty paragraph of a list bears its number in Word too, but nobody meant it.
        text = f"{number}{words}" if words.strip() else words
        return [*text.split("\n"), *beside]

    def _words(self, element: Element, beside: list[str]) -> str:
        """The text of a run, or of what stands in a paragraph; blocks in it go to `beside`."""
        name = local(element)
        if name == "t":
            return element.text or ""
        if name in _CHARACTERS:
            self.met[name] += 1
            return _CHARACTERS[name]
        if name in _SILENT:
            self._note(element)
            return ""
        if name == "txbxContent":
            for one in element:
                beside += [line for line in self.lines(one) if line.strip()]
            return ""
        if name == "AlternateContent":
            return self._words(_chosen(element), beside)
        if name in ("pict", "drawing", "object", "footnoteReference", "commentReference"):
            self.met[name] += 1
        return "".join([self._words(one, beside) for one in element])

    def _note(self, element: Element) -> None:
        if local(element) in ("del", "moveFrom"):
            self.met["del"] += 1

    def _rows(self, element: Element) -> list[Element]:
        rows = []
        for one in element:
            if local(one) == "tr":
                rows.append(one)
            elif local(one) in ("sdt", "sdtContent", "customXml", "ins"):
                rows += self._rows(one)
        return rows

    def _row(self, row: Element) -> list[str]:
        """A row as a line, its cells set apart by tabs; a row of one cell as the lines it holds."""
        cells = self._cells(row)
        if len(cells) == 1:
            return self.lines(cells[0])
        told = ["　".join(filter(str.strip, self.lines(cell))) for cell in cells]
        return ["\t".join(told)] if any(told) else []

    def _cells(self, row: Element) -> list[Element]:
        cells = []
        for one in row:
            if local(one) == "tc":
                cells.append(one)
            elif local(one) in ("sdt", "sdtContent", "customXml", "ins"):
                cells += self._cells(one)
        return cells


def _chosen(alternatives: Element) -> Element:
    """Of the same content said twice, the newer way; the other is for older programs."""
    for name in ("Choice", "Fallback"):
        for one in children(alternatives, name):
            return one
    return alternatives.makeelement("nothing")


def read_word(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text of a .docx, and sentences on what of it is no text. Raises Refusal."""
    package = Package(data)
    folder = PurePosixPath(package.main).parent
    reader = _Reader(
        Numbers.read(
            package.tree(str(folder / "numbering.xml")), package.tree(str(folder / "styles.xml"))
        )
    )
    main = package.part(package.main, limits.MAIN_PART_BYTES)
    if main is None:
        raise broken()
    lines = _body(reader, main)
    for part, kind in (("footnotes.xml", "footnote"), ("endnotes.xml", "endnote")):
        lines += _foot(reader, package, str(folder / part), kind)
    return "\n".join(lines), _notes(reader, package, folder)


def _body(reader: _Reader, main: bytes) -> list[str]:
    """Reads block after block and lets go of each, so that a long document takes no more room."""
    lines: list[str] = []
    body: Element | None = None
    for event, element in elements(main):
        if body is None:
            if event == "start" and local(element) == "body":
                body = element
        elif event == "end" and element.getparent() is body:
            lines += reader.lines(element)
            element.clear()
            while element.getprevious() is not None:
                del body[0]
    if body is None:
        raise broken()
    return lines


def _foot(reader: _Reader, package: Package, name: str, kind: str) -> list[str]:
    """Notes at the foot, as lines at the end, so that nothing is lost and somebody places them."""
    tree = package.tree(name)
    lines = []
    for note in children(tree, kind):
        words = "".join(reader.lines(note)).strip()
        if words:
            reader.met["foot"] += 1
            lines.append(f"注：{words}")
    return lines


def _notes(reader: _Reader, package: Package, folder: PurePosixPath) -> tuple[str, ...]:
    met = reader.met
    pictures = met["pict"] + met["drawing"] + met["object"]
    notes = [
        sentence % {"count": count}
        for count, sentence in (
            (pictures, _("有 %(count)d 处图片、图形或嵌入对象；图里的文字读不出来，请核对。")),
            (met["del"], _("有 %(count)d 处未接受的修订，已按接受修订后的文字读入。")),
            (met["foot"], _("有 %(count)d 条脚注或尾注，放在全文最后，请核对。")),
            (met["sym"], _("有 %(count)d 个特殊符号读不出来，以“□”代替。")),
            (met["altChunk"], _("有 %(count)d 处嵌入的外部文档没有读入。")),
            (met["commentReference"], _("有 %(count)d 条批注没有读入。")),
        )
        if count
    ]
    if words := _margins(reader, package, folder):
        notes.append(_("页眉、页脚里的文字没有读入：%(words)s") % {"words": words[:100]})
    return tuple(notes)


def _margins(reader: _Reader, package: Package, folder: PurePosixPath) -> str:
    """What headers and footers say beyond page numbers."""
    said = []
    pattern = re.compile(rf"{re.escape(str(folder))}/(?:header|footer)\d*\.xml")
    for name in sorted(package.names)[: limits.MOST_ENTRIES]:
        if pattern.fullmatch(name) and (tree := package.tree(name)) is not None:
            words = " ".join(line.strip() for line in reader.lines(tree) if line.strip())
            if words and not _PAGE_NUMBER.fullmatch(words):
                said.append(words)
    return "；".join(dict.fromkeys(said))
