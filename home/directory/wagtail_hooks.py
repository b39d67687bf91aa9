"""What the directory adds to the Wagtail admin."""

from __future__ import annotations

from wagtail import hooks
from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

from home.directory.accounts import CLOSED_BULK_ACTIONS
from home.directory.viewsets import DirectoryViewSetGroup, unit_chooser


@hooks.register("register_admin_viewset")
def register_directory() -> list[ViewSet | ViewSetGroup]:
    return [unit_chooser, DirectoryViewSetGroup()]


# After Wagtail's own of the same name: the later one takes its place.
for closed in CLOSED_BULK_ACTIONS:
    hooks.register("register_bulk_action", closed, order=100)
