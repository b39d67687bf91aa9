"""The search of the editors' side: listings and choosers of the admin, in Chinese.

Wagtail looks things up through a backend of modelsearch, and each of its own keeps a Chinese
sentence as one word. This one is the stock backend of the database in use (SQLite, PostgreSQL)
with its text cut by `search.analysis`, for the index and the query alike. It shares nothing else
with the public's search: editors look for titles they know, in drafts too.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

# Goes up with every change of the tokens: what was written before is then written anew.
VERSION = 1


def SearchBackend(params: dict[str, Any]) -> Any:
    """The backend of the database in use."""
    if connection.vendor == "sqlite":
        from search.engine.admin_backend.sqlite import ChineseSQLiteBackend

        return ChineseSQLiteBackend(params)
    if connection.vendor == "postgresql":
        from search.engine.admin_backend.postgres import ChinesePostgresBackend

        return ChinesePostgresBackend(params)
    raise ImproperlyConfigured(f"The admin can't be searched on {connection.vendor}.")
