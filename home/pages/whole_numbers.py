"""Whole numbers that come in from outside: an id in an address, a place in a list, a version."""

from __future__ import annotations

# So many digits fit into 64 bits whatever they are: no database is asked for what it can't hold.
# (Python itself refuses to read more than 4,300 of them.)
MOST_DIGITS = 18


def whole_number(text: str) -> int | None:
    """The number that stands there in plain digits, from 0 up; None for anything else."""
    plain = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if plain else None
