"""Deeds on policies: taking a parsed document in, giving keys, making editions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from wagtail.models import Page, Revision

from home.directory.models import Department
from home.policies.models import (
    Clause,
    ClauseKey,
    Edition,
    PolicyAttachment,
    PolicyIssuer,
    PolicyPage,
    PolicyStage,
)
from home.policies.parser import (
    DEPARTMENT_NAMES,
    ParsedDocument,
    departments_named_in,
    parse_stages,
)
from home.policies.snapshots import digest, snapshot

__all__ = ["create_policy", "record_edition", "register_keys", "snapshot"]


def register_keys(policy: PolicyPage, keys: Iterable[str]) -> dict[str, ClauseKey]:
    """Gives the policy these keys for ever, and returns all it has, by key."""
    known = {row.key: row for row in ClauseKey.objects.filter(policy=policy)}
    for key in keys:
        if key not in known:
            known[key] = ClauseKey.objects.create(policy=policy, key=key)
    return known


def record_edition(policy: PolicyPage, revision: Revision) -> Edition | None:
    """Keeps what is being published as the next edition; None where nothing a reader sees changed.

    Runs inside the publishing transaction (home.pages.publishing) and registers new clause keys.
    """
    content = snapshot(policy)
    register_keys(policy, [clause["key"] for clause in content["clauses"]])
    last = Edition.objects.filter(policy=policy).order_by("-number").first()
    if last is not None and last.content == content:
        return None
    return Edition.objects.create(
        policy=policy,
        number=last.number + 1 if last else 1,
        revision=revision,
        snapshot=content,
        digest=digest(content),
        # A note is published once: what was said of the last edition is not said of this one.
        change_note="" if last and last.change_note == policy.change_note else policy.change_note,
        published_by=revision.user,
    )


@transaction.atomic
def create_policy(parent: Page, parsed: ParsedDocument, *, slug: str, **fields: Any) -> PolicyPage:
    """A draft made of a parsed official document, with its clause keys registered.

    `fields` sets further fields of the page (summary, topic …). Raises ValidationError where the
    result would not be a valid page.
    """
    departments = {row.code: row for row in Department.objects.all()}
    by_name = {row.name: row for row in departments.values()}
    policy = PolicyPage(
        slug=slug,
        title=parsed.title,
        document_number=parsed.document_number or "",
        index_number=parsed.index_number or "",
        addressees=parsed.addressees or "",
        adopted_on=parsed.adopted_on,
        published_on=parsed.published_on,
        source=parsed.source or "",
        web_editor=parsed.editor or "",
        preamble="\n".join(parsed.preamble),
        plan_title=parsed.plan_title or "",
        plan_preamble="\n".join(parsed.plan_preamble),
        live=False,
        **fields,
    )
    policy.issuers.set(
        [
            PolicyIssuer(name=name, department=by_name.get(name), sort_order=order)
            for order, name in enumerate(parsed.issuers)
        ]
    )
    clauses = []
    for order, parsed_clause in enumerate(parsed.clauses):
        clause = Clause(
            key=parsed_clause.key,
            parent_key=parsed_clause.parent_key or "",
            level=parsed_clause.level,
            number=parsed_clause.number,
            heading=parsed_clause.heading,
            text=parsed_clause.text,
            sort_order=order,
        )
        named = departments_named_in(parsed_clause.wording, DEPARTMENT_NAMES)
        clause.departments.set([departments[code] for code in named if code in departments])
        clauses.append(clause)
    policy.clauses.set(clauses)
    policy.stages.set(
        [
            PolicyStage(
                clause_key=stage.key,
                name=stage.name,
                starts=stage.starts,
                ends=stage.ends,
                sort_order=order,
            )
            for order, stage in enumerate(parse_stages(parsed.clauses))
        ]
    )
    policy.attachments.set(
        [
            PolicyAttachment(name=name, sort_order=order)
            for order, name in enumerate(parsed.attachments)
        ]
    )
    parent.add_child(instance=policy)
    register_keys(policy, [clause.key for clause in parsed.clauses])
    policy.full_clean()
    policy.save_revision()
    return policy
