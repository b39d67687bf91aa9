"""Taking an official document in: keep the text, show what was read, make a draft when confirmed.

Nothing is made before somebody has confirmed it, and it is made once however often they press.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import Page

from home.directory.models import User
from home.pages.review.drafts import DraftsPolicy
from home.pages.titles import inside_marks
from home.policies import services
from home.policies.matching import Fate, Match, match
from home.policies.models import Clause, ClauseKey, PolicyImport, PolicyIndexPage, PolicyPage
from home.policies.parser import ParsedDocument
from home.policies.slugs import slug_of
from home.policies.sources import Source

# What a person checks and puts right, by the names that the parser and the page share.
CHECKED = (
    "title",
    "document_number",
    "index_number",
    "addressees",
    "adopted_on",
    "published_on",
    "source",
)


class Overtaken(Exception):
    """The policy has another draft than the one the editor compared with."""


def may_import(user: User) -> bool:
    """Whether the person may add a policy, or change one; asked once a request."""
    if "_may_import" not in user.__dict__:
        user.__dict__["_may_import"] = (
            bool(places_for_new(user)) or policies_to_amend(user).exists()
        )
    return bool(user.__dict__["_may_import"])


def places_for_new(user: User) -> list[PolicyIndexPage]:
    """The lists of policies to which the person may add one."""
    return [
        page
        for page in PolicyIndexPage.objects.all()
        if page.permissions_for_user(user).can_add_subpage()
    ]


def policies_to_amend(user: User) -> QuerySet[PolicyPage]:
    """The policies that the person may change; a working copy that has ended is kept as it is."""
    rights = DraftsPolicy(PolicyPage)
    policies: QuerySet[PolicyPage] = rights.instances_user_has_any_permission_for(user, {"change"})
    return policies.exclude(working_copy__ended_at__isnull=False)


def keep(source: Source, user: User | None) -> PolicyImport:
    """Stores what was brought in, before anything is made of it."""
    return PolicyImport.objects.create(
        text=source.text,
        file_name=source.name[:255],
        notes=list(source.notes),
        created_by=user,
    )


def likely_target(parsed: ParsedDocument, policies: QuerySet[PolicyPage]) -> PolicyPage | None:
    """The policy that this text may be an amended state of: of its number, else of its title."""
    number = parsed.document_number
    if number and (policy := policies.filter(document_number=number).first()):
        return policy
    titles = [title for title in (parsed.title, parsed.plan_title) if title]
    alike = policies.filter(Q(title__in=titles) | Q(plan_title__in=titles))
    return alike.order_by("-adopted_on", "-pk").first()


@dataclass(frozen=True, slots=True)
class Comparison:
    """An amended text against the latest draft of the policy that it amends."""

    base: PolicyPage
    revision_id: int
    matches: list[Match]
    known: list[Clause]
    # Keys of clauses that readers see and that the draft has lost: they may come back.
    lost: frozenset[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many clauses have each fate."""
        return {fate.name: sum(one.fate == fate for one in self.matches) for fate in Fate}


def compare(
    policy: PolicyPage, parsed: ParsedDocument, decided: Mapping[int, str | None] | None = None
) -> Comparison:
    """Matches the clauses of a text to those of the policy's latest draft.

    Raises ValueError where `decided` names a clause that isn't there, or one twice.
    """
    base: PolicyPage = policy.get_latest_revision_as_object()
    registered = ClauseKey.objects.filter(policy=policy.key_registry_id).values_list(
        "key", flat=True
    )
    known = services.known_clauses(policy, base)
    matches = match(known, parsed.clauses, registered=registered, decided=decided)
    drafted = {clause.key for clause in base.clauses.all()}
    lost = frozenset(clause.key for clause in known) - drafted
    shown = [
        # Word for word what readers see, and yet something the draft hasn't.
        replace(one, fate=Fate.MOVED) if one.key in lost and one.fate == Fate.SAME else one
        for one in matches
        if one.fate != Fate.GONE or one.key not in lost
    ]
    return Comparison(base, policy.latest_revision_id or 0, shown, known, lost)


@transaction.atomic
def confirm_new(
    row: PolicyImport,
    parsed: ParsedDocument,
    *,
    parent: Page,
    slug: str,
    user: User,
    issuers: Sequence[services.NamedIssuer],
) -> PolicyPage:
    """The draft of a new policy; the one already made where this was confirmed before."""
    if not _take(row, user):
        return _made_of(row)
    policy = services.create_policy(parent, parsed, slug=slug, user=user, issuers=issuers)
    log(instance=policy, action="wagtail.create", user=user, content_changed=True)
    _note_page(row, policy)
    return policy


