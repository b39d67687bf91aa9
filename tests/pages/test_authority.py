"""No publishing around the workflow: every way out of a draft, tried."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, Revision, WorkflowPage, WorkflowState

from home.pages import authority
from home.pages.authority import NotAuthorised, authorised_by
from home.pages.review.models import ReviewSettings, ReviewTaskState, Warrant
from home.policies.models import Edition
from home.portal.models import NewsPage
from tests.pages.press import House, client_of


def is_live(page: Page) -> bool:
    return Page.objects.get(pk=page.pk).live


# ── code ────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_is_not_published_by_anybody_alone(house: House, as_the_web: None) -> None:
    page = house.draft_news()
    for user in (None, house.editor, house.first, house.superuser()):
        with pytest.raises(NotAuthorised, match="要经过1次审核"):
            page.get_latest_revision().publish(user=user, skip_permission_checks=True)
    assert not is_live(page)


def test_a_reviewed_draft_goes_out(house: House, as_the_web: None) -> None:
    news, policy = house.draft_news(), house.draft_policy()
    house.publish_by_review(news)
    house.publish_by_review(policy)
    assert is_live(news)
    assert is_live(policy)
    assert ReviewTaskState.objects.filter(status="approved").count() == 1 + 3
    assert Edition.objects.filter(policy=policy).count() == 1


def test_two_of_three_reviews_are_not_enough(house: House, as_the_web: None) -> None:
    page = house.draft_policy()
    house.submit(page, house.editor)
    house.approve(page, house.first)
    house.approve(page, house.second)
    with pytest.raises(NotAuthorised):
        page.get_latest_revision().publish()
    assert not is_live(page)


def test_what_was_approved_can_be_published_again_and_no_other_text(
    house: House, as_the_web: None
) -> None:
    page = house.draft_news()
    house.publish_by_review(page)
    approved = page.get_latest_revision()
    NewsPage.objects.get(pk=page.pk).unpublish()
    approved.publish()
    assert is_live(page)
    later = NewsPage.objects.get(pk=page.pk)
    later.title = "没有人看过的标题"
    revision = later.save_revision(user=house.editor)
    with pytest.raises(NotAuthorised, match="重新送审"):
        revision.publish()


def test_an_approved_revision_that_was_overwritten_since_is_refused(
    house: House, as_the_web: None
) -> None:
    """Autosave writes over the same revision: its number says nothing about its text."""
    page = house.draft_news()
    page.go_live_at = timezone.now() + timedelta(days=1)
    page.save_revision(user=house.editor)
    house.publish_by_review(page)
    revision = NewsPage.objects.get(pk=page.pk).get_latest_revision()
    assert revision.approved_go_live_at is not None
    revision.content["title"] = "偷换的标题"
    revision.save()
    assert authority.refusal(revision)
    revision.refresh_from_db()
    with pytest.raises(NotAuthorised):
        revision.publish()


def test_a_reverted_old_text_needs_its_own_review(house: House, as_the_web: None) -> None:
    page = house.draft_news()
    house.publish_by_review(page)
    first = page.get_latest_revision()
    later = NewsPage.objects.get(pk=page.pk)
    later.title = "第二版"
    later.save_revision(user=house.editor)
    house.publish_by_review(later)
    back = first.as_object().save_revision(user=house.editor, previous_revision=first)
    with pytest.raises(NotAuthorised):
        back.publish(previous_revision=first)


def test_a_release_covers_its_revisions_as_they_were_approved(house: House) -> None:
    one, other = house.draft_news("one"), house.draft_news("two")
    revision = one.get_latest_revision()
    approved = authority.release("release:1", {revision.pk: authority.digest_of(revision)})
    with authorised_by(approved):
        with pytest.raises(NotAuthorised):
            other.get_latest_revision().publish()
        revision.publish()
    assert is_live(one)
    assert not is_live(other)


def test_a_release_does_not_cover_a_text_changed_after_its_approval(house: House) -> None:
    page = house.draft_news()
    revision = page.get_latest_revision()
    approved = authority.release("release:1", {revision.pk: authority.digest_of(revision)})
    revision.content["title"] = "改过的标题"
    revision.save()
    with authorised_by(approved), pytest.raises(NotAuthorised):
        revision.publish()


def test_no_request_is_an_operator(house: House, rf: object) -> None:
    def view(request: object) -> None:
        authority.operator("a view")

    with pytest.raises(RuntimeError):
        authority.NoAuthorityFromOutside(view)(rf.get("/"))  # type: ignore[arg-type, attr-defined]


def test_a_single_nod_set_up_by_an_administrator_does_not_publish_a_policy(
    house: House, as_the_web: None
) -> None:
    house.group_workflow(house.policies)
    page = house.draft_policy()
    house.submit(page, house.editor)
    state = house.state(page)
    with pytest.raises(NotAuthorised):
        state.task.specific.on_action(state, house.first, "approve")
    assert not is_live(page)
    assert WorkflowState.objects.get().status == "in_progress", "all or nothing"


def test_a_small_house_can_ask_for_less(house: House, as_the_web: None) -> None:
    settings = ReviewSettings.load()
    settings.news_reviews = 0
    settings.policy_reviews = 1
    settings.save()
    news, policy = house.draft_news(), house.draft_policy()
    news.get_latest_revision().publish(user=house.first)
    house.publish_by_review(policy)
    assert is_live(news)
    assert is_live(policy)
    assert ReviewTaskState.objects.filter(status="skipped").count() == 2


def test_numbers_that_the_editor_gives_are_not_the_text(house: House) -> None:
    """A text from an import is opened and saved in the editor: its words are the same."""

    revision = house.draft_news("n", "一").get_latest_revision()

    def digest(body: str) -> str:
        revision.content["body"] = body
        return authority.digest_of(revision)

    assert digest("<p>正文。</p>") == digest('<p data-block-key="x1y2z">正文。</p>')
    stream = '[{"type": "paragraph", "value": "<p>甲</p>"}]'
    with_ids = '[{"type": "paragraph", "value": "<p data-block-key=\\"a\\">甲</p>", "id": "7f"}]'
    assert digest(stream) == digest(with_ids)
    assert digest(stream) != digest(stream.replace("甲", "乙"))
    assert digest("[{不是JSON") == digest("[{不是JSON")


# ── for later ───────────────────────────────────────────────────────────────────────────────────


def scheduled(house: House) -> NewsPage:
    page = house.draft_news()
    page.go_live_at = timezone.now() + timedelta(hours=1)
    page.save_revision(user=house.editor)
    return page


def the_minute_comes(*pages: Page) -> None:
    """The hour is over: both the page's own time and that of its revision are past."""
    past = timezone.now() - timedelta(minutes=1)
    for page in pages:
        revision = Page.objects.get(pk=page.pk).get_latest_revision()
        Revision.objects.filter(pk=revision.pk).update(approved_go_live_at=past)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        call_command("publish_scheduled")


