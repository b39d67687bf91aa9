"""Writing the site's published content as lines of JSON, one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from home.pages.visibility import publicly_visible
from ops.exchange.lines import ContentLine, Kind
from ops.exchange.pages import KINDS, PageKind

CHUNK = 100
Remark = Callable[[str, str], None]


def exported(kinds: Collection[Kind], remark: Remark) -> Iterator[ContentLine]:
    """Every public page of these types, type by type in the order of the tree.

    `remark` is told the external id of a page and a sentence in Chinese where the line says less
    than the page.
    """
    for kind in Kind:
        if kind in kinds:
            yield from _of_kind(KINDS[kind], remark)


def _of_kind(one: PageKind, remark: Remark) -> Iterator[ContentLine]:
    pages = publicly_visible(one.model.objects.order_by("path"))
    for page in one.with_relations(pages).iterator(chunk_size=CHUNK):
        line = one.line(page, _external_id(page, one.kind))
        for sentence in one.unprinted(page, line):
            remark(line.external_id, sentence)
        yield line


def _external_id(page: Any, kind: Kind) -> str:
    """The page's own, or for one that editors made a name that is always the same."""
    return page.external_id or f"{kind}:{page.slug}"
