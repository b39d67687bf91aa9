"""Drafts for named people (仅限指定人员): who sees them, and that nobody else does.

The hidden pages of a person are found once a request. A page whose draft is hidden is in none of
their lists and answers none of the admin's addresses but taking it off the site; what is public
of it stays public.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.http import Http404, HttpRequest
from django.urls import ResolverMatch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page
from wagtail.permission_policies.pages import PagePermissionPolicy

from home.directory.models import User
from home.pages.admin_addresses import AdminAddresses
from home.pages.authority import NotAuthorised, current_request
from home.pages.review.upkeep import DraftAccess
from home.pages.whole_numbers import whole_number

# By these names the admin's addresses speak of a page.
PAGE_ARGUMENTS = ("page_id", "parent_page_id", "page_to_move_id", "destination_id")
# In these, "pk" is a page too.
PAGE_NAMESPACES = frozenset({"wagtailadmin_pages", "wagtailadmin_api"})
# An emergency can't wait for a named person.
OPEN_TO_ALL = frozenset({"wagtailadmin_pages:unpublish"})
# What stands in place of whatever a hidden draft says.
HIDDEN = gettext_lazy("（草稿仅限指定人员）")


def hidden_from(user: Any) -> frozenset[int]:
    """The pages whose drafts this person does not see. A superuser sees all, to mend things."""
    if not user.is_authenticated or user.is_superuser:
        return frozenset()
    known = user.__dict__.get("_hidden_pages")
    if known is None:
        rows = DraftAccess.objects.exclude(people=user).exclude(set_by=user)
        known = user.__dict__["_hidden_pages"] = frozenset(rows.values_list("page_id", flat=True))
    return known


def edits_pages(user: Any) -> bool:
    """Whether this person writes or reviews any pages. No query where their rights are known."""
    return bool(PagePermissionPolicy().user_has_any_permission(user, {"add", "change", "publish"}))


def may_see(user: Any, page: Page) -> bool:
    """Whether this person sees the page's draft."""
    return page.pk not in hidden_from(user)


def install() -> None:
    """Puts `title_for_lists` into Page itself: many of the admin's lists hold plain pages."""
    if Page.get_admin_display_title is not title_for_lists:
        Page.get_admin_display_title = title_for_lists


_draft_title = Page.get_admin_display_title


def title_for_lists(page: Page) -> str:
    """The draft's title, or to whom it is hidden, what the public knows of the page."""
    if page.pk not in hidden_here():
        title: str = _draft_title(page)
        return title
    return page.title if page.live else str(HIDDEN)


def hidden_here() -> frozenset[int]:
    """The pages whose drafts are hidden from whoever sent the web request; none outside of one."""
    user = getattr(current_request(), "user", None)
    return hidden_from(user) if user is not None else frozenset()


def title_in_row(page_id: int, draft_title: str, title: str, live: bool) -> str:
    """`title_for_lists`, for lists whose rows hold no page."""
    if page_id not in hidden_here():
        return draft_title
    return title if live else str(HIDDEN)


@transaction.atomic
def restrict(page: Page, people: Iterable[User], by: User) -> DraftAccess:
    """Names those who see the draft, beside whoever names them."""
    access, _created = DraftAccess.objects.update_or_create(
        page_id=page.pk, defaults={"set_by": by}
    )
    access.people.set(people)
    return access


def lift(page: Page) -> None:
    """Lets everybody with the right to edit see the draft again."""
    DraftAccess.objects.filter(page_id=page.pk).delete()


def restrict_copy(page: Page, copied: Page) -> None:
    """A copy of a hidden draft is for the same people."""
    access = DraftAccess.objects.filter(page_id=page.pk).first()
    if access is not None:
        restrict(copied, access.people.all(), access.set_by)


def require_may_copy(user: User | None, pages: Iterable[Page]) -> None:
    """Raises `NotAuthorised` where a section is copied with drafts that the person can't see."""
    if user is not None and hidden_from(user) & {page.pk for page in pages}:
        raise NotAuthorised(_("没有复制：其中有仅限指定人员的草稿。"))


class NamedPeopleOnly(AdminAddresses):
    """Middleware: the admin's addresses of a hidden page are not there."""

    def look(self, request: HttpRequest, match: ResolverMatch, kwargs: dict[str, Any]) -> None:
        if match.view_name in OPEN_TO_ALL:
            return
        in_bulk = match.view_name == "wagtail_bulk_action" and kwargs.get("model_name") == "page"
        if in_bulk or match.view_name == "wagtailadmin_choose_page_chosen_multiple":
            # What is no plain number there, `OddAddresses` refuses.
            kwargs = kwargs | {"page_id": request.GET.getlist("id")}
        names = [*PAGE_ARGUMENTS, *(["pk"] if set(match.namespaces) & PAGE_NAMESPACES else [])]
        given = (whole_number(one) for name in names for one in _listed(kwargs.get(name, "")))
        named = {number for number in given if number is not None}
        user = getattr(request, "user", AnonymousUser())
        if not (named or in_bulk) or not user.is_authenticated:
            return
        if named & hidden_from(user):
            raise Http404
        # Wagtail names a page, unpublished too, before it asks for rights on it.
        reads = request.method in ("GET", "HEAD")
        if reads and not edits_pages(user) and (in_bulk or _unpublished(named)):
            raise Http404


def _unpublished(named: set[int]) -> bool:
    return Page.objects.filter(pk__in=named, live=False).exists()


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


class DraftsPolicy(PagePermissionPolicy):
    """Wagtail's rights on pages, less the pages whose drafts are hidden from the person."""

    def explorable_instances(self, user: Any) -> Any:
        return super().explorable_instances(user).exclude(pk__in=hidden_from(user))

    def instances_user_has_any_permission_for(self, user: Any, actions: Any) -> Any:
        pages = super().instances_user_has_any_permission_for(user, actions)
        return pages.exclude(pk__in=hidden_from(user))

    def user_has_any_permission_for_instance(self, user: Any, actions: Any, instance: Page) -> bool:
        return may_see(user, instance) and super().user_has_any_permission_for_instance(
            user, actions, instance
        )
