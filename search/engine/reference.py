"""What search can't do without, for `manage.py load_reference`."""

from __future__ import annotations

from search.engine import synonyms


def load() -> str:
    return synonyms.load()
