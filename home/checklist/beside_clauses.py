"""The services that stand beside a policy's clauses."""

from __future__ import annotations

from home.checklist.models import ServiceClause, Verification
from home.pages import recorder
from home.pages.addresses import path_of
from home.pages.review import drafts
from home.pages.visibility import publicly_visible
from home.policies.companions import Companion
from home.policies.models import PolicyPage
from home.policies.pointing import Pointer


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


def services_pointing(policy_id: int) -> dict[str, list[Pointer]]:
    """The services that rest on the policy's clauses, drafts too, by clause key. One query."""
    links = ServiceClause.objects.filter(clause_key__policy=policy_id).order_by("page__code")
    pointing: dict[str, list[Pointer]] = {}
    for key, page_id, draft, title, live in links.values_list(
        "clause_key__key", "page_id", "page__draft_title", "page__title", "page__live"
    ):
        shown = drafts.title_in_row(page_id, draft, title, live)
        pointing.setdefault(key, []).append(Pointer("service", page_id, shown, live))
    return pointing
