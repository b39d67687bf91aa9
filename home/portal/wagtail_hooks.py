"""The Wagtail admin as our people see it: our colours, and nothing in it that isn't theirs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.html import format_html
from wagtail import hooks
from wagtail.admin.menu import MenuItem, SubmenuMenuItem
from wagtail.admin.views.account import AvatarSettingsPanel


@hooks.register("insert_global_admin_css")
def admin_css() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("css/admin.css"))


@hooks.register("construct_main_menu", order=1000)
def only_what_is_ours(request: HttpRequest, items: list[MenuItem]) -> None:
    """Takes out Wagtail's help, which leads to pages in English outside, and its version number."""
    items[:] = [
        _plain_submenu(item) if item.name == "settings" else item
        for item in items
        if item.name != "help"
    ]


@hooks.register("construct_reports_menu")
def names_of_models_are_for_administrators(request: HttpRequest, items: list[MenuItem]) -> None:
    """The report of page types names models and apps, which say nothing to an editor."""
    if not request.user.is_superuser:
        items[:] = [item for item in items if item.name != "page-types-usage"]


def _plain_submenu(item: Any) -> SubmenuMenuItem:
    return SubmenuMenuItem(
        item.label, item.menu, name=item.name, icon_name=item.icon_name, order=item.order
    )


def _never(panel: Any) -> bool:
    return False


# A photograph of a member of staff would lie in the public media folder as it was taken, with its
# place and time. Wagtail has no setting for this; an inactive panel is neither shown nor saved.
AvatarSettingsPanel.is_active = _never
