"""The services that stand beside a policy's clauses."""

from __future__ import annotations

from home.checklist.models import ServiceClause, Verification
from home.pages import recorder
from home.pages.addresses import path_of
from home.pages.visibility import publicly_visible
from home.policies.companions import Companion
from home.policies.models import PolicyPage


def services_beside(policy: PolicyPage) -> dict[str, list[Companion]]:
    """The live services that rest on the policy's clauses, by clause key. One query."""
    links = publicly_visible(
        ServiceClause.objects.filter(clause_key__policy=policy), "page"
    ).order_by("page__code")
    beside: dict[str, list[Companion]] = {}
    for page_id, key, title, url_path, verification in links.values_list(
        "page_id", "clause_key__key", "page__title", "page__url_path", "page__verification"
    ):
        recorder.note("service", page_id)
        badge = "" if verification == Verification.CONFIRMED else str(Verification.EXAMPLE.label)
        beside.setdefault(key, []).append(Companion("service", title, path_of(url_path), badge))
    recorder.note("companions", f"service:{policy.pk}")
    return beside
