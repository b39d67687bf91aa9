"""`drain` and `sweep`, as an operator runs them."""

from __future__ import annotations

from io import StringIO

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import override_settings

from delivery import registry
from delivery.registry import Mail
from delivery.services import enqueue
from ops import health

pytestmark = pytest.mark.django_db


@pytest.fixture
def _three_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        registry._renderers, "notice", lambda message: Mail(("a@example.org",), "s", "b")
    )
    for number in range(3):
        enqueue("notice", event_key=f"e{number}", destination="unit", subject_id=number)


@pytest.mark.usefixtures("_three_messages")
def test_drain_sends_what_is_due_and_says_what_it_did() -> None:
    out = StringIO()
    call_command("drain", stdout=out)
    assert out.getvalue() == "delivered 3, void 0, failed 0, dead 0\n"
    assert len(mail.outbox) == 3


@pytest.mark.usefixtures("_three_messages")
def test_sweep_does_every_periodic_duty_but_does_not_pose_as_the_worker() -> None:
    cache.delete(health.HEARTBEAT)
    out = StringIO()
    call_command("sweep", stdout=out)
    assert len(mail.outbox) == 3
    done = [line.removesuffix(": done") for line in out.getvalue().splitlines()]
    assert done == [name for name in settings.CELERY_BEAT_SCHEDULE if name != "heartbeat"]
    assert cache.get(health.HEARTBEAT) is None


@pytest.mark.usefixtures("_three_messages")
def test_a_duty_that_fails_is_named_and_keeps_no_other_from_its_turn() -> None:
    schedule = {
        "broken": {"task": "delivery.tasks.run_background", "args": ["no.such.task", [], {}]},
        "drain": {"task": "delivery.tasks.drain_outbox"},
    }
    with (
        override_settings(CELERY_BEAT_SCHEDULE=schedule),
        pytest.raises(CommandError, match="broken"),
    ):
        call_command("sweep", stdout=StringIO(), stderr=StringIO())
    assert len(mail.outbox) == 3


def test_every_entry_of_the_schedule_names_a_task_and_expires() -> None:
    from celery import current_app
    from celery.schedules import crontab

    current_app.loader.import_default_modules()
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry["task"] in current_app.tasks, name
        schedule = entry["schedule"]
        if isinstance(schedule, crontab):  # at one time of the day
            assert (len(schedule.hour), len(schedule.minute)) == (1, 1), name
            schedule = 24 * 3600
        assert 0 < entry["options"]["expires"] <= schedule, name
