"""Puts the releases into the Wagtail admin; imported by `home.pages.wagtail_hooks`."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.widgets import Button
from wagtail.models import Page

from home.directory.models import User
from home.pages.releases import selectors
from home.pages.releases.models import PINNED_STATES, Release
from home.pages.releases.views import concerns


@hooks.register("register_admin_urls")
def release_urls() -> list[URLPattern | URLResolver]:
    return [path("releases/", include("home.pages.releases.urls"))]


class ReleasesMenuItem(MenuItem):
    """The way to the releases."""

    def is_shown(self, request: HttpRequest) -> bool:
        return concerns(request)


@hooks.register("register_admin_menu_item")
def releases_menu_item() -> MenuItem:
    return ReleasesMenuItem(
        gettext_lazy("发布包"),
        reverse("releases_index"),
        name="releases",
        icon_name="clipboard-list",
        order=150,
    )


@hooks.register("insert_global_admin_css")
def releases_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("css/releases.css"))


@hooks.register("register_page_header_buttons")
def add_to_a_release(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    """In the menu of a page's header: 加入发布包."""
    if page.is_root() or not user.has_perm("pages.change_release"):
        return
    if page.permissions_for_user(user).can_edit():
        yield Button(
            _("加入发布包…"),
            reverse("releases_add_this", args=[page.pk]),
            icon_name="clipboard-list",
            priority=25,
        )


@hooks.register("before_edit_page")
def say_that_it_waits(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Opening a page that waits in a release: what a change would do is said before it is made."""
    if request.method == "GET":
        release = selectors.release_of(page)
        if release is not None:
            address = reverse("releases_detail", args=[release.pk])
            buttons = [messages.button(address, _("查看发布包"))]
            messages.info(request, _notice(release), buttons=buttons)
    return None


def _notice(release: Release) -> str:
    words = {"title": release.title, "state": release.get_state_display()}
    if release.state in PINNED_STATES:
        return (
            _("这一页在发布包“%(title)s”里（%(state)s）。现在修改，送审和批准就失效，要重新送审。")
            % words
        )
    return _("这一页在发布包“%(title)s”里（%(state)s），将和其他页面一起审核、一起发布。") % words
