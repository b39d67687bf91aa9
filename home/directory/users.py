"""Wagtail's app of user accounts, with our forms and limits in place of its own."""

from __future__ import annotations

from wagtail.users.apps import WagtailUsersAppConfig


class UsersConfig(WagtailUsersAppConfig):
    user_viewset = "home.directory.accounts.UserViewSet"

    def ready(self) -> None:
        from wagtail.permissions import register_permission_policy

        from home.directory.models import User
        from home.directory.permissions import AccountPolicy

        super().ready()
        register_permission_policy(User, AccountPolicy(User, "add", "view", "change"))
