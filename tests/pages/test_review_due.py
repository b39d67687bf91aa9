"""Pages are looked at again by a day: one reminder, a list, and the next day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery.models import OutboxMessage
from delivery.services import drain
from home.directory.models import Role
from home.pages.review import drafts, reminders
from home.pages.review.upkeep import ReviewDue
from home.pages.tasks import remind_of_reviews
from home.policies.models import PolicyPage
from tests.pages.press import House, client_of

TODAY = date(2026, 11, 25)


@pytest.fixture
def policy(house: House) -> PolicyPage:
    return house.draft_policy()


def test_a_day_that_has_come_is_told_once(
    house: House, policy: PolicyPage, mailoutbox: list
) -> None:
    reminders.set_due(policy, timezone.localdate(), house.editor)
    for _run in range(3):
        remind_of_reviews()
    reminders.remind(timezone.localdate() + timedelta(days=1))
    assert OutboxMessage.objects.count() == 1
    drain()
    (mail,) = mailoutbox
    assert mail.to == ["editor@example.org"]
    assert policy.title not in mail.subject + mail.body
    assert reverse("review_due_page", args=[policy.pk]) in mail.body


def test_before_the_day_nobody_is_told(house: House, policy: PolicyPage) -> None:
    reminders.set_due(policy, TODAY, house.editor)
    assert reminders.remind(TODAY - timedelta(days=1)) == 0
    assert reminders.remind(TODAY + timedelta(days=40)) == 1, "a missed day is caught up"


def test_a_new_day_is_told_anew(house: House, policy: PolicyPage, mailoutbox: list) -> None:
    row = reminders.set_due(policy, timezone.localdate() - timedelta(days=1), house.editor)
    reminders.remind()
    drain()
    row = reminders.looked_at(row, house.editor, timezone.localdate() + timedelta(days=365))
    assert row.reviewed_on == timezone.localdate()
    reminders.remind(timezone.localdate() + timedelta(days=365))
    assert OutboxMessage.objects.count() == 2
    with pytest.raises(ValueError, match="after today"):
        reminders.looked_at(row, house.editor, timezone.localdate())


def test_a_mail_that_waited_is_not_sent_when_the_page_was_looked_at(
    house: House, policy: PolicyPage, mailoutbox: list
) -> None:
    row = reminders.set_due(policy, timezone.localdate(), house.editor)
    reminders.remind()
    reminders.looked_at(row, house.editor, timezone.localdate() + timedelta(days=30))
    drain()
    assert mailoutbox == []


def test_an_editor_sets_the_day_and_records_the_look(house: House, policy: PolicyPage) -> None:
    client = client_of(house.editor)
    address = reverse("review_due_page", args=[policy.pk])
    edit = client.get(reverse("wagtailadmin_pages:edit", args=[policy.pk])).content.decode()
    assert address in edit
    for wrong in ("", "昨天", "2020-01-01"):
        answer = client.post(address, {"due_on": wrong, "person": house.first.pk})
        assert answer.status_code == 200
        assert not ReviewDue.objects.exists()
    first = timezone.localdate() + timedelta(days=10)
    client.post(address, {"due_on": first.isoformat(), "person": house.first.pk, "deed": "set"})
    row = ReviewDue.objects.get()
    assert (row.due_on, row.person) == (first, house.first)
    second = first + timedelta(days=365)
    client.post(
        address, {"due_on": second.isoformat(), "person": house.first.pk, "deed": "looked-at"}
    )
    row.refresh_from_db()
    assert (row.due_on, row.reviewed_by) == (second, house.editor)
    assert client.post(
        reverse("review_due_page", args=[house.draft_news().pk]), {"due_on": second.isoformat()}
    ).status_code in {302, 403}, "news are not looked at again"


def test_the_report_is_sorted_by_day_and_costs_the_same_for_many(house: House) -> None:
    client = client_of(house.first)
    address = reverse("review_due")

    def cost() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    for number in (2, 1):
        page = house.draft_policy(f"p{number}")
        reminders.set_due(page, TODAY + timedelta(days=number), house.editor)
    few = cost()
    for number in range(3, 12):
        page = house.draft_policy(f"p{number}")
        reminders.set_due(page, TODAY + timedelta(days=number), house.editor)
    assert cost() == few
    shown = client.get(address).content.decode()
    days = [shown.index(f"2026年11月{25 + n}日") for n in range(1, 6)]
    assert days == sorted(days)
    hidden = ReviewDue.objects.all()[0].page
    drafts.restrict(hidden, [], house.editor)
    assert reverse("review_due_page", args=[hidden.pk]) not in client.get(address).content.decode()


def test_the_report_is_for_editors_and_reviewers(house: House) -> None:
    clerk = house.person("clerk", Role.CLERK)
    assert client_of(clerk).get(reverse("review_due")).status_code in {302, 403}
