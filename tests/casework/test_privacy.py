"""What a family wrote stays where it was put: no mail, no log, no other table has a word of it."""

from __future__ import annotations

import logging

import pytest
from django.core import mail
from django.test import Client
from wagtail.search.index import get_indexed_models
from wagtail.snippets.models import get_snippet_models

from delivery.models import OutboxMessage
from delivery.services import drain
from forms.casework import models as casework_models
from forms.casework.models import Case
from forms.vault.services import erase
from home.directory.models import Unit, User
from tests.casework import house
from tests.stored import stored_words

SECRETS = (house.CANARY_PHONE, house.CANARY_STORY, house.CANARY_MAIL, "金丝雀", "内部研判")


def walk(clerk: User, desk: Client) -> Case:
    """Everything that can happen to a case, in mails, on pages and in logs."""
    case = house.ask(email=house.CANARY_MAIL, matter="rehabilitation")
    house.do(case, "accept", clerk)
    house.do(case, "note", clerk, text="内部研判：金丝雀")
    house.do(case, "ask", clerk, text="金丝雀几年级？")
    house.do(case, "answer", None, text="金丝雀三年级")
    house.do(case, "reply", clerk, text="金丝雀可以入学")
    desk.get("/admin/cases/?tab=all")
    desk.get(f"/admin/cases/{case.reference}/")
    key = house.request_form().form_fields.get(role="phone").clean_name
    desk.post(f"/admin/cases/{case.reference}/reveal/", {"key": key, "reason": "回电"})
    desk.post(f"/admin/cases/{case.reference}/note/", {"version": "1", "text": "金丝雀"})
    house.do(case, "close", clerk, outcome="solved", text="金丝雀已入学")
    return case


def test_mails_say_a_reference_and_a_link_and_nothing_else(clerk: User, desk: Client) -> None:
    Unit.objects.filter(pk=house.unit(house.HEPING).pk).update(email="unit@example.org")
    case = walk(clerk, desk)
    drain()
    assert len(mail.outbox) >= 6
    to_family = [message for message in mail.outbox if message.to == [house.CANARY_MAIL]]
    to_unit = [message for message in mail.outbox if message.to == ["unit@example.org"]]
    assert len(to_family) + len(to_unit) == len(mail.outbox)
    assert {message.subject for message in to_family} == {"您的事项已收到", "您的事项有新进展"}
    assert {message.subject for message in to_unit} == {
        "童伴：有新的事项待处理",
        "童伴：事项有新进展",
    }
    for message in mail.outbox:
        text = f"{message.subject}\n{message.body}"
        assert case.reference in text
        for word in (*SECRETS, "残疾", "康复", "困境", "求助", clerk.get_full_name()):
            assert word not in text
    assert "/track/" in str(to_family[0].body)
    assert f"/admin/cases/{case.reference}/" in str(to_unit[0].body)


def test_an_urgent_mail_says_so_and_no_more(clerk: User) -> None:
    house.ask(danger="yes", matter="guardianship")
    drain()
    (message,) = mail.outbox
    assert message.subject == "童伴：有紧急事项待处理"
    assert message.to == [clerk.email]
    for word in ("监护", "危险", "受到伤害", house.CANARY_STORY):
        assert word not in f"{message.subject}{message.body}"


def test_a_unit_without_any_address_leaves_an_alarm_and_no_dead_letter(
    liaoning: None, caplog: pytest.LogCaptureFixture
) -> None:
    house.ask()
    drain()
    assert OutboxMessage.objects.get().state == "void"
    assert "has no address" in caplog.text


def test_a_family_whose_answers_are_erased_is_not_written_to(clerk: User) -> None:
    case = house.ask(email=house.CANARY_MAIL)
    erase(case.submission.record)
    drain()
    assert [message.to for message in mail.outbox] == [[clerk.email]]


def test_no_log_line_holds_a_word_of_it(
    clerk: User, desk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        # The driver's own debug log repeats every statement; it is never on outside development.
        logging.getLogger("django.db.backends").setLevel(logging.INFO)
        walk(clerk, desk)
        drain()
    for secret in SECRETS:
        assert secret not in caplog.text


def test_no_table_outside_the_vault_holds_a_word_of_it(clerk: User, desk: Client) -> None:
    walk(clerk, desk)
    drain()
    for model, content in stored_words():
        for secret in SECRETS:
            assert secret not in content, model
            assert secret.encode("unicode_escape").decode() not in content, model


def test_cases_are_no_snippets_and_in_no_search() -> None:
    for name in casework_models.__all__:
        model = getattr(casework_models, name)
        assert model not in get_snippet_models()
        assert model not in get_indexed_models()
