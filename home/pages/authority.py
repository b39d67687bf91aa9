"""No publishing around the workflow: by what authority a page may go out (发布依据).

A page of a kind that the house has reviewed (`ReviewSettings`) goes out only

- when the review stages demanded of it have approved exactly this revision, as it reads now,
- in a release that was approved with exactly this revision (`release`),
- when an operator runs a command or a loader at the machine (`operator`), never from a web request.

Every way of publishing ends in one of Wagtail's actions, and those ask `require` first
(home.pages.publishing). Taking a page off the site needs no review: an emergency can't wait.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from wagtail.models import Page, Revision

from home.pages.titles import inside_marks

if TYPE_CHECKING:
    from home.pages.review.models import ReviewSettings


class NotAuthorised(Exception):
    """The page may not go out as it is. The message is a whole Chinese sentence for people.

    No PermissionDenied: the admin would show "you have no permission" in place of the sentence.
    """


class Ground(StrEnum):
    """What besides a review of the page itself lets it go out."""

    RELEASE = "release"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Authority:
    """Something that lets pages go out: an operator's command, or an approved release.

    `revisions` holds, for a release, the digest of each revision as it was approved.
    """

    ground: Ground
    name: str
    revisions: Mapping[int, str] | None = None

    def covers(self, revision: Revision) -> bool:
        """Whether this revision, as it reads now, may go out under it."""
        if self.revisions is None:
            return True
        return self.revisions.get(revision.pk) == digest_of(revision)


@dataclass(slots=True)
class _Request:
    """What is known while one web request is answered."""

    http: HttpRequest
    settings: ReviewSettings | None = field(default=None)


_current: ContextVar[Authority | None] = ContextVar("publishing_authority", default=None)
_request: ContextVar[_Request | None] = ContextVar("publishing_request", default=None)


def operator(name: str) -> Authority:
    """The authority of whoever runs a command at the machine; `name` says which.

    Raises RuntimeError inside a web request: no button makes anybody the operator.
    """
    if _request.get() is not None:
        raise RuntimeError("A web request has no operator's authority to publish.")
    return Authority(Ground.OPERATOR, name)


def release(name: str, revisions: Mapping[int, str]) -> Authority:
    """The authority of an approved release for its revisions: their keys with their digests."""
    return Authority(Ground.RELEASE, name, dict(revisions))


@contextmanager
def authorised_by(authority: Authority) -> Iterator[None]:
    """What is published inside the block goes out by this authority."""
    token = _current.set(authority)
    try:
        yield
    finally:
        _current.reset(token)


class NoAuthorityFromOutside:
    """Middleware: a web request begins without any authority, whatever its thread did before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        authority, state = _current.set(None), _request.set(_Request(request))
        try:
            return self.get_response(request)
        finally:
            _request.reset(state)
            _current.reset(authority)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Says in the admin why the page did not go out, on the page that the person came from."""
        if not isinstance(error, NotAuthorised):
            return None
        messages.error(request, str(error))
        back = request.headers.get("referer", "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
            back = reverse("wagtailadmin_home")
        if request.headers.get("x-requested-with") == "XMLHttpRequest":
            return JsonResponse({"step": "success", "redirect": back})
        return HttpResponseRedirect(back)


def current_request() -> HttpRequest | None:
    """The web request being answered, if one is."""
    state = _request.get()
    return state.http if state is not None else None


# ── what the house demands ──────────────────────────────────────────────────────────────────────


def review_settings() -> ReviewSettings:
    """How the house reviews; asked of the database once a request."""
    from home.pages.review.models import ReviewSettings

    state = _request.get()
    if state is None:
        return ReviewSettings.load()
    if state.settings is None:
        state.settings = ReviewSettings.load()
    return state.settings


def forget_settings() -> None:
    """To be called when the settings change: the rest of this request asks again."""
    if (state := _request.get()) is not None:
        state.settings = None


def reviews_demanded(page: Page | type[Page]) -> int:
    """How many reviews a page (or a page type) needs before it goes out; 0 where none is asked."""
    kind = page if isinstance(page, type) else (page.specific_class or type(page))
    return review_settings().reviews_of(getattr(kind, "review_kind", ""))


# ── the guard ───────────────────────────────────────────────────────────────────────────────────


def refusal(revision: Revision) -> str:
    """Why this revision may not go out now, as a whole sentence; empty where it may."""
    from home.pages.review import evidence

    page = revision.as_object()
    if not isinstance(page, Page):
        return ""
    demanded = reviews_demanded(page)
    if not demanded:
        return ""
    authority = _current.get()
    if authority is not None and authority.covers(revision):
        return ""
    if evidence.scheduled_by_authority(revision):
        return ""
    given = evidence.approvals(revision)
    if given >= demanded:
        return ""
    if given or evidence.was_approved_before(revision):
        return _(
            "《%(title)s》没有发布：内容在审核通过后改动过，或审核还差%(missing)d次。请重新送审。"
        ) % {"title": inside_marks(page.title), "missing": demanded - given}
    return _("《%(title)s》没有发布：这类页面要经过%(demanded)d次审核。请先送审。") % {
        "title": inside_marks(page.title),
        "demanded": demanded,
    }


def require(revision: Revision) -> None:
    """Raises `NotAuthorised` where the revision may not go out."""
    if reason := refusal(revision):
        raise NotAuthorised(reason)
    if (authority := _current.get()) is not None:
        from home.pages.review import evidence

        evidence.keep_for_the_set_minute(revision, authority)


def require_no_copy_live(pages: list[Page], sentence: str) -> None:
    """Raises `NotAuthorised` where a page that needs review would be live elsewhere unreviewed."""
    authority = _current.get()
    if authority is not None and authority.ground == Ground.OPERATOR:
        return
    if any(page.live and reviews_demanded(page) for page in pages):
        raise NotAuthorised(sentence)


# ── what counts as the text ─────────────────────────────────────────────────────────────────────

# Bookkeeping of Wagtail's in a revision's content, and remarks beside the text: none of it is
# anything a reader sees. When the page is to go live is decided with the review, so it stays.
NOT_THE_TEXT = frozenset(
    {
        "pk",
        "path",
        "depth",
        "numchild",
        "translation_key",
        "locale",
        "url_path",
        "owner",
        "content_type",
        "live",
        "has_unpublished_changes",
        "draft_title",
        "expired",
        "locked",
        "locked_at",
        "locked_by",
        "first_published_at",
        "last_published_at",
        "latest_revision_created_at",
        "latest_revision",
        "live_revision",
        "alias_of",
        "wagtail_admin_comments",
    }
)


def digest_of(revision: Revision) -> str:
    """SHA-256 of what the revision says, whoever saved it and however often.

    The numbers that Wagtail gives to child rows, blocks and paragraphs are left out, and a row
    without a place has the one it stands at: merely opening and saving a page in the editor gives
    new ones to a text that came from an import.
    """
    content = {key: value for key, value in revision.content.items() if key not in NOT_THE_TEXT}
    return hashlib.sha256(
        json.dumps(
            _without_numbers(content), ensure_ascii=False, sort_keys=True, cls=DjangoJSONEncoder
        ).encode()
    ).hexdigest()


def _placed(row: Any, at: int) -> Any:
    """A child row with its place: a loader leaves the place open, the editor's form fills it in."""
    if isinstance(row, dict) and row.get("sort_order", at) is None:
        return row | {"sort_order": at}
    return row


PARAGRAPH_NUMBER = re.compile(r' data-block-key="[^"]*"')


def _without_numbers(value: Any, numbers: tuple[str, ...] = ("pk",)) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_numbers(one, numbers) for key, one in value.items() if key not in numbers
        }
    if isinstance(value, list):
        return [_without_numbers(_placed(one, at), numbers) for at, one in enumerate(value)]
    if isinstance(value, str):
        if value.startswith("[{"):  # the blocks of a StreamField, each with an id
            try:
                return _without_numbers(json.loads(value), ("id",))
            except ValueError:  # a text that happens to begin so
                return value
        return PARAGRAPH_NUMBER.sub("", value)
    return value
