"""Keeps the derived groups in step, whoever saves a membership: a service, a form, a shell."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from home.directory.models import Membership, User
from home.directory.services import apply_memberships


@receiver(post_save, sender=Membership)
def derive_groups_of_a_saved_membership(
    instance: Membership, raw: bool = False, **kwargs: Any
) -> None:
    if not raw:  # a fixture's user may not be there yet
        apply_memberships(instance.user)


@receiver(post_delete, sender=Membership)
def derive_groups_of_a_deleted_membership(instance: Membership, **kwargs: Any) -> None:
    apply_memberships(instance.user)


@receiver(user_logged_in)
def derive_groups_at_sign_in(user: User, **kwargs: Any) -> None:
    """A membership may have begun or ended since the last time, without anybody saving it."""
    apply_memberships(user)
