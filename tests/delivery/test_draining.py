"""Sending what is due, and what becomes of what can't be sent."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from delivery.models import OutboxMessage
from delivery.registry import Mail
from delivery.services import BACK_OFF, DrainReport, drain, outbox_health
from tests.delivery.conftest import Notice
from tests.post_box import PostBox, post_box, silent_server

pytestmark = pytest.mark.django_db

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def by_smtp(box: PostBox) -> override_settings:
    return override_settings(
        EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=box.port, EMAIL_TIMEOUT=5
    )


def test_a_due_message_is_sent_once(notice: Notice) -> None:
    message = notice.promise(3)
    assert drain() == DrainReport(delivered=1)
    assert drain() == DrainReport()
    assert [sent.body for sent in mail.outbox] == ["编号 3"]
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("delivered", 1, "")
    assert message.lease_until is None
    assert message.finished_at is not None


def test_a_message_for_later_waits_and_is_no_sign_of_trouble(notice: Notice) -> None:
    message = notice.promise()
    tomorrow = timezone.now() + timedelta(days=1)
    OutboxMessage.objects.filter(pk=message.pk).update(available_at=tomorrow)
    assert drain().delivered == 0
    assert (outbox_health().pending, outbox_health().oldest_seconds) == (1, 0)
    with time_machine.travel(tomorrow + timedelta(seconds=1)):
        assert drain().delivered == 1


def test_what_need_not_be_sent_any_more_is_void(notice: Notice) -> None:
    notice.render = lambda message: None
    notice.promise()
    assert drain().void == 1
    assert mail.outbox == []
    assert OutboxMessage.objects.get().state == "void"


def test_a_run_takes_no_more_than_it_was_asked_to_and_says_so(notice: Notice) -> None:
    for number in range(5):
        notice.promise(number)
    assert drain(limit=3) == DrainReport(delivered=3, more=True)
    assert drain(limit=3) == DrainReport(delivered=2)


def test_what_has_waited_longest_goes_first(notice: Notice) -> None:
    for number, minutes in ((1, 5), (2, 20), (3, 10)):
        message = notice.promise(number)
        OutboxMessage.objects.filter(pk=message.pk).update(
            available_at=timezone.now() - timedelta(minutes=minutes)
        )
    drain()
    assert [sent.body for sent in mail.outbox] == ["编号 2", "编号 3", "编号 1"]


def test_a_renderer_that_fails_keeps_the_row_and_the_others_go_out(
    notice: Notice, caplog: pytest.LogCaptureFixture
) -> None:
    good = notice.render
    # Put together here, because a traceback shows the line of code that raised.
    story = " ".join(["can" + "ary", "李小明", "13800138000"])

    def render(message: OutboxMessage) -> Mail | None:
        if message.subject_id == 1:
            raise ValueError(story)
        return good(message)

    notice.render = render
    notice.promise(1)
    notice.promise(2)
    with caplog.at_level(logging.DEBUG):
        report = drain()
    assert (report.delivered, report.failed) == (1, 1)
    row = OutboxMessage.objects.get(subject_id=1)
    assert (row.state, row.attempts, row.last_error) == ("ready", 1, "ValueError")
    assert "ValueError" in caplog.text
    assert "test_draining.py" in caplog.text
    assert "canary" not in caplog.text
    assert "canary" not in repr(OutboxMessage.objects.values())


def test_the_pauses_grow_and_then_the_message_is_given_up(notice: Notice) -> None:
    def fail(message: OutboxMessage) -> Mail:
        raise RuntimeError

    notice.render = fail
    promised = notice.promise()
    pauses = []
    start = datetime(2026, 11, 24, 9, tzinfo=UTC)
    OutboxMessage.objects.update(available_at=start)
    with time_machine.travel(start, tick=False) as traveller:
        for _ in BACK_OFF:
            assert drain().failed == 1
            row = OutboxMessage.objects.get()
            pauses.append(row.available_at - timezone.now())
            assert drain() == DrainReport(), "not before its time"
            traveller.move_to(row.available_at)
        assert drain().dead == 1
        traveller.shift(timedelta(days=30))
        assert drain() == DrainReport(), "a message that was given up is left alone"
    for pause, wanted in zip(pauses, BACK_OFF, strict=True):
        assert wanted * 0.9 <= pause <= wanted * 1.1
    row = OutboxMessage.objects.get()
    assert (row.state, row.attempts, row.last_error) == ("dead", 8, "RuntimeError")
    assert row.message_id == promised.message_id
    assert outbox_health().dead == 1


def test_a_message_that_kills_its_worker_every_time_is_given_up(notice: Notice) -> None:
    message = notice.promise()
    OutboxMessage.objects.filter(pk=message.pk).update(
        attempts=len(BACK_OFF) + 1, lease_until=timezone.now() - timedelta(seconds=1)
    )
    assert drain() == DrainReport()
    row = OutboxMessage.objects.get()
    assert (row.state, row.last_error) == ("dead", "WorkerLost")


def test_a_leased_message_is_left_alone_until_its_lease_runs_out(notice: Notice) -> None:
    message = notice.promise()
    until = timezone.now() + timedelta(seconds=60)
    OutboxMessage.objects.filter(pk=message.pk).update(lease_until=until)
    assert drain().delivered == 0
    with time_machine.travel(until + timedelta(seconds=1)):
        assert drain().delivered == 1


def test_a_repeat_over_smtp_carries_the_same_message_id(notice: Notice) -> None:
    with post_box() as box, by_smtp(box):
        box.hang_up_after_data = True  # it has the mail, and we do not know
        message = notice.promise()
        assert drain().failed == 1
        assert OutboxMessage.objects.get().last_error == "SMTPServerDisconnected"
        box.hang_up_after_data = False
        with time_machine.travel(timezone.now() + timedelta(minutes=2)):
            assert drain().delivered == 1
        assert box.message_ids() == [message.message_id] * 2


def test_a_run_uses_one_connection_and_outlives_a_refused_address(notice: Notice) -> None:
    with post_box() as box, by_smtp(box):
        box.refused.add("nobody@example.org")
        good = notice.render
        notice.render = lambda message: (
            Mail(("nobody@example.org",), "s", "b") if message.subject_id == 2 else good(message)
        )
        for number in (1, 2, 3, 4):
            notice.promise(number)
        report = drain()
        assert (report.delivered, report.failed) == (3, 1)
        assert OutboxMessage.objects.get(subject_id=2).last_error == "SMTPRecipientsRefused"
        assert box.connections == 2


def test_a_mail_server_that_is_down_costs_a_run_one_try_and_no_message_an_attempt(
    notice: Notice, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        notice.promise(number)
    with post_box() as box:
        port = box.port
    nowhere = override_settings(EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port)
    with nowhere:
        report = drain()
    assert report == DrainReport(stopped="ConnectionRefusedError")
    assert caplog.text.count("run stopped") == 1
    assert set(OutboxMessage.objects.values_list("state", "attempts")) == {("ready", 0)}
    assert OutboxMessage.objects.filter(last_error="ConnectionRefusedError").count() == 1
    assert drain().delivered == 20, "all are still due"


def test_a_mail_server_that_never_answers_holds_a_run_for_one_time_limit(notice: Notice) -> None:
    for number in range(3):
        notice.promise(number)
    with silent_server() as port:
        nobody = override_settings(
            EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, EMAIL_TIMEOUT=0.5
        )
        began = time.monotonic()
        with nobody:
            report = drain()
    assert report.stopped == "SMTPServerDisconnected"
    assert time.monotonic() - began < 2


def test_nothing_in_a_mail_can_add_a_header(notice: Notice) -> None:
    notice.render = lambda message: Mail(
        ("unit@example.org",),
        "有新事项\r\nBcc: thief@example.org\x00\u2028\ud800",
        "正文\r\n.\r\n末",
    )
    with post_box() as box, by_smtp(box):
        notice.promise()
        assert drain().delivered == 1
        (message,) = box.messages()
    assert message["Subject"] == "有新事项 Bcc: thief@example.org"
    assert message["Bcc"] is None
    assert message["To"] == "unit@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().splitlines() == ["正文", ".", "末"]


@pytest.mark.parametrize("to", [(), ("a@example.org\r\nBcc: thief@example.org",)])
def test_a_mail_to_nobody_or_to_a_header_is_a_failure_that_is_seen(
    notice: Notice, to: tuple[str, ...]
) -> None:
    notice.render = lambda message: Mail(to, "s", "b")
    notice.promise()
    with post_box() as box, by_smtp(box):
        assert drain().failed == 1
        assert box.mails == []
    assert OutboxMessage.objects.get().last_error in {"NoRecipient", "ValueError", "BadHeaderError"}


@pytest.mark.django_db(transaction=True)
def test_two_drains_at_once_send_every_message_exactly_once(notice: Notice) -> None:
    with transaction.atomic():
        for number in range(30):
            notice.promise(number)
    reports = []

    def run() -> None:
        try:
            reports.append(drain())
        finally:
            connection.close()

    with post_box() as box, by_smtp(box):
        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(box.mails) == 30
        assert len(set(box.message_ids())) == 30
    assert sum(report.delivered for report in reports) == 30
    assert set(OutboxMessage.objects.values_list("state", "attempts")) == {("delivered", 1)}


@pytest.mark.django_db(transaction=True)
def test_a_drain_that_was_slow_does_not_undo_what_another_did_meanwhile(notice: Notice) -> None:
    """The lease runs out while a renderer dawdles and then fails; another drain has sent it."""
    with transaction.atomic():
        notice.promise()
    good = notice.render

    def dawdle(message: OutboxMessage) -> Mail:
        notice.render = good
        OutboxMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
        assert drain().delivered == 1
        raise RuntimeError

    notice.render = dawdle
    drain()
    row = OutboxMessage.objects.get()
    assert (row.state, row.last_error) == ("delivered", "")
    assert len(mail.outbox) == 1
