"""How good an order of results is: nDCG@10, the one place where it is worked out. Pure.

Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques (2002), with the gains
2^grade - 1 that web search uses. Used by the editors' check (`search.engine.quality`) and by the
development set in tests/search/.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

# Results beyond these are hardly read.
DEPTH = 10


def ndcg(ids: Sequence[str], grades: Mapping[str, int]) -> float:
    """The gain of the first `DEPTH` results, as a share of what the best order would give: 0 to 1.

    A result with grade g at place p gains (2^g - 1) / log2(p + 1); one without a grade gains
    nothing. `grades` must hold something to be found.
    """
    best = sorted(grades.values(), reverse=True)
    return _dcg([grades.get(one, 0) for one in ids]) / _dcg(best)


def _dcg(grades: Sequence[int]) -> float:
    return sum(
        (2**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades[:DEPTH], 1)
    )
