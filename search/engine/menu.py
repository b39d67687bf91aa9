"""Places in the admin's menu 站内搜索 for what is no list of a model."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permission_policies import ModelPermissionPolicy


class PermittedItem(MenuItem):
    """Shown to those who may see the model's rows."""

    def __init__(self, *args: Any, policy: ModelPermissionPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy

    def is_shown(self, request: HttpRequest) -> bool:
        return self.policy.user_has_any_permission(request.user, {"view", "add", "change"})


class PermittedViewSet(ViewSet):
    """A view that is no list of a model, with a place in the menu."""

    permission_model: type[Any]

    def get_menu_item(self, order: int | None = None) -> MenuItem:
        return PermittedItem(
            label=self.menu_label,
            url=self.menu_url,
            name=self.menu_name,
            icon_name=self.menu_icon,
            order=order or self.menu_order,
            policy=ModelPermissionPolicy(self.permission_model),
        )
