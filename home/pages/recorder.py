"""Notes what a page is made of while it is rendered.

A published page is finished bytes (design, section 6): when one of its ingredients changes, the
bytes must go. Whoever reads something into a public page says so with `note`; the published tree
asks `recording` afterwards. Outside a recording `note` costs nothing and does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Ingredient(NamedTuple):
    """A kind ("page", "clause", "service", "settings", "menu", "unit", …) and which one."""

    kind: str
    key: str


_current: ContextVar[set[Ingredient] | None] = ContextVar("page_ingredients", default=None)


def note(kind: str, key: object = "") -> None:
    """Says that the page being rendered shows this."""
    current = _current.get()
    if current is not None:
        current.add(Ingredient(kind, str(key)))


@contextmanager
def recording() -> Iterator[set[Ingredient]]:
    """Collects what is noted inside the block; an inner recording also feeds the outer one."""
    outer = _current.get()
    collected: set[Ingredient] = set()
    token = _current.set(collected)
    try:
        yield collected
    finally:
        _current.reset(token)
        if outer is not None:
            outer |= collected
