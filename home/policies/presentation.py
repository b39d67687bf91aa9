"""What the pages of a policy show. Reads, never writes; each function says what it costs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

from django.db.models import Max
from django.utils.formats import date_format
from django.utils.translation import gettext as _now

from home.pages import recorder
from home.pages.addresses import path_of
from home.pages.review import drafts
from home.pages.visibility import publicly_visible
from home.policies import blocks, citing, history
from home.policies.companions import Companion, companions_of
from home.policies.parser.lines import squash
from home.policies.pointing import Pointer
from search.analysis.entry import SearchEntry

if TYPE_CHECKING:
    from home.directory.models import Department
    from home.policies.models import Clause, InterpretationPage, PolicyPage


_ATTACHED = re.compile(r"(att([0-9]{1,9}))-")
# Where the page has the document that the notice forwards.
PLAN_KEY = "plan"


@dataclass(slots=True)
class ClauseView:
    """A clause as the page shows it."""

    key: str
    parent_key: str
    level: int
    number: str
    heading: str
    paragraphs: list[str]
    citation: str
    # Its own page.
    url: str
    departments: list[Department]
    validity: str
    validity_label: str
    validity_note: str
    since: str
    interpretations: list[Companion] = field(default_factory=list)
    services: list[Companion] = field(default_factory=list)
    children: list[ClauseView] = field(default_factory=list)
    # The attachment whose text begins with this clause.
    opens: AttachmentView | None = None
    heading_level: int = 2

    @property
    def is_in_force(self) -> bool:
        return self.validity == "in-force"

    @property
    def has_companions(self) -> bool:
        return bool(self.departments or self.interpretations or self.services)


@dataclass(slots=True)
class AttachmentView:
    """An attachment as the page shows it; with a key where its text stands among the clauses.

    It is listed in the contents as a clause is: by number, heading and children.
    """

    heading: str
    document: Any = None
    key: str = ""
    number: str = ""
    children: list[ClauseView] = field(default_factory=list)


def attachment_views(policy: PolicyPage, views: Iterable[ClauseView]) -> list[AttachmentView]:
    """The attachments that the page lists, each joined to its clauses (att2-1 …). One query.

    The first clause of each text opens it. A text that the list doesn't name has its number alone.
    """
    rows = policy.attachments.select_related("document")
    listed = [AttachmentView(row.name, row.document) for row in rows]
    plan = squash(policy.plan_title)
    for attachment in listed:
        if plan and squash(attachment.heading) == plan:
            attachment.key = PLAN_KEY
    opened: dict[str, AttachmentView] = {}
    for view in views:
        found = _ATTACHED.match(view.key)
        if found is None:
            continue
        if (key := found[1]) not in opened:
            number = int(found[2])
            place = max(number, 1) - 1
            known = place < len(listed) and not listed[place].key
            opened[key] = view.opens = listed[place] if known else AttachmentView("")
            opened[key].key = key
            opened[key].number = _now("附件") + (found[2] if number else "") + "　" * known
        # Beneath the heading of the attachment, whatever level its numbers are of.
        above = next((one for one in opened[key].children if one.key == view.parent_key), None)
        view.heading_level = min(above.heading_level + 1 if above else 3, 6)
        opened[key].children.append(view)
    for attachment in opened.values():
        own = {view.key for view in attachment.children}
        attachment.children = [one for one in attachment.children if one.parent_key not in own]
    return listed


def clause_views(policy: PolicyPage) -> list[ClauseView]:
    """The policy's clauses in order, each with what belongs to it. At most four queries."""
    companions = companions_of(policy)
    views = []
    clauses = list(policy.clauses.all().prefetch_related("departments"))
    places = citing.places(clauses)
    for clause in clauses:
        recorder.note("clause", f"{policy.pk}:{clause.key}")
        departments = list(clause.departments.all())
        for department in departments:
            recorder.note("department", department.pk)
        beside = companions.get(clause.key, [])
        views.append(
            ClauseView(
                key=clause.key,
                parent_key=clause.parent_key,
                level=clause.level,
                heading_level=min(clause.level + 1, 4),
                number=clause.number,
                heading=clause.heading,
                paragraphs=_lines(clause.text),
                citation=policy.citation(places[clause.key]),
                url=policy.clause_page_url(clause.key),
                departments=departments,
                validity=clause.validity,
                validity_label=clause.get_validity_display(),
                validity_note=clause.validity_note,
                since=date_format(clause.validity_since, "Y年n月j日")
                if clause.validity_since
                else "",
                interpretations=[one for one in beside if one.kind == "interpretation"],
                services=[one for one in beside if one.kind == "service"],
            )
        )
    return views


