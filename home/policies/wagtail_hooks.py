"""What policies add to the Wagtail admin."""

from __future__ import annotations

from django.http import HttpRequest
from wagtail import hooks
from wagtail.models import Page

from home.policies.choosers import ClauseKeyChooserViewSet, clause_chooser
from home.policies.models import PolicyPage
from home.policies.services import register_keys


@hooks.register("after_create_page")
@hooks.register("after_edit_page")
def keep_the_keys(request: HttpRequest, page: Page) -> None:
    """Registers the keys of a draft that somebody saved, so that its interpretation can name them.

    Wagtail saves by itself every half-second, while a number is half typed: the keys given there
    are given anew with the next save, are shown to nobody and are not kept.
    """
    if isinstance(page, PolicyPage) and request.accepts("text/html"):
        register_keys(page, [clause.key for clause in page.clauses.all()])


@hooks.register("register_admin_viewset")
def clause_chooser_viewset() -> ClauseKeyChooserViewSet:
    return clause_chooser