def test_a_set_minute_is_no_way_around(house: House, as_the_web: None) -> None:
    page = scheduled(house)
    with pytest.raises(NotAuthorised):
        page.get_latest_revision().publish()
    other = house.draft_news("two")
    other.go_live_at = timezone.now() + timedelta(hours=1)
    other.save_revision(user=house.editor)
    house.publish_by_review(other)
    the_minute_comes(page, other)
    assert not is_live(page)
    assert is_live(other), "one page that may not go out keeps no other back"
    assert page.get_latest_revision().approved_go_live_at is None, "it is not tried for ever"


def test_what_was_approved_for_later_goes_out_at_its_minute(house: House, as_the_web: None) -> None:
    page = scheduled(house)
    house.publish_by_review(page)
    assert not is_live(page)
    the_minute_comes(page)
    assert is_live(page)


def test_a_release_for_later_is_remembered(house: House, as_the_web: None) -> None:
    page = scheduled(house)
    revision = page.get_latest_revision()
    approved = authority.release("release:7", {revision.pk: authority.digest_of(revision)})
    with authorised_by(approved):
        revision.publish()
    assert Warrant.objects.get().name == "release:7"
    the_minute_comes(page)
    assert is_live(page)


# ── the admin ───────────────────────────────────────────────────────────────────────────────────


def test_the_editor_offers_publishing_to_nobody(house: House) -> None:
    page = house.draft_news()
    for user in (house.editor, house.first, house.superuser()):
        html = (
            client_of(user).get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
        )
        assert 'name="action-publish"' not in html
        assert 'name="action-submit"' in html
        html = (
            client_of(user)
            .get(reverse("wagtailadmin_pages:add", args=["portal", "newspage", house.news.pk]))
            .content.decode()
        )
        assert 'name="action-publish"' not in html


def news_form(**values: str) -> dict[str, str]:
    return {
        "title": "新的标题",
        "slug": "one",
        "published_on": "2026-11-01",
        "body": '{"blocks": [], "entityMap": {}}',
        "comments-TOTAL_FORMS": "0",
        "comments-INITIAL_FORMS": "0",
        **values,
    }


