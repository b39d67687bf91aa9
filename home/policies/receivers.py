"""What publishing a policy sets off, inside the publishing transaction."""

from __future__ import annotations

from typing import Any

from wagtail.models import Revision

from home.policies import services
from home.policies.models import PolicyPage


def record_edition(
    sender: type, instance: PolicyPage, revision: Revision | None = None, **kwargs: Any
) -> None:
    """page_published of a PolicyPage: the edition and the clause keys."""
    if revision is not None:
        services.record_edition(instance, revision)
