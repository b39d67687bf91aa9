"""Where a page's links lead, found in the database: no address is ever asked over the network.

Links to other hosts are not followed at all. Those of this site are looked up in the page tree and
in the URL configuration, all of a page's links with the same few queries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.urls import Resolver404, resolve
from wagtail.contrib.redirects.models import Redirect
from wagtail.contrib.routable_page.models import RoutablePageMixin
from wagtail.documents import get_document_model
from wagtail.models import CollectionViewRestriction, Page, Site

from home.pages.addresses import path_of
from home.pages.checking.walk import Content, Link
from home.pages.visibility import publicly_visible


class State(StrEnum):
    """What a reader would meet at the end of a link."""

    FINE = "fine"
    GONE = "gone"
    DRAFT = "draft"
    PRIVATE = "private"
    MALFORMED = "malformed"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Target:
    """A link and where it leads. `rest` is what follows the page's own path, if it leads to one."""

    link: Link
    state: State
    title: str = ""
    page_id: int | None = None
    rest: str = ""
    fragment: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    pk: int
    title: str
    url_path: str
    live: bool
    content_type_id: int
    public: bool

    def answers(self, rest: str) -> bool:
        """Whether the page's type answers below its own path (a clause, an edition)."""
        model: Any = ContentType.objects.get_for_id(self.content_type_id).model_class()
        if model is None or not issubclass(model, RoutablePageMixin):
            return False
        try:
            return model().resolve_subpage(f"/{rest}") is not None
        except Resolver404:
            return False


@dataclass(frozen=True, slots=True)
class _Site:
    """The site's root in the tree (/home) and the names it answers to."""

    prefix: str
    hosts: frozenset[str]


_together: ContextVar[frozenset[int]] = ContextVar("pages_going_out_together", default=frozenset())


@contextmanager
def going_out_together(page_ids: Iterable[int]) -> Iterator[None]:
    """Inside, links to these pages are good ones: they are published in the same transaction."""
    token = _together.set(_together.get() | frozenset(page_ids))
    try:
        yield
    finally:
        _together.reset(token)


def targets_of(page: Page, content: Content) -> list[Target]:
    """Every link of the page with where it leads. At most five queries, whatever their number."""
    if content.targets is None:
        content.targets = _follow(page, content)
    return content.targets


def _follow(page: Page, content: Content) -> list[Target]:
    if not content.links:
        return []
    site = _this_site()
    links = [_by_id(link, site) for link in content.links]
    typed = [(link, _own_path(link.address, site)) for link in links if _is_typed(link)]
    paths = {parts.path for _, parts in typed if parts is not None}
    pages = _pages(
        {link.page_id for link in links if link.page_id is not None},
        {site.prefix + prefix for path in paths for prefix in _prefixes(path)},
    )
    documents = _documents({link.document_id for link in links if link.document_id is not None})
    by_path = {path_of(one.url_path): one for one in pages.values()}
    own_paths = dict(typed)
    found = []
    for link in links:
        if link.page_id is not None:
            found.append(_to_page(page, link, pages.get(link.page_id)))
        elif link.document_id is not None:
            found.append(Target(link, *documents.get(link.document_id, (State.GONE, ""))))
        else:
            found.append(_to_address(page, link, own_paths[link], by_path))
    return _spare_redirects(found)


_DOCUMENT = re.compile(r"/documents/(\d{1,12})/")


def _by_id(link: Link, site: _Site) -> Link:
    """A document whose address was typed is the document."""
    parts = _own_path(link.address, site) if _is_typed(link) else None
    typed = _DOCUMENT.match(parts.path) if parts else None
    return replace(link, document_id=int(typed[1])) if typed else link


def _is_typed(link: Link) -> bool:
    return link.page_id is None and link.document_id is None


def _to_page(page: Page, link: Link, target: _Page | None) -> Target:
    if target is None:
        return Target(link, State.GONE)
    fragment = urlsplit(link.address).fragment if link.address else ""
    return Target(link, _state(page, target), target.title, page_id=target.pk, fragment=fragment)


def _state(page: Page, target: _Page) -> State:
    if target.pk == page.pk or target.pk in _together.get():
        return State.FINE
    if not target.live:
        return State.DRAFT
    return State.FINE if target.public else State.PRIVATE


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_WEB = frozenset({"http", "https"})
# PostgreSQL refuses a text with NUL, and no address needs one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE = re.compile(r"[\s，。；：、（）“”《》<>\"\\^`{|}]")


