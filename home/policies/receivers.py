"""What publishing a policy sets off, inside the publishing transaction."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, ProtectedError
from wagtail.models import Revision

from home.policies import services
from home.policies.models import PolicyPage


def keep_for_ever(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    """pre_delete of what others cite: refused by every way the ORM has."""
    raise ProtectedError(f"{sender.__name__} is never deleted.", {instance})


def record_edition(
    sender: type, instance: PolicyPage, revision: Revision | None = None, **kwargs: Any
) -> None:
    """page_published of a PolicyPage: the edition and the clause keys.

    Wagtail also sends it when a page is only scheduled; then nothing has been published yet.
    """
    if revision is not None and instance.live:
        services.record_edition(instance, revision)
