"""A draft for named people: every way to it is tried by somebody who is not named."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from wagtail.models import Page

from home.directory.models import Role, User
from home.pages.authority import NotAuthorised
from home.pages.models import SiteDocument
from home.pages.review import drafts
from home.portal.models import NewsPage
from tests.pages.press import House, client_of

SECRET = "还不能让人知道的标题"
PUBLIC = "已经公开的标题"


@pytest.fixture
def other(house: House) -> User:
    return house.person("other-editor", Role.EDITOR)


@pytest.fixture
def page(house: House) -> NewsPage:
    """Live under one title, with a draft of another that the editor and one reviewer see."""
    page = house.draft_news(title=PUBLIC)
    house.publish_by_review(page)
    draft = NewsPage.objects.get(pk=page.pk)
    draft.title = SECRET
    draft.save_revision(user=house.editor)
    drafts.restrict(draft, [house.first], house.editor)
    return NewsPage.objects.get(pk=page.pk)


def routes(page: Page, house: House) -> list[str]:
    """Every address of the admin that speaks of a page."""
    first, last = page.revisions.order_by("pk").first(), page.get_latest_revision()
    one = [page.pk]
    by_page = (
        "edit", "view_draft", "history", "history_results", "usage", "copy", "delete",
        "set_privacy", "lock", "unlock", "revisions_index", "preview_on_edit", "convert_alias",
    )  # fmt: skip
    return [
        *(reverse(f"wagtailadmin_pages:{name}", args=one) for name in by_page),
        reverse("wagtailadmin_pages:move", args=one),
        reverse("wagtailadmin_pages:move_confirm", args=[page.pk, house.home.pk]),
        reverse("wagtailadmin_pages:set_page_position", args=one),
        reverse("wagtailadmin_pages:revisions_view", args=[page.pk, first.pk]),
        reverse("wagtailadmin_pages:revisions_revert", args=[page.pk, first.pk]),
        reverse("wagtailadmin_pages:revisions_unschedule", args=[page.pk, last.pk]),
        reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, first.pk, last.pk]),
        reverse("wagtailadmin_pages:revisions_compare", args=[page.pk, "live", "latest"]),
        reverse("wagtailadmin_pages:add_subpage", args=one),
        reverse("wagtailadmin_explore", args=one),
        reverse("wagtailadmin_choose_page_child", args=one),
        reverse("wagtailadmin_api:pages:detail", args=one),
        reverse("review_due_page", args=one),
        reverse("draft_access", args=one),
    ]


def test_no_address_answers_who_is_not_named(page: NewsPage, house: House, other: User) -> None:
    for user in (other, house.second):
        client = client_of(user)
        for address in routes(page, house):
            for response in (client.get(address), client.post(address)):
                assert response.status_code in {403, 404}, address
                assert SECRET not in response.content.decode(), address


def test_the_same_addresses_answer_who_is_named(page: NewsPage, house: House) -> None:
    for user in (house.editor, house.first):
        client = client_of(user)
        for name in ("edit", "history", "view_draft", "copy"):
            response = client.get(reverse(f"wagtailadmin_pages:{name}", args=[page.pk]))
            assert response.status_code == 200, name
        assert (
            SECRET
            in client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
        )


def lists(house: House) -> list[str]:
    api = reverse("wagtailadmin_api:pages:listing")
    return [
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_explore", args=[house.news.pk]),
        reverse("wagtailadmin_explore", args=[house.news.pk]) + f"?q={SECRET}",
        reverse("wagtailadmin_explore", args=[house.news.pk]) + "?export=csv",
        reverse("wagtailadmin_pages:search") + f"?q={SECRET}",
        reverse("wagtailadmin_choose_page_child", args=[house.news.pk]),
        reverse("wagtailadmin_choose_page_search") + f"?q={SECRET}",
        api + f"?child_of={house.news.pk}",
        api + f"?child_of={house.news.pk}&for_explorer=1",
        reverse("wagtailadmin_pages:type_use", args=["portal", "newspage"]),
        reverse("wagtailadmin_reports:site_history"),
        reverse("wagtailadmin_reports:locked_pages"),
        reverse("wagtailadmin_reports:aging_pages"),
        reverse("wagtailadmin_reports:workflow"),
        reverse("wagtailadmin_reports:workflow_tasks"),
        reverse("review_due"),
    ]


def test_no_list_names_the_draft_to_others(page: NewsPage, house: House, other: User) -> None:
    house.submit(page, house.editor)
    for user in (other, house.second):
        client = client_of(user)
        for address in lists(house):
            response = client.get(address, follow=True)
            body = b"".join(response) if response.streaming else response.content
            shown = body.decode().replace(f'value="{SECRET}"', "").replace(f"<em>{SECRET}</em>", "")
            shown = shown.replace(f"q={SECRET}", "")
            assert SECRET not in shown, address


def test_whoever_edits_no_pages_hears_of_no_draft(house: House) -> None:
    page = house.draft_news(title=SECRET)
    clerk = client_of(house.person("clerk", Role.CLERK))
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    addresses = [
        *routes(page, house),
        f"{bulk}?id={page.pk}",
        f"{bulk}?id=all&childOf={house.news.pk}",
        reverse("wagtailadmin_choose_page_search") + f"?q={SECRET[:3]}",
        reverse("wagtailadmin_choose_page_child", args=[house.news.pk]),
        reverse("wagtailadmin_choose_page_chosen_multiple") + f"?id={page.pk}",
    ]
    for address in addresses:
        answer = clerk.get(address)
        body = answer.content.decode()
        if answer.headers["Content-Type"] == "application/json":
            body = body.encode().decode("unicode-escape")
        assert answer.status_code in {200, 404}, address
        assert SECRET not in body, address
        assert SECRET not in clerk.post(address).content.decode(), address


def test_the_list_names_it_to_who_is_named(page: NewsPage, house: House) -> None:
    shown = client_of(house.first).get(reverse("wagtailadmin_explore", args=[house.news.pk]))
    assert SECRET in shown.content.decode()


def test_the_live_text_stays_public(page: NewsPage, client: Client) -> None:
    body = client.get("/news/one/").content.decode()
    assert PUBLIC in body
    assert SECRET not in body
    assert PUBLIC in client.get("/news/").content.decode()


def test_only_named_reviewers_review_it(page: NewsPage, house: House) -> None:
    house.submit(page, house.editor)
    with pytest.raises(NotAuthorised):
        house.approve(page, house.second)
    house.approve(page, house.first)
    assert NewsPage.objects.get(pk=page.pk).title == SECRET


def test_bulk_actions_leave_it_alone(page: NewsPage, house: House, other: User) -> None:
    for user in (other, house.second):
        client = client_of(user)
        for action in ("publish", "delete", "move"):
            address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", action])
            shown = client.get(f"{address}?id={house.news.pk}&id={page.pk}")
            assert shown.status_code == 404
            assert SECRET not in shown.content.decode(), action
            client.post(f"{address}?id={page.pk}", {"chooser": house.home.pk})
    page.refresh_from_db()
    assert page.get_parent().pk == house.news.pk


def test_a_bulk_action_reads_no_id_that_is_written_in_another_way(
    page: NewsPage, house: House, other: User
) -> None:
    """Python reads all of these as the page's id."""
    wide = str(page.pk).translate({ord("0") + n: ord("０") + n for n in range(10)})
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    for written in (wide, f" {page.pk}", f"+{page.pk}", f"0_{page.pk}"):
        assert client_of(other).get(address, {"id": written}).status_code == 404, written
    assert client_of(other).get(address, {"id": "all", "childOf": house.news.pk}).status_code == 200


