"""What the releases hang on: who may do what, saved revisions, and their mails."""

from __future__ import annotations

from typing import Any

from django.db.models import ProtectedError
from django.db.models.signals import post_save, pre_delete
from wagtail.models import Page, Revision

from delivery import registry
from home.directory.models import Role
from home.directory.roles import allow
from home.pages.releases import messages, services
from home.pages.releases.models import ReleaseEvent


def install() -> None:
    """Called once, when the apps are ready."""
    for role in (Role.EDITOR, Role.REVIEWER):
        allow(role, "pages.add_release", "pages.change_release", "pages.view_release")
    allow(Role.REVIEWER, "pages.approve_release", "pages.publish_release")
    post_save.connect(page_was_saved, sender=Revision, dispatch_uid="releases.page_was_saved")
    pre_delete.connect(keep_the_record, sender=ReleaseEvent)
    registry.register(services.OUTCOME_MAIL, messages.outcome_mail)


def page_was_saved(sender: type[Revision], instance: Revision, **kwargs: Any) -> None:
    """post_save of a Revision: of a page in a release, it may end the release's approval."""
    model = instance.base_content_type.model_class()
    if model is Page:
        services.approval_falls(int(instance.object_id), instance)


def keep_the_record(sender: type[ReleaseEvent], instance: ReleaseEvent, **kwargs: Any) -> None:
    """pre_delete of an event: a release that has a history is not deleted with it."""
    raise ProtectedError("What happened to a release is never deleted.", {instance})
