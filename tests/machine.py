"""What this machine has for the tests that need more than Python."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.services import clamd

SERVERS = {
    "postgres": ("DATABASE_URL", ("postgres", "postgresql", "psql")),
    "redis": ("BROKER_URL", ("redis", "rediss")),
    "elasticsearch": ("SEARCH_URL", ("http", "https")),
}


def chromium() -> str | None:
    """Chromium's path: CHROMIUM, or Debian's."""
    named = os.environ.get("CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


def what_is_missing(item: pytest.Item) -> str:
    """What a test's markers ask for that is not here; empty where all is."""
    if item.get_closest_marker("browser") and chromium() is None:
        return "Chromium"
    marker = item.get_closest_marker("services")
    for server in (marker.args or tuple(SERVERS)) if marker else ():
        if server == "clamd":  # its tests start one of their own
            if clamd.program() is None:
                return "ClamAV's clamd"
            continue
        variable, schemes = SERVERS[server]
        if os.environ.get(variable, "").partition(":")[0] not in schemes:
            return f"{server}, named by {variable}"
        # Its programs, for nodes that a test may kill.
        if server == "elasticsearch" and not os.environ.get("ELASTICSEARCH_HOME"):
            return "Elasticsearch's programs, named by ELASTICSEARCH_HOME"
    return ""
