"""Deeds on policies: taking a parsed document in, giving keys, making editions."""

from __future__ import annotations

import hashlib
import json
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


def register_keys(policy: PolicyPage, keys: Iterable[str]) -> dict[str, ClauseKey]:
    """Gives the policy these keys for ever, and returns all it has, by key."""
    known = {row.key: row for row in ClauseKey.objects.filter(policy=policy)}
    new = [ClauseKey(policy=policy, key=key) for key in dict.fromkeys(keys) if key not in known]
    return known | {row.key: row for row in ClauseKey.objects.bulk_create(new)}


def snapshot(policy: PolicyPage) -> dict[str, Any]:
    """Everything a reader could read on the policy's page, as plain data.

    `clauses` is a list in reading order of key, parent_key, level, number, heading, text and the
    departments' names; dates are ISO 8601.
    """
    return {
        "title": policy.title,
        "document_number": policy.document_number,
        "index_number": policy.index_number,
        "addressees": policy.addressees,
        "adopted_on": policy.adopted_on.isoformat() if policy.adopted_on else None,
        "published_on": policy.published_on.isoformat() if policy.published_on else None,
        "source": policy.source,
        "validity": policy.validity,
        "preamble": policy.preamble,
        "plan_title": policy.plan_title,
        "plan_preamble": policy.plan_preamble,
        "issuers": [issuer.name for issuer in policy.issuers.all()],
        "attachments": [attachment.name for attachment in policy.attachments.all()],
        "clauses": [
            {
                "key": clause.key,
                "parent_key": clause.parent_key,
                "level": clause.level,
                "number": clause.number,
                "heading": clause.heading,
                "text": clause.text,
                "departments": [department.name for department in clause.departments.all()],
            }
            for clause in policy.clauses.all().prefetch_related("departments")
        ],
    }


def record_edition(policy: PolicyPage, revision: Revision) -> Edition | None:
    """Keeps what is being published as the next edition; None where nothing a reader sees changed.

    Runs inside the publishing transaction (home.pages.publishing) and registers new clause keys.
    """
    content = snapshot(policy)
    register_keys(policy, [clause["key"] for clause in content["clauses"]])
    digest = hashlib.sha256(
        json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    ).hexdigest()
    last = Edition.objects.filter(policy=policy).order_by("-number").first()
    if last is not None and last.digest == digest:
        return None
    return Edition.objects.create(
        policy=policy,
        number=last.number + 1 if last else 1,
        revision=revision,
        snapshot=content,
        digest=digest,
        change_note=policy.change_note,
        published_by=revision.user,
    )


def fill_policy(policy: PolicyPage, parsed: ParsedDocument) -> None:
    """Writes a parsed official document into a page in memory; nothing is saved."""
    departments = {row.code: row for row in Department.objects.all()}
    by_name = {row.name: row for row in departments.values()}
    policy.title = parsed.title
    policy.document_number = parsed.document_number or ""
    policy.index_number = parsed.index_number or ""
    policy.addressees = parsed.addressees or ""
    policy.adopted_on = parsed.adopted_on
    policy.published_on = parsed.published_on
    policy.source = parsed.source or ""
    policy.web_editor = parsed.editor or ""
    policy.preamble = "\n".join(parsed.preamble)
    policy.plan_title = parsed.plan_title or ""
    policy.plan_preamble = "\n".join(parsed.plan_preamble)
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


@transaction.atomic
def create_policy(parent: Page, parsed: ParsedDocument, *, slug: str, **fields: Any) -> PolicyPage:
    """A draft made of a parsed official document, with its clause keys registered.

    `fields` sets further fields of the page (summary, topic …). Raises ValidationError where the
    result would not be a valid page.
    """
    policy = PolicyPage(slug=slug, live=False)
    fill_policy(policy, parsed)
    for name, value in fields.items():
        setattr(policy, name, value)
    parent.add_child(instance=policy)
    register_keys(policy, [clause.key for clause in parsed.clauses])
    policy.full_clean()
    policy.save_revision()
    return policy
