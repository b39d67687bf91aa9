"""Titles inside a sentence, in book marks (书名号)."""

from __future__ import annotations

# GB/T 15834-2011, 4.15: inside 《》 further marks are 〈〉.
_INNER = str.maketrans("《》", "〈〉")


def inside_marks(title: str) -> str:
    """A title as it stands between 《 and 》: 关于印发〈方案〉的通知."""
    return title.translate(_INNER)