def _to_address(
    page: Page, link: Link, parts: SplitResult | None, by_path: dict[str, _Page]
) -> Target:
    if parts is None:
        return Target(link, State.FINE if _is_well_formed(link.address) else State.MALFORMED)
    path = unquote(parts.path)
    if not path:  # a place on the page itself
        return Target(link, State.FINE, page.title, page_id=page.pk, fragment=parts.fragment)
    if path.startswith("/admin/"):
        return Target(link, State.ADMIN)
    target = next((by_path[one] for one in _prefixes(path) if one in by_path), None)
    if target is not None and path_of(target.url_path) == _slashed(path):
        return Target(link, _state(page, target), target.title, target.pk, fragment=parts.fragment)
    if not _is_the_page_trees(path):
        return Target(link, State.FINE)
    rest = _slashed(path)[len(path_of(target.url_path)) :] if target else ""
    if target is None or not rest or not target.answers(rest):
        return Target(link, State.GONE)
    return Target(
        link, _state(page, target), target.title, target.pk, rest=rest, fragment=parts.fragment
    )


def _own_path(address: str, site: _Site) -> SplitResult | None:
    """The parts of an address of this site; None for one elsewhere or one that is malformed."""
    address = address.strip()
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    if _UNSAFE.search(address) or _CONTROL.search(unquote(parts.path)):
        return None
    if address.startswith(("#", "/")) and not address.startswith("//"):
        return parts
    return parts if parts.scheme in _WEB and host in site.hosts else None


def _this_site() -> _Site:
    """One query; Wagtail's own list of sites is kept in the cache, which is a table here."""
    admin = urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname or "localhost"
    site = Site.objects.select_related("root_page").filter(is_default_site=True).first()
    if site is None:
        return _Site("/home", frozenset({admin}))
    return _Site(site.root_page.url_path.rstrip("/"), frozenset({site.hostname.lower(), admin}))


def _is_well_formed(address: str) -> bool:
    """Whether a browser would know what to do with an address that is none of this site's."""
    address = address.strip()
    if not address or _UNSAFE.search(address) or _CONTROL.search(unquote(address)):
        return False
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return _is_mail(parts.path)
    if parts.scheme == "tel":
        return bool(re.fullmatch(r"\+?[\d\-]{3,20}", parts.path))
    if parts.scheme not in _WEB or not _SCHEME.match(address):
        return False
    return ("." in host.strip(".") and ".." not in host) or host == "localhost"


def _is_mail(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _slashed(path: str) -> str:
    return path if path.endswith("/") else f"{path}/"


def _prefixes(path: str) -> list[str]:
    """The path and those above it, the longest first: /a/b/ gives /a/b/, /a/, /."""
    steps = [step for step in unquote(path).split("/") if step]
    return [f"/{'/'.join(steps[:end])}/" if end else "/" for end in range(len(steps), -1, -1)]


def _is_the_page_trees(path: str) -> bool:
    """Whether Django would hand this path to Wagtail; files are served before Django is asked."""
    if path.startswith((settings.STATIC_URL, settings.MEDIA_URL)):
        return False
    for one in (path, _slashed(path)):
        try:
            match = resolve(one)
        except Resolver404:
            continue
        if match.url_name != "wagtail_serve":
            return False
    return True


def _pages(ids: set[int], url_paths: set[str]) -> dict[int, _Page]:
    """The pages with these ids or places in the tree. Two queries."""
    if not ids and not url_paths:
        return {}
    wanted: QuerySet[Page] = Page.objects.filter(pk__in=ids) | Page.objects.filter(
        url_path__in=url_paths
    )
    rows = list(wanted.values_list("pk", "title", "url_path", "live", "content_type_id"))
    public = set(
        publicly_visible(Page.objects.filter(pk__in=[row[0] for row in rows])).values_list(
            "pk", flat=True
        )
    )
    return {
        pk: _Page(pk, title, url_path, live, type_id, public=pk in public)
        for pk, title, url_path, live, type_id in rows
    }


def _documents(ids: set[int]) -> dict[int, tuple[State, str]]:
    """The documents with these ids, and whether everybody may read them. Two queries."""
    if not ids:
        return {}
    rows = list(get_document_model().objects.filter(pk__in=ids).select_related("collection"))
    closed = CollectionViewRestriction.objects.values_list("collection__path", flat=True)
    private = list(closed)
    return {
        row.pk: (
            State.PRIVATE
            if any(row.collection.path.startswith(path) for path in private)
            else State.FINE,
            row.title,
        )
        for row in rows
    }


def _spare_redirects(found: list[Target]) -> list[Target]:
    """A path that is gone but redirected still leads the reader on."""
    gone = {
        Redirect.normalise_path(target.link.address)
        for target in found
        if target.state == State.GONE and target.link.address and _is_typed(target.link)
    }
    if not gone:
        return found
    led_on = set(Redirect.objects.filter(old_path__in=gone).values_list("old_path", flat=True))
    return [
        Target(target.link, State.FINE)
        if target.state == State.GONE
        and _is_typed(target.link)
        and Redirect.normalise_path(target.link.address) in led_on
        else target
        for target in found
    ]
