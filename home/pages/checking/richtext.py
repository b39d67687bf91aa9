"""What rich text holds, read from the form in which the database keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "tr", "blockquote"})
CELLS = frozenset({"td", "th"})


@dataclass(slots=True)
class RichText:
    """Rich text taken apart. `words` has a line for a paragraph and a tab between table cells."""

    words: str = ""
    links: list[dict[str, str]] = field(default_factory=list)
    embeds: list[dict[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = RichText()
        self._pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.found.links.append(values)
        elif tag == "embed":
            self.found.embeds.append(values)
        elif tag == "img":  # pasted or imported; Wagtail's own pictures are embeds
            self.found.embeds.append(values | {"embedtype": "image"})
        elif tag in BLOCKS:
            self._pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._pieces.append("\n")
        elif tag in CELLS:
            self._pieces.append("\t")

    def handle_data(self, data: str) -> None:
        self._pieces.append(data.replace("\n", " "))

    def close(self) -> None:
        super().close()
        lines = (line.strip(" ") for line in "".join(self._pieces).split("\n"))
        self.found.words = "\n".join(line for line in lines if line.strip())


def read_rich_text(html: str) -> RichText:
    """The words, links and embeds of rich text, in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.found
