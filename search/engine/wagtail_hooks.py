"""What search adds to the Wagtail admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.ui.components import Component

from search.engine.models import IndexComparison
from search.engine.viewsets import SearchViewSetGroup


@hooks.register("register_admin_viewset")
def register_search() -> SearchViewSetGroup:
    return SearchViewSetGroup()


class ComparisonPanel(Component):
    """On the home page of who looks after the search: that the last night mended something."""

    template_name = "search/admin/comparison_panel.html"
    order = 30

    def __init__(self, found: IndexComparison) -> None:
        self.found = found

    def get_context_data(self, parent_context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return {"found": self.found}


@hooks.register("construct_homepage_panels")
def comparison_panel(request: HttpRequest, panels: list[Component]) -> None:
    if request.user.has_perm("search.view_querycount"):
        found = IndexComparison.objects.order_by("-pk").first()
        if found is not None and found.is_drift:
            panels.append(ComparisonPanel(found))