@transaction.atomic
def confirm_amendment(
    row: PolicyImport,
    parsed: ParsedDocument,
    *,
    policy: PolicyPage,
    decided: Mapping[int, str | None],
    compared_with: int,
    user: User,
    issuers: Sequence[services.NamedIssuer],
    change_note: str,
) -> PolicyPage:
    """A draft with the amended text; nothing more where this was confirmed before.

    Raises Overtaken where somebody saved another draft since the editor compared.
    """
    if not _take(row, user):
        return _made_of(row)
    locked = PolicyPage.objects.select_for_update().get(pk=policy.pk)
    comparison = compare(locked, parsed, decided)
    if comparison.revision_id != compared_with:
        raise Overtaken
    services.amend_policy(
        locked,
        parsed,
        comparison.matches,
        user=user,
        issuers=issuers,
        change_note=change_note,
        # The form showed what the policy says already: what is empty was emptied on purpose.
        **{name: getattr(parsed, name) for name in CHECKED},
    )
    _note_page(row, locked)
    return locked


def _take(row: PolicyImport, user: User) -> bool:
    """Marks the import as confirmed; False where it was already. One of two who press wins."""
    waiting = PolicyImport.objects.filter(pk=row.pk, confirmed_at__isnull=True)
    return bool(waiting.update(confirmed_at=timezone.now(), confirmed_by=user))


def _made_of(row: PolicyImport) -> PolicyPage:
    row.refresh_from_db()
    if row.page is None:
        raise ValidationError(_("这次导入已经确认过，生成的页面后来被删除了。请重新导入。"))
    return row.page


def _note_page(row: PolicyImport, policy: PolicyPage) -> None:
    PolicyImport.objects.filter(pk=row.pk).update(page=policy)


# From the command line, without a review: what is doubtful is refused, not guessed.


def create_from_file(parsed: ParsedDocument, *, parent: str, slug: str) -> str:
    """Makes a draft and says so. Raises ValidationError with what to do where it can't."""
    number = parsed.document_number
    found = PolicyPage.objects.filter(document_number=number).first() if number else None
    if found is not None:
        raise ValidationError(
            _("已有发文字号相同的文件《%(title)s》。要导入修改稿，请加上 --policy %(slug)s。")
            % {"title": inside_marks(found.title), "slug": found.slug}
        )
    slug = slug or slug_of(parsed.document_number)
    if not slug:
        raise ValidationError(_("没有可用的发文字号来生成地址，请用 --slug 指定。"))
    policy = services.create_policy(_place(parent), parsed, slug=slug)
    return _("已生成草稿《%(title)s》，地址 %(slug)s，共 %(count)d 条。核对后请在后台发布。") % {
        "title": inside_marks(policy.title),
        "slug": policy.slug,
        "count": len(parsed.clauses),
    }


def _place(slug: str) -> PolicyIndexPage:
    places = PolicyIndexPage.objects.filter(slug=slug) if slug else PolicyIndexPage.objects.all()
    found = list(places[:2])
    if len(found) != 1:
        raise ValidationError(
            _("没有找到政策文件列表“%(slug)s”。") % {"slug": slug}
            if slug
            else _("政策文件列表不止一个，或者一个也没有，请用 --parent 指定。")
        )
    return found[0]


def amend_from_file(parsed: ParsedDocument, *, slug: str) -> str:
    """Makes a draft with the amended text and says what changed. Raises ValidationError."""
    policy = PolicyPage.objects.filter(slug=slug).first()
    if policy is None:
        raise ValidationError(_("没有找到地址为“%(slug)s”的文件。") % {"slug": slug})
    if not parsed.clauses:
        raise ValidationError(_("没有读到条款，没有改动。请检查文件。"))
    comparison = compare(policy, parsed)
    services.amend_policy(policy, parsed, comparison.matches)
    return _("已为《%(title)s》生成修改草稿：%(changes)s。公开页面没有改动。") % {
        "title": inside_marks(policy.title),
        "changes": "，".join(
            f"{label} {sum(one.fate == fate for one in comparison.matches)} 条"
            for fate, label in fate_labels().items()
        ),
    }


def fate_labels() -> dict[Fate, str]:
    """How each fate is called on screen."""
    return {
        Fate.CHANGED: _("修改"),
        Fate.MOVED_AND_CHANGED: _("移动并修改"),
        Fate.MOVED: _("移动或改序号"),
        Fate.NEW: _("新增"),
        Fate.GONE: _("删去"),
        Fate.SAME: _("未变"),
    }


def with_answers(parsed: ParsedDocument, answers: Mapping[str, Any]) -> ParsedDocument:
    """What was read, with what the editor put right."""
    changed = {name: value for name, value in answers.items() if name in CHECKED}
    if "attachments" in answers:
        changed["attachments"] = tuple(answers["attachments"])
    return replace(parsed, **changed)
