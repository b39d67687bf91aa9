"""What search adds to the Wagtail admin."""

from __future__ import annotations

from wagtail import hooks

from search.engine.viewsets import SearchViewSetGroup


@hooks.register("register_admin_viewset")
def register_search() -> SearchViewSetGroup:
    return SearchViewSetGroup()
