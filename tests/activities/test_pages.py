"""The public pages and the small count beside them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from wagtail.models import PageViewRestriction

from forms.activities.models import ActivityIndexPage, ActivityPage, Session
from home.pages import recorder
from tests.activities import fair
from tests.casework import house


def get(client: Client, url: str | None) -> Any:
    """An answer with what a page of ours notes on it."""
    return client.get(str(url))


def test_the_activity_says_what_where_for_whom_and_how_many(
    session: Session, client: Client
) -> None:
    shown = client.get(session.activity.url).content.decode()
    for words in ("周末亲子阅读", "和平区某社区", "6至12周岁", "共2个名额", "我要报名", "团委"):
        assert words in shown
    assert fair.form_of(session.activity).url in shown


def test_its_bytes_do_not_move_with_sign_ups_the_clock_or_the_reader(
    session: Session, client: Client
) -> None:
    url = session.activity.url
    before = client.get(url).content
    fair.sign_up(session)
    client.force_login(house.person("editor", house.LIAONING))
    assert client.get(url).content == before
    assert Client().get(url, headers={"cookie": "a=b"}).content == before
    assert b"csrfmiddlewaretoken" not in before


def test_it_notes_what_it_is_made_of(session: Session, client: Client) -> None:
    activity = session.activity
    made_of = get(client, activity.url).made_of
    form = fair.form_of(activity)
    for kind, key in (
        ("page", activity.pk),
        ("page", form.pk),
        ("sessions", activity.pk),
        ("unit", activity.organiser_id),
    ):
        assert recorder.Ingredient(kind, str(key)) in made_of


def test_a_session_that_is_over_is_gone_and_the_bytes_say_until_when_they_are_right(
    session: Session, client: Client
) -> None:
    activity = session.activity
    later = fair.session(activity, starts=session.ends, ends=session.ends + timedelta(hours=2))
    index = ActivityIndexPage.objects.get()
    begins = timezone.localtime(session.starts).isoformat()
    for url in (activity.url, index.url):
        answer = get(client, url)
        assert answer.fresh_until == session.ends
        assert begins in answer.content.decode()
    with time_machine.travel(session.ends, tick=False):
        for url in (activity.url, index.url):
            answer = get(client, url)
            assert answer.fresh_until == later.ends
            assert begins not in answer.content.decode()
    with time_machine.travel(later.ends, tick=False):
        answer = get(client, activity.url)
        assert answer.fresh_until is None
        assert "现在没有可以报名的场次" in answer.content.decode()


def test_the_list_names_every_public_activity(session: Session, client: Client) -> None:
    hidden = fair.activity("hidden")
    hidden.title = "不公开的活动"
    hidden.save_revision().publish()
    PageViewRestriction.objects.create(page=hidden, restriction_type="login")
    shown = client.get(ActivityIndexPage.objects.get().url).content.decode()
    assert "周末亲子阅读" in shown
    assert "不公开的活动" not in shown


def test_pages_keep_within_their_queries(
    session: Session, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for url in (session.activity.url, ActivityIndexPage.objects.get().url):
        client.get(url)
        with django_assert_max_num_queries(14):
            client.get(url)


class TestFreePlaces:
    def test_they_are_counted_now(self, session: Session, client: Client) -> None:
        url = f"{session.activity.url}places.json"
        assert client.get(url).json() == {
            "sessions": [{"id": session.pk, "free": 2, "phase": "open"}]
        }
        fair.sign_up(session)
        answer = client.get(url)
        assert answer.json()["sessions"][0]["free"] == 1
        assert "no-store" in answer["Cache-Control"]

    def test_each_phase_has_its_word(self, activity: ActivityPage, client: Client) -> None:
        now = timezone.now()
        fair.session(activity, opens=now + timedelta(days=1))
        fair.session(activity, closes=now - timedelta(seconds=1))
        full = fair.session(activity, capacity=1)
        Session.objects.filter(pk=full.pk).update(taken=1)
        found = client.get(f"{activity.url}places.json").json()["sessions"]
        assert sorted(session["phase"] for session in found) == ["closed", "early", "full"]

    @pytest.mark.parametrize("state", ["draft", "private", "unknown"])
    def test_what_is_not_public_has_none(
        self, activity: ActivityPage, client: Client, state: str
    ) -> None:
        url = f"{activity.url}places.json"
        if state == "draft":
            activity.unpublish()
        elif state == "private":
            PageViewRestriction.objects.create(page=activity, restriction_type="login")
        else:
            url = "/activities/nowhere/places.json"
        assert client.get(url).status_code == 404

    def test_it_costs_few_queries(
        self,
        session: Session,
        client: Client,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        with django_assert_max_num_queries(4):
            client.get(f"{session.activity.url}places.json")


def test_search_knows_an_activity_by_its_words(session: Session) -> None:
    (entry,) = session.activity.search_entries()
    assert entry.type == "activity"
    assert "一起读书" in entry.body
    assert entry.url == "/activities/reading/"
