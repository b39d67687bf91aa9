"""What entries are told apart by, written once for each combination."""

from __future__ import annotations

import json
from typing import Any

from search.analysis.entry import SearchEntry
from search.analysis.normalise import readable
from search.engine.models import SearchFacet


def facet_of(entry: SearchEntry) -> SearchFacet:
    """The row for the entry's combination, made where it is new. One query."""
    values: dict[str, Any] = {
        "type": entry.type,
        "departments": [readable(name) for name in entry.departments],
        "areas": [readable(name) for name in entry.areas],
        "audience": [readable(name) for name in entry.audience],
        "validity": entry.validity,
        "year": entry.published_on.year if entry.published_on else None,
    }
    signature = json.dumps(values, ensure_ascii=False, sort_keys=True)
    return SearchFacet.objects.get_or_create(signature=signature, defaults=values)[0]