def test_a_posted_publish_saves_a_draft(house: House) -> None:
    page = house.draft_news()
    for user in (house.first, house.superuser()):
        client_of(user).post(
            reverse("wagtailadmin_pages:edit", args=[page.pk]), news_form(**{"action-publish": "1"})
        )
        client_of(user).post(
            reverse("wagtailadmin_pages:add", args=["portal", "newspage", house.news.pk]),
            news_form(**{"action-publish": "1", "slug": f"new-{user.username}"}),
        )
    assert NewsPage.objects.count() == 3
    assert not NewsPage.objects.filter(live=True).exists()


def test_publishing_in_bulk_is_refused(house: House) -> None:
    page = house.draft_news()
    for user in (house.first, house.superuser()):
        client_of(user).post(
            reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
            + f"?id={page.pk}&id={house.news.pk}",
            {"include_descendants": "on"},
        )
    assert not is_live(page)


def test_publishing_a_section_with_all_below_it_leaves_its_drafts(house: House) -> None:
    """The section may be published by a reviewer, and offers to take its drafts along."""
    page = house.draft_news()
    house.news.save_revision()
    client_of(house.superuser()).post(
        reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
        + f"?id={house.news.pk}",
        {"include_descendants": "on"},
    )
    assert is_live(house.news)
    assert not is_live(page)


def test_a_copy_does_not_stay_live(house: House, as_the_web: None) -> None:
    page = house.draft_news()
    house.publish_by_review(page)
    page = NewsPage.objects.get(pk=page.pk)
    with pytest.raises(NotAuthorised, match="副本"):
        page.copy(update_attrs={"slug": "copy"}, keep_live=True)
    with pytest.raises(NotAuthorised):
        house.news.specific.copy(recursive=True, update_attrs={"slug": "n"}, to=house.home)
    page.copy(update_attrs={"slug": "copy"}, keep_live=False)
    with pytest.raises(NotAuthorised, match="别名"):
        page.create_alias(update_slug="alias")
    assert NewsPage.objects.filter(live=True).count() == 1


def test_a_copy_made_in_the_admin_is_a_draft(house: House, as_the_web: None) -> None:
    page = house.draft_news()
    house.publish_by_review(page)
    for user in (house.first, house.superuser()):
        url = reverse("wagtailadmin_pages:copy", args=[page.pk])
        assert 'name="publish_copies"' not in client_of(user).get(url).content.decode()
        client_of(user).post(
            url,
            {
                "new_title": "副本",
                "new_slug": f"copy-{user.username}",
                "new_parent_page": str(house.news.pk),
                "publish_copies": "on",
                "alias": "on" if user.is_superuser else "",
            },
        )
    assert NewsPage.objects.filter(live=True).count() == 1


def test_an_emergency_needs_no_review_to_take_a_page_off(house: House, as_the_web: None) -> None:
    page = house.draft_news()
    house.publish_by_review(page)
    client_of(house.first).post(reverse("wagtailadmin_pages:unpublish", args=[page.pk]))
    assert not is_live(page)


def test_moving_stays_possible(house: House, as_the_web: None) -> None:
    page = house.draft_news()
    house.publish_by_review(page)
    other = house.add(house.home, type(house.news)(title="另一栏", slug="other"))
    NewsPage.objects.get(pk=page.pk).move(other, pos="last-child", user=house.superuser())
    assert is_live(page)


def test_no_workflow_at_all_is_no_way_around(house: House, as_the_web: None) -> None:
    WorkflowPage.objects.all().delete()
    page = house.draft_news()
    with pytest.raises(NotAuthorised):
        page.get_latest_revision().publish(user=house.superuser())


def test_the_reason_reaches_the_person(house: House) -> None:
    """The group's nod on a policy is refused at the end: the sentence is shown, nothing is lost."""
    house.group_workflow(house.policies)
    page = house.draft_policy()
    house.submit(page, house.editor)
    state = house.state(page)
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    response = client_of(house.first).post(
        reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.pk]),
        HTTP_REFERER=f"http://testserver{edit}",
        follow=True,
    )
    assert response.redirect_chain[-1][0].endswith(edit)
    assert "要经过3次审核" in response.content.decode()


# ── cost ────────────────────────────────────────────────────────────────────────────────────────


def test_the_settings_are_asked_once_a_request(
    house: House, django_assert_max_num_queries: object
) -> None:
    for number in range(12):
        house.draft_news(f"n{number}")
    client = client_of(house.first)
    url = reverse("wagtailadmin_explore", args=[house.news.pk])
    client.get(url)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        client.get(url)
    asked = [q for q in queries if "pages_reviewsettings" in q["sql"]]
    assert len(asked) <= 1
