"""A policy as the plain text of an official document, which the parser reads back."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from home.policies.models import Clause, PolicyPage


def printed_policy(policy: PolicyPage) -> str:
    """The document in the order of its kind: head, text, attachments, signature, forwarded text."""
    own, forwarded, attached = _parts(policy)
    lines = [*_head(policy), *own, *_attachments(policy), *_signature(policy)]
    return "\n".join([*lines, *forwarded, *attached])


def _parts(policy: PolicyPage) -> tuple[list[str], list[str], list[str]]:
    """The clauses' lines: of the document itself, of the text it forwards, of its attachments."""
    own: list[str] = []
    attached: list[str] = []
    for prefix, clauses in groupby(policy.clauses.all(), key=_attachment_of):
        printed = [line for clause in clauses for line in _clause(clause)]
        if prefix:
            attached += [f"附件{prefix.removeprefix('0')}", *_attachment_title(policy, prefix)]
            attached += printed
        else:
            own += printed
    if not policy.plan_title:
        return own, [], attached
    forwarded = [policy.plan_title, *policy.plan_preamble.splitlines(), *own]
    return [], forwarded, attached


def _attachment_of(clause: Clause) -> str:
    """The number of the attachment a clause stands in ("0" for the only one), or nothing."""
    first = clause.key.split("-", 1)[0]
    return first.removeprefix("att") if first.startswith("att") else ""


def _attachment_title(policy: PolicyPage, number: str) -> list[str]:
    names = [attachment.name for attachment in policy.attachments.all()]
    index = int(number) - 1 if number.isdigit() else 0
    return [names[max(index, 0)]] if max(index, 0) < len(names) else []


def _head(policy: PolicyPage) -> Iterator[str]:
    yield policy.title
    if policy.document_number:
        yield policy.document_number
    if policy.addressees:
        yield f"{policy.addressees}："
    yield from policy.preamble.splitlines()


def _clause(clause: Clause) -> Iterator[str]:
    space = "　" if clause.number.startswith("第") else ""
    if clause.heading and clause.text:
        yield f"{clause.number}{space}{clause.heading}"
        yield from clause.text.splitlines()
    else:
        yield from f"{clause.number}{space}{clause.heading or clause.text}".splitlines()


def _attachments(policy: PolicyPage) -> Iterator[str]:
    names = [attachment.name for attachment in policy.attachments.all()]
    if len(names) == 1:
        yield f"附件：{names[0]}"
    for number, name in enumerate(names[: len(names) if len(names) > 1 else 0], 1):
        yield f"附件：{number}.{name}" if number == 1 else f"{number}.{name}"


def _signature(policy: PolicyPage) -> Iterator[str]:
    for issuer in policy.issuers.all():
        yield issuer.name
    if day := policy.adopted_on:
        yield f"{day.year}年{day.month}月{day.day}日"
