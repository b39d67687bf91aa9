"""What the database can show for a revision that wants to go out."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from wagtail.models import Page, Revision, TaskState, WorkflowState

from home.pages.authority import Authority, digest_of, review_settings
from home.pages.review.models import ReviewTaskState, Warrant


def revisions_under_review(page: Page) -> QuerySet[Revision]:
    """The revisions saved since what is live now, oldest first."""
    revisions = page.revisions.order_by("pk")
    if page.live_revision_id:
        revisions = revisions.filter(pk__gt=page.live_revision_id)
    return revisions


def authors(page: Page) -> set[int]:
    """Who changed the text since the last publication; a remark beside the text changes nothing."""
    found: set[int] = set()
    before = digest_of(page.live_revision) if page.live_revision_id else ""
    for revision in revisions_under_review(page).iterator(chunk_size=20):
        digest = digest_of(revision)
        if revision.user_id and digest != before:
            found.add(revision.user_id)
        before = digest
    return found


def approvals(revision: Revision) -> int:
    """How many reviews have approved exactly this revision as it reads now.

    A stage counts once, its reviewer is no author of the text, and where the house wants another
    person for each stage a person counts once.
    """
    states = ReviewTaskState.objects.filter(
        revision=revision,
        status=TaskState.STATUS_APPROVED,
        workflow_state__status=WorkflowState.STATUS_APPROVED,
        digest=digest_of(revision),
        finished_by__isnull=False,
    )
    page = Page.objects.get(pk=revision.object_id)
    writers = authors(page) | ({revision.user_id} if _wrote(revision) else set())
    rows = [row for row in states.values_list("task_id", "finished_by_id") if row[1] not in writers]
    stages = len({task for task, _person in rows})
    if review_settings().one_person_one_stage:
        return min(stages, len({person for _task, person in rows}))
    return stages


def _wrote(revision: Revision) -> bool:
    """Whether the revision's own user changed the text with it."""
    before = (
        Revision.objects.for_instance(revision.content_object)
        .filter(pk__lt=revision.pk)
        .order_by("-pk")
        .first()
    )
    return before is None or digest_of(before) != digest_of(revision)


def was_approved_before(revision: Revision) -> bool:
    """Whether a stage had approved this revision, or one before it, in the review that ran last."""
    return ReviewTaskState.objects.filter(
        workflow_state__base_content_type=revision.base_content_type,
        workflow_state__object_id=revision.object_id,
        status=TaskState.STATUS_APPROVED,
    ).exists()


def scheduled_by_authority(revision: Revision) -> bool:
    """Whether the revision was set to go out by a release or an operator, and reads as it did."""
    if revision.approved_go_live_at is None:
        return False
    warrant = Warrant.objects.filter(revision=revision).first()
    return warrant is not None and warrant.digest == digest_of(revision)


def keep_for_the_set_minute(revision: Revision, authority: Authority) -> None:
    """Notes the authority of a revision that is published for later."""
    go_live_at = revision.as_object().go_live_at
    if go_live_at is None or go_live_at <= timezone.now():
        return
    Warrant.objects.update_or_create(
        revision=revision,
        defaults={
            "ground": authority.ground,
            "name": authority.name,
            "digest": digest_of(revision),
        },
    )