def contents(views: Iterable[ClauseView]) -> list[ClauseView | AttachmentView]:
    """The clauses as a tree for the list of contents: the top level, each with its children.

    The clauses of an attachment stand beneath it, where `attachment_views` has joined them.
    """
    by_key: dict[str, ClauseView] = {}
    top: list[ClauseView | AttachmentView] = []
    attached = False
    for view in views:
        by_key[view.key] = view
        parent = by_key.get(view.parent_key)
        if view.opens is not None:
            top.append(view.opens)
        attached = view.opens is not None or (attached and bool(_ATTACHED.match(view.key)))
        if parent is not None:
            parent.children.append(view)
        elif not attached:
            top.append(view)
    return top


def policy_context(policy: PolicyPage) -> dict[str, Any]:
    """What `policies/policy_page.html` shows."""
    views = clause_views(policy)
    attachments = attachment_views(policy, views)
    issuers = list(policy.issuers.all())
    return {
        "clauses": views,
        "contents": contents(views),
        "issuers": issuers,
        "lead_issuer": issuers[0] if issuers else None,
        "attachments": attachments,
        "preamble": _lines(policy.preamble),
        "plan_preamble": _lines(policy.plan_preamble),
        **history.beside_the_document(policy, {view.key for view in views}),
    }


def clause_context(policy: PolicyPage, key: str) -> dict[str, Any] | None:
    """What `policies/clause_page.html` shows; None where the policy has no such clause."""
    views = clause_views(policy)
    contents(views)
    position = next((i for i, view in enumerate(views) if view.key == key), None)
    if position is None:
        return None
    clause = views[position]
    by_key = {view.key: view for view in views}
    ancestors: list[ClauseView] = []
    parent = by_key.get(clause.parent_key)
    while parent is not None:
        ancestors.insert(0, parent)
        parent = by_key.get(parent.parent_key)
    return {
        "clause": clause,
        "trail": [
            *policy.breadcrumb()[:-1],
            {"title": policy.document_number, "url": policy.url},
            {"title": f"{clause.number}{clause.heading}", "url": ""},
        ],
        "ancestors": ancestors,
        "interpretations": _interpretations_in_full(policy, key),
        "edition_number": _edition_number(policy),
        "history": history.clause_history(policy, key),
        "previous": views[position - 1] if position else None,
        "next": views[position + 1] if position + 1 < len(views) else None,
    }


def _interpretations_in_full(policy: PolicyPage, key: str) -> list[InterpretationPage]:
    from home.policies.models import InterpretationPage

    pages = publicly_visible(
        InterpretationPage.objects.filter(
            clause_links__clause_key__policy=policy, clause_links__clause_key__key=key
        )
    ).order_by("path")
    return list(pages)


def _edition_number(policy: PolicyPage) -> int | None:
    """The newest edition's, which readers see; None for a page that never went through one."""
    newest: int | None = policy.editions.aggregate(newest=Max("number"))["newest"]
    return newest


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def interpretations_beside(policy: PolicyPage) -> dict[str, list[Companion]]:
    """The live interpretations of the policy's clauses. One query."""
    from home.policies.models import InterpretationClause

    links = publicly_visible(
        InterpretationClause.objects.filter(clause_key__policy=policy), "page"
    ).order_by("page__path")
    beside: dict[str, list[Companion]] = {}
    for page_id, key, title, url_path, body in links.values_list(
        "page_id", "clause_key__key", "page__title", "page__url_path", "page__body"
    ):
        recorder.note("page", page_id)
        beside.setdefault(key, []).append(
            Companion(
                "interpretation", title, path_of(url_path), forms=tuple(blocks.forms_of(body))
            )
        )
    recorder.note("companions", f"interpretation:{policy.pk}")
    return beside


def interpretations_pointing(policy_id: int) -> dict[str, list[Pointer]]:
    """The interpretations of the policy's clauses, drafts too, by clause key. One query."""
    from home.policies.models import InterpretationClause

    links = InterpretationClause.objects.filter(clause_key__policy=policy_id).order_by("page__path")
    pointing: dict[str, list[Pointer]] = {}
    for key, page_id, draft, title, live in links.values_list(
        "clause_key__key", "page_id", "page__draft_title", "page__title", "page__live"
    ):
        shown = drafts.title_in_row(page_id, draft, title, live)
        pointing.setdefault(key, []).append(Pointer("interpretation", page_id, shown, live))
    return pointing


