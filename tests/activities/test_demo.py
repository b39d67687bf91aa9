"""The demo's activity says that it is one, can be signed up for, and is made once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from forms.activities.models import ActivityIndexPage, ActivityPage, Session
from forms.builder.models import FormPage
from ops.demo import activity as demo
from tests.activities import fair
from tests.casework import house


@pytest.fixture
def loaded(db: None) -> ActivityPage:
    house.build()
    demo.load()
    return ActivityPage.objects.get()


def test_it_is_an_example_with_twenty_places_three_weeks_away(
    loaded: ActivityPage, client: Client
) -> None:
    (session,) = Session.objects.all()
    assert session.capacity == 20
    ahead = timezone.localdate(session.starts) - timezone.localdate()
    assert timedelta(days=21) <= ahead <= timedelta(days=27)
    shown = client.get(loaded.url).content.decode()
    assert "badge--demo" in shown
    assert "不是真实活动" in shown


def test_a_child_can_be_signed_up(loaded: ActivityPage) -> None:
    session = loaded.sessions.get()
    assert fair.place_of(fair.sign_up(session)).session == session


def test_loading_again_changes_nothing_and_what_an_editor_changed_stays(
    loaded: ActivityPage,
) -> None:
    loaded.title = "改过的标题"
    loaded.save_revision().publish()
    demo.load()
    assert ActivityPage.objects.get().title == "改过的标题"
    assert Session.objects.count() == FormPage.objects.count() == 1
    assert ActivityIndexPage.objects.count() == 1


def test_when_its_session_is_over_the_next_load_gives_it_another(loaded: ActivityPage) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=60), tick=False):
        demo.load()
        assert loaded.sessions.filter(closes__gt=timezone.now()).count() == 1
