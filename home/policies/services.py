"""Deeds on policies: taking a parsed document in, giving keys, making editions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from django.db import transaction
from wagtail.models import Page, Revision

from home.directory.models import Department, User
from home.directory.selectors import departments_by_name
from home.policies.matching import ClauseText, Match
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
from home.policies.parser.lines import squash
from home.policies.snapshots import digest, snapshot

# A body as it signed, and the department that it is, where that is known.
NamedIssuer: TypeAlias = tuple[str, Department | None]


def register_keys(policy: PolicyPage, keys: Iterable[str]) -> dict[str, ClauseKey]:
    """Gives the policy these keys for ever, and returns all it has, by key.

    A working copy's keys are its original's.
    """
    owner = policy.published_as
    known = {row.key: row for row in ClauseKey.objects.filter(policy=owner)}
    new = [ClauseKey(policy=owner, key=key) for key in dict.fromkeys(keys) if key not in known]
    return known | {row.key: row for row in ClauseKey.objects.bulk_create(new)}


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


def fill_policy(
    policy: PolicyPage, parsed: ParsedDocument, issuers: Sequence[NamedIssuer] | None = None
) -> None:
    """Writes a parsed official document into a new page in memory; nothing is saved.

    `issuers` are the signing bodies with their departments, where somebody has checked them; else
    they are found by name.
    """
    departments = {row.code: row for row in Department.objects.all()}
    policy.document_number = parsed.document_number or ""
    policy.web_editor = parsed.editor or ""
    for name, value in _metadata(parsed).items():
        setattr(policy, name, value)
    if issuers is None:
        issuers = named_issuers(parsed.issuers)
    policy.issuers.set(
        [
            PolicyIssuer(name=name, department=department, sort_order=order)
            for order, (name, department) in enumerate(issuers)
        ]
    )
    clauses = []
    for order, parsed_clause in enumerate(parsed.clauses):
        clause = Clause(
            key=parsed_clause.key, parent_key=parsed_clause.parent_key, sort_order=order
        )
        _write(clause, parsed_clause)
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
def create_policy(
    parent: Page,
    parsed: ParsedDocument,
    *,
    slug: str,
    user: User | None = None,
    issuers: Sequence[NamedIssuer] | None = None,
    **fields: Any,
) -> PolicyPage:
    """A draft made of a parsed official document, with its clause keys registered.

    `issuers` as in `fill_policy`; `fields` sets further fields of the page (summary, topic …).
    Raises ValidationError where the result would not be a valid page.
    """
    policy = PolicyPage(slug=slug, live=False, owner=user)
    fill_policy(policy, parsed, issuers)
    for name, value in fields.items():
        setattr(policy, name, value)
    parent.add_child(instance=policy)
    register_keys(policy, [clause.key for clause in parsed.clauses])
    policy.full_clean()
    policy.save_revision(user=user)
    return policy


@transaction.atomic
def amend_policy(
    policy: PolicyPage,
    parsed: ParsedDocument,
    matches: Sequence[Match],
    *,
    user: User | None = None,
    issuers: Sequence[NamedIssuer] | None = None,
    **fields: Any,
) -> Revision:
    """A new draft of a policy with an amended text; what readers see stays as it is.

    `matches` says for every clause of `parsed` which clause it is (home.policies.matching), against
    the policy's latest draft. A clause that stays keeps its key, and with it all that links to it,
    and the departments that somebody chose for it; attachments and issuers that are named again
    keep their file and department. Raises ValidationError where the result would be no valid page.
    """
    draft: PolicyPage = policy.get_latest_revision_as_object()
    rewrite_policy(draft, parsed, matches, issuers=issuers, **fields)
    register_keys(policy, [match.key for match in matches if match.index is not None])
    draft.full_clean()
    return draft.save_revision(user=user, log_action=True)


def rewrite_policy(
    draft: PolicyPage,
    parsed: ParsedDocument,
    matches: Sequence[Match],
    *,
    issuers: Sequence[NamedIssuer] | None = None,
    **fields: Any,
) -> None:
    """Writes an amended text over the one before, in memory; as `amend_policy` says."""
    values = _metadata(parsed) | {"document_number": parsed.document_number} | fields
    for name, value in values.items():
        # A text that doesn't say when it was adopted takes nothing back.
        if value or name in fields:
            setattr(draft, name, value)
    kept = [match for match in matches if match.index is not None]
    draft.clauses = _amended_clauses(draft, parsed, kept)
    draft.issuers = _amended_issuers(draft, named_issuers(parsed.issuers, issuers))
    draft.attachments = _amended_attachments(draft, parsed.attachments)
    keys = {parsed.clauses[match.index or 0].key: match.key for match in kept}
    draft.stages = _amended_stages(draft, parsed, keys)


def known_clauses(policy: PolicyPage, draft: PolicyPage) -> list[Clause]:
    """The draft's clauses, and those that readers see and that the draft has lost, in place.

    A clause that a wrong draft left out is the same clause when the text has it again. Readers of
    a working copy see its original.
    """
    known = list(draft.clauses.all())
    places = {clause.key: index for index, clause in enumerate(known)}
    lost: dict[int, list[Clause]] = {}
    place = -1
    shown = Clause.objects.filter(page_id=policy.key_registry_id).prefetch_related("departments")
    for clause in shown:
        place = places.get(clause.key, place)
        if clause.key not in places:
            lost.setdefault(place, []).append(_row_for(policy, clause))
    out = lost.get(-1, [])
    for index, clause in enumerate(known):
        out += [clause, *lost.get(index, [])]
    return out


def _row_for(policy: PolicyPage, clause: Clause) -> Clause:
    """The clause as a row of this policy; a copy must not take the row of its original."""
    if clause.page_id != policy.pk:
        departments = list(clause.departments.all())
        clause.pk, clause.page_id = None, policy.pk
        clause.departments.set(departments)
    return clause


def named_issuers(
    names: Iterable[str], checked: Sequence[NamedIssuer] | None = None
) -> list[NamedIssuer]:
    """The bodies with the departments that bear their names; as they are where they are checked."""
    if checked is not None:
        return list(checked)
    known = departments_by_name()
    return [(name, known.get(name)) for name in names]


def _metadata(parsed: ParsedDocument) -> dict[str, Any]:
    return {
        "title": parsed.title,
        "index_number": parsed.index_number,
        "addressees": parsed.addressees,
        "adopted_on": parsed.adopted_on,
        "published_on": parsed.published_on,
        "source": parsed.source,
        "preamble": "\n".join(parsed.preamble),
        "plan_title": parsed.plan_title,
        "plan_preamble": "\n".join(parsed.plan_preamble),
    }


def _write(clause: Clause, said: ClauseText) -> None:
    """Number, level and wording, as the document has them."""
    clause.level, clause.number = said.level, said.number
    clause.heading, clause.text = said.heading, said.text


def _amended_clauses(
    draft: PolicyPage, parsed: ParsedDocument, matches: Sequence[Match]
) -> list[Clause]:
    """The old rows where the clause stays: whatever else is noted on them stays with it."""
    rows = {clause.key: clause for clause in known_clauses(draft, draft)}
    departments = {row.code: row for row in Department.objects.all()}
    clauses = []
    for order, match in enumerate(matches):
        said = parsed.clauses[match.index or 0]
        clause = rows[match.key] if match.old else Clause(key=match.key)
        named = set(departments_named_in(said.wording, DEPARTMENT_NAMES))
        before = f"{clause.heading}。{clause.text}"
        named_before = set(departments_named_in(before, DEPARTMENT_NAMES))
        chosen = [row.code for row in clause.departments.all()] if match.old else []
        codes = {*chosen, *(named - named_before)} - (named_before - named)
        clause.departments.set([row for code, row in departments.items() if code in codes])
        clause.parent_key, clause.sort_order = match.parent_key, order
        level = clause.level
        _write(clause, said)
        if match.old and not (match.renumbered or match.relocated):
            # It may be one that somebody chose against what the number says.
            clause.level = level
        clauses.append(clause)
    return clauses


def _amended_issuers(draft: PolicyPage, issuers: Sequence[NamedIssuer]) -> list[PolicyIssuer]:
    known = {issuer.name: issuer for issuer in draft.issuers.all()}
    if not issuers:
        return list(known.values())
    rows = []
    for order, (name, department) in enumerate(issuers):
        row = known.pop(name, None) or PolicyIssuer(name=name)
        row.department, row.sort_order = department or row.department, order
        rows.append(row)
    return rows


def _amended_attachments(draft: PolicyPage, names: Sequence[str]) -> list[PolicyAttachment]:
    """Those that are named again keep their file; a file that no longer is named stays behind."""
    known = {squash(row.name): row for row in draft.attachments.all()}
    rows = [known.pop(squash(name), None) or PolicyAttachment(name=name) for name in names]
    rows += [row for row in known.values() if row.document_id]
    for order, row in enumerate(rows):
        row.sort_order = order
    return rows


def _amended_stages(
    draft: PolicyPage, parsed: ParsedDocument, keys: Mapping[str, str]
) -> list[PolicyStage]:
    """The stages that the text sets; those an editor entered stay while their clause does."""
    known = {row.clause_key: row for row in draft.stages.all()}
    rows = []
    for stage in parse_stages(parsed.clauses):
        row = known.pop(keys[stage.key], None) or PolicyStage(clause_key=keys[stage.key])
        row.name, row.starts, row.ends = stage.name, stage.starts, stage.ends
        rows.append(row)
    still = {*known, ""} & {*keys.values(), ""}
    rows += [row for row in draft.stages.all() if row.clause_key in still]
    for order, row in enumerate(sorted(rows, key=lambda row: row.starts)):
        row.sort_order = order
    return rows
