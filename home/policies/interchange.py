"""A policy as plain data for programs: the API and `document.json` say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from home.pages.visibility import publicly_visible
from home.policies import citing
from home.policies.snapshots import clause_data, day_text

if TYPE_CHECKING:
    from home.policies.models import PolicyPage


def policy_data(policy: PolicyPage) -> dict[str, Any]:
    """What a list of policies tells of each. No query."""
    return {
        "id": policy.pk,
        "external_id": policy.external_id,
        "slug": policy.slug,
        "title": policy.title,
        "document_number": policy.document_number,
        "index_number": policy.index_number,
        "topic": policy.topic,
        "adopted_on": day_text(policy.adopted_on),
        "published_on": day_text(policy.published_on),
        "validity": policy.validity,
        "validity_label": policy.get_validity_display(),
        "validity_note": policy.validity_note,
        "expires_on": day_text(policy.expires_on),
        "repealed_on": day_text(policy.repealed_on),
        "summary": policy.summary,
        "url": policy.url,
    }


def document_data(policy: PolicyPage) -> dict[str, Any]:
    """A whole policy without its clauses. Five queries."""
    latest = policy.editions.order_by("-number").defer("snapshot").first()
    documents = type(policy).objects
    after = publicly_visible(documents.filter(pk=policy.superseded_by_id)).first()
    before = publicly_visible(documents.filter(superseded_by=policy)).order_by("pk")
    return {
        **policy_data(policy),
        "addressees": policy.addressees,
        "source": policy.source,
        "source_url": policy.source_url,
        "issuers": [issuer.name for issuer in policy.issuers.all()],
        "preamble": policy.preamble,
        "plan_title": policy.plan_title,
        "plan_preamble": policy.plan_preamble,
        "attachments": [attachment.name for attachment in policy.attachments.all()],
        "superseded_by": _reference(after) if after else None,
        "supersedes": [_reference(one) for one in before],
        "edition": latest.number if latest else None,
        "edition_published_at": latest.published_at.isoformat() if latest else None,
        "change_note": latest.change_note if latest else "",
    }


def clauses_data(policy: PolicyPage) -> list[dict[str, Any]]:
    """The clauses in reading order. Two queries.

    `is_in_force` also asks the document: no clause of a repealed one is.
    """
    rows = list(policy.clauses.all().prefetch_related("departments"))
    places = citing.places(rows)
    return [
        {
            **clause_data(clause, (one.name for one in clause.departments.all())),
            "validity_label": clause.get_validity_display(),
            "is_in_force": not policy.is_ended and not clause.is_ended,
            "citation": policy.citation(places[clause.key]),
            "url": policy.clause_page_url(clause.key),
        }
        for clause in rows
    ]


def _reference(policy: PolicyPage) -> dict[str, str | None]:
    return {
        "title": policy.title,
        "document_number": policy.document_number,
        "url": policy.url,
    }
