"""Policies for programs: /api/v1/policies/. Reads only what everybody may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status

from home.pages.visibility import publicly_visible
from home.policies import interchange
from home.policies.models import PolicyPage, Validity
from home.policies.selectors import public_policy

router = Router(tags=["policies"])


class Policy(Schema):
    """A policy in a list. Dates are ISO 8601, `url` is a path, `validity` is a stable code."""

    id: int
    external_id: str
    slug: str
    title: str
    document_number: str
    index_number: str
    topic: str
    adopted_on: str | None
    published_on: str | None
    validity: Validity
    validity_label: str
    validity_note: str
    expires_on: str | None
    repealed_on: str | None
    summary: str
    url: str


class Policies(Schema):
    """How many policies there are, and those from `offset` on, the newest first."""

    total: int
    results: list[Policy]


class Reference(Schema):
    """Another document."""

    title: str
    document_number: str
    url: str


class Document(Policy):
    """A policy in full, without its clauses. `edition` is the number of its newest edition."""

    addressees: str
    source: str
    source_url: str
    issuers: list[str]
    preamble: str
    plan_title: str
    plan_preamble: str
    attachments: list[str]
    superseded_by: Reference | None
    supersedes: list[Reference]
    edition: int | None
    edition_published_at: str | None
    change_note: str


class Clause(Schema):
    """A clause. `key` is permanent, `number` is what is printed.

    `is_in_force` also asks the document: no clause of a repealed one is.
    """

    key: str
    parent_key: str
    level: int
    number: str
    heading: str
    text: str
    departments: list[str]
    validity: Validity
    validity_label: str
    validity_note: str
    validity_since: str | None
    is_in_force: bool
    citation: str
    url: str


class Clauses(Schema):
    """All clauses of a policy in reading order."""

    total: int
    results: list[Clause]


class Missing(Schema):
    """Why there is no answer, in Chinese."""

    detail: str


@router.get("/policies/", response=Policies, summary="List policies")
def policies(
    request: HttpRequest,
    response: HttpResponse,
    validity: Validity | None = None,
    limit: int = Query(20, ge=1, le=100),
    offset: int = Query(0, ge=0, le=1_000_000),
) -> Any:
    """The policies that everybody may read, of one state of validity where that is given."""
    response["Cache-Control"] = "no-cache"
    rows = publicly_visible(PolicyPage.objects.all()).order_by("-published_on", "-pk")
    if validity:
        rows = rows.filter(validity=validity)
    return {
        "total": rows.count(),
        "results": [interchange.policy_data(one) for one in rows[offset : offset + limit]],
    }


@router.get("/policies/{slug}/", response={200: Document, 404: Missing}, summary="One policy")
def policy(request: HttpRequest, response: HttpResponse, slug: str) -> Any:
    """A policy's metadata, its texts before the clauses, and what took its place."""
    response["Cache-Control"] = "no-cache"
    found = public_policy(slug)
    return interchange.document_data(found) if found else _missing()


@router.get(
    "/policies/{slug}/clauses/",
    response={200: Clauses, 404: Missing},
    summary="The clauses of a policy",
)
def clauses(request: HttpRequest, response: HttpResponse, slug: str) -> Any:
    """Every clause with its validity, its departments, its citation and its address."""
    response["Cache-Control"] = "no-cache"
    found = public_policy(slug)
    if found is None:
        return _missing()
    rows = interchange.clauses_data(found)
    return {"total": len(rows), "results": rows}


def _missing() -> Status[dict[str, str]]:
    return Status(404, {"detail": _("没有这份文件，或者它没有公布。")})
