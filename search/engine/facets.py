"""What entries are told apart by, written once for each combination."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from search.analysis.entry import SearchEntry
from search.analysis.normalise import readable
from search.engine.models import SearchFacet


def facets_of(entries: Sequence[SearchEntry]) -> list[int]:
    """The ids of the entries' combinations, made where they are new. At most three queries."""
    wanted = [_values(entry) for entry in entries]
    signatures = [json.dumps(one, ensure_ascii=False, sort_keys=True) for one in wanted]
    known = _known(signatures)
    new = {
        signature: SearchFacet(signature=signature, **values)
        for signature, values in zip(signatures, wanted, strict=True)
        if signature not in known
    }
    if new:
        # Somebody else may write the same at this moment: theirs is as good as ours.
        SearchFacet.objects.bulk_create(new.values(), ignore_conflicts=True)
        known |= _known(list(new))
    return [known[signature] for signature in signatures]


def _known(signatures: Sequence[str]) -> dict[str, int]:
    rows = SearchFacet.objects.filter(signature__in=set(signatures))
    return dict(rows.values_list("signature", "pk"))


def _values(entry: SearchEntry) -> dict[str, Any]:
    return {
        "type": entry.type,
        "departments": [readable(name) for name in entry.departments],
        "areas": [readable(name) for name in entry.areas],
        "audience": [readable(name) for name in entry.audience],
        "validity": entry.validity,
        "year": entry.published_on.year if entry.published_on else None,
    }
