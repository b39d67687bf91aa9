"""The demo's graded queries: what editors see when they check the search for the first time.

The grades were given by reading the plan and the demo's content. Each says 示例 in its note.
"""

from __future__ import annotations

from ops.demo.site import CONTENT
from search.engine import quality_exchange


def load() -> str:
    """Adds what is not there yet; what editors changed since stays as they left it."""
    text = (CONTENT / "test_queries.jsonl").read_text(encoding="utf-8")
    loaded = quality_exchange.load(text, renew=False)
    return f"search: {loaded.new} graded queries made"
