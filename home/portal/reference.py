"""Gives the rows that Wagtail's migrations leave in English their Chinese names."""

from __future__ import annotations

from django.db import transaction
from wagtail.models import Page, Task, Workflow

SEEDED_WORKFLOW = "Moderators approval"
SEEDED_ROOT = "Root"


@transaction.atomic
def load() -> str:
    """Renames the workflow, its task and the root page, unless somebody already has."""
    renamed = Workflow.objects.filter(name=SEEDED_WORKFLOW).update(name="发布审核")
    renamed += Task.objects.filter(name=SEEDED_WORKFLOW).update(name="审核人审核")
    renamed += Page.objects.filter(depth=1, title=SEEDED_ROOT).update(
        title="全部页面", draft_title="全部页面"
    )
    return f"{renamed} of Wagtail's own rows renamed"
