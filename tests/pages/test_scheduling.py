"""Single pages with a time of their own: each goes out, or off, whatever happens to the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import Page, Revision
from wagtail.signals import page_published

from home.pages import scheduling
from home.portal.models import NewsPage
from tests.pages import bundle

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_site")]


def due(slug: str) -> NewsPage:
    """A page whose minute is set, and has come."""
    page = bundle.new_news(slug, go_live_at=timezone.now() + timedelta(hours=1))
    page.latest_revision.publish()
    past = timezone.now() - timedelta(minutes=1)
    revision = Revision.objects.get(pk=page.latest_revision_id)
    Revision.objects.filter(pk=revision.pk).update(
        approved_go_live_at=past,
        content={**revision.content, "go_live_at": past.isoformat()},
    )
    return page


def is_live(slug: str) -> bool:
    return Page.objects.get(slug=slug).live


def test_a_page_that_fails_keeps_no_other_from_its_minute_and_is_tried_again() -> None:
    due("bad")
    due("good")
    gone = bundle.new_news("gone")
    gone.latest_revision.publish()
    Page.objects.filter(pk=gone.pk).update(expire_at=timezone.now() - timedelta(minutes=1))

    def fail(instance: Page, **kwargs: object) -> None:
        if instance.slug == "bad":
            raise LookupError("a listener's own fault")

    page_published.connect(fail, sender=NewsPage)
    try:
        with pytest.raises(ExceptionGroup) as failed:
            scheduling.publish_due()
    finally:
        page_published.disconnect(fail, sender=NewsPage)
    assert len(failed.value.exceptions) == 1
    assert (is_live("bad"), is_live("good"), is_live("gone")) == (False, True, False)
    assert scheduling.publish_due() == (1, 0)
    assert is_live("bad")
    assert scheduling.publish_due() == (0, 0)


def test_a_page_whose_minute_has_not_come_waits() -> None:
    page = bundle.new_news("later", go_live_at=timezone.now() + timedelta(hours=1))
    page.latest_revision.publish()
    assert scheduling.publish_due() == (0, 0)
    assert not is_live("later")