def test_bulk_actions_on_other_things_of_the_same_number_go_on(page: NewsPage, other: User) -> None:
    SiteDocument.objects.create(pk=page.pk, title="附件", file=ContentFile(b"%PDF-", "a.pdf"))
    address = reverse("wagtail_bulk_action", args=["pages", "sitedocument", "delete"])
    assert client_of(other).get(f"{address}?id={page.pk}").status_code == 200


def test_a_section_is_not_copied_with_it(page: NewsPage, house: House, other: User) -> None:
    with pytest.raises(NotAuthorised, match="仅限指定人员"):
        house.news.specific.copy(
            recursive=True, keep_live=False, update_attrs={"slug": "n"}, to=house.home, user=other
        )


def test_a_copy_is_for_the_same_people(page: NewsPage, house: House, other: User) -> None:
    client_of(house.editor).post(
        reverse("wagtailadmin_pages:copy", args=[page.pk]),
        {"new_title": SECRET, "new_slug": "copy", "new_parent_page": house.news.pk},
    )
    copied = NewsPage.objects.get(slug="copy")
    assert not drafts.may_see(User.objects.get(pk=other.pk), copied)
    assert drafts.may_see(User.objects.get(pk=house.first.pk), copied)


def test_an_emergency_is_open_to_every_reviewer(page: NewsPage, house: House) -> None:
    address = reverse("wagtailadmin_pages:unpublish", args=[page.pk])
    client = client_of(house.second)
    shown = client.get(address)
    assert shown.status_code == 200
    assert SECRET not in shown.content.decode()
    client.post(address)
    assert not NewsPage.objects.get(pk=page.pk).live


def test_who_is_named_sets_and_lifts_it_in_the_admin(house: House, other: User) -> None:
    page = house.draft_news()
    client = client_of(house.editor)
    address = reverse("draft_access", args=[page.pk])
    assert (
        address in client.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).content.decode()
    )
    client.post(address, {"deed": "restrict", "people": [house.second.pk]})
    assert not drafts.may_see(User.objects.get(pk=other.pk), page)
    assert client_of(other).post(address, {"deed": "lift"}).status_code == 404
    assert drafts.may_see(User.objects.get(pk=house.second.pk), page)
    client.post(address, {"deed": "lift"})
    assert drafts.may_see(User.objects.get(pk=other.pk), page)


def test_a_name_that_is_no_editors_is_refused_in_words(house: House) -> None:
    page = house.draft_news()
    answer: Any = client_of(house.editor).post(
        reverse("draft_access", args=[page.pk]), {"deed": "restrict", "people": ["9999"]}
    )
    assert answer.status_code == 200
    assert not page.__class__.objects.filter(draft_access__isnull=False).exists()
