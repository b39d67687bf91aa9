"""What the admin lets anybody do with people and places, whatever permissions they were given."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from home.directory.models import Area, Department, Unit, User


class LimitedPolicy(ModelPermissionPolicy):
    """Only the named actions exist for this model, for superusers too."""

    def __init__(self, model: type[Any], *actions: str) -> None:
        super().__init__(model)
        self.actions = frozenset(actions)

    def user_has_permission(self, user: User | AnonymousUser, action: str) -> bool:
        return action in self.actions and super().user_has_permission(user, action)

    def user_has_any_permission(self, user: User | AnonymousUser, actions: Any) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


class AccountPolicy(LimitedPolicy):
    """A superuser's account is a superuser's to change: else a password makes anybody one."""

    def user_has_permission_for_instance(
        self, user: User | AnonymousUser, action: str, instance: User
    ) -> bool:
        if instance.is_superuser and not user.is_superuser:
            return False
        return self.user_has_permission(user, action)


def register() -> None:
    """Called when the apps are ready, before Wagtail makes policies of its own."""
    # Areas and units stand in cases, departments in documents: they come with the reference data.
    register_permission_policy(Area, LimitedPolicy(Area, "view"))
    register_permission_policy(Department, LimitedPolicy(Department, "view", "change"))
    register_permission_policy(Unit, LimitedPolicy(Unit, "view", "change"))