@dataclass(frozen=True, slots=True)
class LinkedClause:
    """A clause that an interpretation or a service points to."""

    key: str
    citation: str
    heading: str
    text: str
    url: str
    clause_url: str
    policy_title: str
    is_gone: bool = False


def linked_clauses(clause_key_ids: Iterable[int]) -> list[LinkedClause]:
    """The clauses behind registry rows, in their documents' order. Two queries.

    Two more for each policy that no longer has a clause it once published: that one comes with its
    last text.
    """
    from home.policies.models import Clause, ClauseKey

    registered = list(ClauseKey.objects.filter(pk__in=list(clause_key_ids)))
    keys = {(row.policy_id, row.key) for row in registered}
    rows: Iterable[Clause] = publicly_visible(
        Clause.objects.filter(page__in={policy for policy, _key in keys}).select_related("page"),
        "page",
    ).order_by("page", "sort_order")
    found = []
    by_policy = {page: list(group) for page, group in groupby(rows, lambda row: row.page_id)}
    places = {page: citing.places(group) for page, group in by_policy.items()}
    for clause in chain.from_iterable(by_policy.values()):
        if (clause.page_id, clause.key) not in keys:
            continue
        recorder.note("clause", f"{clause.page_id}:{clause.key}")
        found.append(
            LinkedClause(
                key=clause.key,
                citation=clause.page.citation(places[clause.page_id][clause.key]),
                heading=clause.heading,
                text=clause.text,
                url=clause.page.clause_url(clause.key),
                clause_url=clause.page.clause_page_url(clause.key),
                policy_title=clause.page.title,
            )
        )
        keys.remove((clause.page_id, clause.key))
    gone: dict[int, list[str]] = {}
    for policy_id, key in sorted(keys):
        gone.setdefault(policy_id, []).append(key)
    for policy_id, names in gone.items():
        found += _gone_clauses(policy_id, names)
    return found


def _gone_clauses(policy_id: int, keys: list[str]) -> Iterable[LinkedClause]:
    from home.policies.models import PolicyPage

    recorder.note("page", policy_id)
    policy = publicly_visible(PolicyPage.objects.filter(pk=policy_id)).first()
    last = history.last_texts(policy) if policy else {}
    for key in keys:
        if policy and key in last:
            url = policy.clause_page_url(key)
            heading, text = last[key]["heading"], last[key]["text"]
            yield LinkedClause(
                key, policy.citation(key), heading, text, url, url, policy.title, is_gone=True
            )


def policy_entries(policy: PolicyPage) -> list[SearchEntry]:
    """One entry for the document and one for each clause that says something."""
    issuers = tuple(issuer.name for issuer in policy.issuers.all())
    url = policy.url or ""
    entries = [
        SearchEntry(
            key="",
            type="policy",
            title=policy.title,
            url=url,
            body="\n".join(
                part for part in (policy.summary, policy.preamble, policy.plan_preamble) if part
            ),
            headings=(policy.plan_title,) if policy.plan_title else (),
            keywords=tuple(policy.keywords.split()),
            number=policy.document_number,
            breadcrumb="政策文件",
            departments=issuers,
            validity=policy.validity,
            published_on=policy.published_on,
            external_id=policy.external_id,
            boost=1.5,
        )
    ]
    clauses = list(policy.clauses.all().prefetch_related("departments"))
    headings = {clause.key: clause.heading for clause in clauses}
    places = citing.places(clauses)
    for clause in clauses:
        if not clause.text and not clause.heading:
            continue
        parent = headings.get(clause.parent_key, "")
        entries.append(
            SearchEntry(
                key=clause.anchor,
                type="clause",
                title=clause.heading or f"{clause.number}{clause.text[:24]}",
                url=policy.clause_url(clause.key),
                body=clause.text,
                headings=(parent,) if parent else (),
                number=policy.citation(places[clause.key]),
                breadcrumb=policy.plan_title or policy.title,
                departments=tuple(department.name for department in clause.departments.all()),
                # A clause of a repealed document is not in force, whatever it says of itself.
                validity=policy.validity if policy.is_ended else clause.validity,
                published_on=policy.published_on,
                external_id=f"{policy.external_id}#{clause.anchor}" if policy.external_id else "",
            )
        )
    return entries
