"""System checks of search."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from search.engine.engines import engine_name


@register()
def search_engine_is_known(**kwargs: Any) -> list[CheckMessage]:
    """SEARCH_URL must name an engine that this product has."""
    try:
        engine_name(getattr(settings, "SEARCH_URL", ""), connection.vendor)
    except ImproperlyConfigured as error:
        return [Error(str(error), id="search.E001")]
    return []


@register()
def sqlite_can_search(**kwargs: Any) -> list[CheckMessage]:
    """The SQLite of this Python must have FTS5, and AS MATERIALIZED (3.35, March 2021)."""
    if connection.vendor != "sqlite":
        return []
    errors: list[CheckMessage] = []
    if sqlite3.sqlite_version_info < (3, 35):
        errors.append(
            Error(
                f"SQLite {sqlite3.sqlite_version} is too old to search: 3.35 or later is needed.",
                id="search.E002",
            )
        )
    with closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute("CREATE VIRTUAL TABLE probe USING fts5(text)")
        except sqlite3.OperationalError as error:
            errors.append(Error(f"This SQLite can't search full texts: {error}", id="search.E003"))
    return errors
