"""Search for programs: /api/v1/search."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status

from search.engine import services
from search.engine.asking import BadRequest, read_chosen, read_query

router = Router(tags=["search"])


class Result(Schema):
    """One result. `id` outlives rebuilds; `url` is a path, with the clause's anchor."""

    id: str
    external_id: str
    type: str
    title: str
    url: str
    snippet: str
    score: float


class Results(Schema):
    """How many entries answer the query, and the best of them.

    `degraded` is there, and true, only where something may be missing for the moment.
    """

    total: int
    results: list[Result]
    degraded: bool | None = None


class Refusal(Schema):
    """Why the request can't be answered, in Chinese."""

    detail: str


@router.get(
    "/search",
    response={200: Results, 400: Refusal},
    exclude_unset=True,
    summary="Search pages and clauses",
)
def search(
    request: HttpRequest,
    response: HttpResponse,
    q: str = "",
    type: str = "",
    department: str = "",
    area: str = "",
    audience: str = "",
    validity: str = "",
    year: str = "",
    limit: int = Query(20, ge=1, le=services.MOST_RESULTS),
) -> Any:
    """The best `limit` results, narrowed to what is given.

    `department`, `area` and `audience` are names as the results page offers them, `validity` is
    in-force, amended, expired or repealed, `year` that of publication.
    """
    response["Cache-Control"] = "no-store"
    narrowed = {
        "type": type,
        "department": department,
        "area": area,
        "audience": audience,
        "validity": validity,
        "year": year,
    }
    try:
        query, chosen = read_query(q), read_chosen(narrowed)
    except BadRequest as error:
        return Status(400, {"detail": error.sentence})
    found = services.search(query, chosen, limit=limit)
    fields = tuple(Result.model_fields)
    return {
        "total": found.total,
        "results": [{name: getattr(one, name) for name in fields} for one in found.results],
        **({"degraded": True} if found.degraded else {}),
    }
