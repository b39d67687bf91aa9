"""What policies add to the Wagtail admin."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.widgets.button import Button
from wagtail.models import Page

from home.directory.models import User
from home.policies.importing import may_import
from home.policies.models import PolicyIndexPage

# Everything about policies that isn't a page: `register_policies_menu_item` adds to it.
policies_menu = Menu(register_hook_name="register_policies_menu_item")


@hooks.register("register_admin_urls")
def import_urls() -> list[URLPattern | URLResolver]:
    return [path("policies/import/", include("home.policies.import_urls"))]


@hooks.register("register_admin_menu_item")
def policies_menu_item() -> MenuItem:
    return SubmenuMenuItem(
        _("政策文件"), policies_menu, name="policies", icon_name="doc-full-inverse", order=110
    )


class ImportMenuItem(MenuItem):
    """The way to importing, for those who may make or change a policy."""

    def is_shown(self, request: HttpRequest) -> bool:
        return isinstance(request.user, User) and may_import(request.user)


@hooks.register("register_policies_menu_item")
def import_menu_item() -> MenuItem:
    return ImportMenuItem(
        _("导入公文"), reverse("policies_import"), name="import", icon_name="upload", order=100
    )


@hooks.register("register_page_header_buttons")
def import_button(
    page: Page, user: User, view_name: str, next_url: str | None = None
) -> Iterator[Button]:
    """Beside the list of policies, where one would look for it."""
    if isinstance(page.specific_deferred, PolicyIndexPage) and may_import(user):
        yield Button(_("导入公文"), reverse("policies_import"), icon_name="upload", priority=12)
