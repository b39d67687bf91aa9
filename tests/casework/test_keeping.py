"""What the desk shows of consents and looks, and what the head decides about keeping."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from forms.builder.services import tracking_code
from forms.casework import ledger
from forms.casework.models import CaseEvent
from forms.vault import anchors, erasing, purging, write_once
from forms.vault.models import (
    AccessEntry,
    ConsentDuty,
    ConsentText,
    LegalHold,
    RetentionClass,
    SealedRecord,
)
from forms.vault.services import record_consent
from home.directory.models import Role, User
from tests.casework import house


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def head(liaoning: None) -> User:
    return house.person(Role.HEAD, house.HEPING)


@pytest.fixture
def heads_desk(head: User, client: Client) -> Client:
    client.force_login(head)
    return client


def run(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def closed(clerk: User) -> Any:
    case = house.ask()
    house.do(case, "accept", clerk)
    return house.do(case, "close", clerk, outcome="explained", text="金丝雀可以入学")


def test_the_desk_says_who_looked_at_what_and_why(clerk: User, desk: Client) -> None:
    case = house.ask()
    key = house.request_form().form_fields.get(role="phone").clean_name
    address = f"/admin/cases/{case.reference}/reveal/"
    assert desk.post(address, {"key": key, "reason": " "}).status_code == 400
    assert not AccessEntry.objects.filter(what="reveal").exists()
    assert desk.post(address, {"key": key, "reason": "回电核实"}).status_code == 200
    page = desk.get(f"/admin/cases/{case.reference}/").content.decode()
    looked = page[page.index("谁看过") :]
    assert "查看完整内容</strong>：联系电话" in looked
    assert "理由：回电核实" in looked
    assert clerk.get_full_name() in looked
    assert house.CANARY_PHONE not in looked


def test_a_notice_of_a_duty_is_not_withdrawn_but_objected_to(
    liaoning: None, client: Client
) -> None:
    case = house.ask()
    code = tracking_code(case.submission)
    client.post("/track/", {"reference": case.reference, "code": code})
    page = client.get("/track/").content.decode()
    assert "不以您的同意为前提" in page
    assert "提出" in page
    assert "/track/consent/" not in page


def test_whoever_handles_a_case_notes_that_a_duty_after_a_consent_was_done(
    clerk: User, desk: Client
) -> None:
    case, other = house.ask(), house.ask()
    text = ConsentText.objects.get(key="sign-up-notice")
    duties = [
        ConsentDuty.objects.create(
            consent=record_consent(
                one.submission.record, text, given_by="child", relation="self", basis=text.basis
            ),
            kind=ConsentDuty.Kind.TELL_GUARDIAN,
        )
        for one in (case, other)
    ]
    address = f"/admin/cases/{case.reference}/"
    assert "须告知监护人" in desk.get(address).content.decode()
    assert desk.post(f"{address}duties/{duties[1].pk}/").status_code == 404, "another case's"
    elsewhere = Client()
    elsewhere.force_login(house.person(Role.CLERK, house.LIAONING))
    assert elsewhere.post(f"{address}duties/{duties[0].pk}/").status_code in (403, 404)
    assert not ConsentDuty.objects.filter(done_at__isnull=False).exists()
    assert desk.post(f"{address}duties/{duties[0].pk}/").status_code == 302
    duties[0].refresh_from_db()
    assert duties[0].done_by == clerk
    shown = desk.get(address).content.decode()
    assert "办到" in shown
    assert "已办到，记下" not in shown


def test_closing_begins_the_term_and_an_open_case_is_never_purged(clerk: User) -> None:
    still_open, ended = house.ask(), closed(clerk)
    SealedRecord.objects.filter(bound_to=still_open.submission.uuid).update(
        purge_at=timezone.now() - timedelta(days=1)
    )
    record = SealedRecord.objects.get(pk=ended.submission.record_id)
    days = RetentionClass.objects.get(code="case").days
    assert record.purge_at == ended.closed_at + timedelta(days=days)
    told = run("purge", "--now", f"{timezone.localdate() + timedelta(days=days + 1)}")
    assert "1 submissions" in told
    assert "1 at work" in told
    record.refresh_from_db()
    assert record.wrapped_key is None
    texts = CaseEvent.objects.filter(case=ended, record__isnull=False)
    assert all(event.record and event.record.wrapped_key is None for event in texts)
    still_open.submission.record.refresh_from_db()
    assert still_open.submission.record.wrapped_key is not None


def test_an_answer_that_ended_before_the_rest_is_shown_as_such(clerk: User, desk: Client) -> None:
    case = house.ask()
    key = house.request_form().form_fields.get(role="phone").clean_name
    from forms.vault import erasing

    erasing.forget(case.submission.record, [key])
    page = desk.get(f"/admin/cases/{case.reference}/").content.decode()
    assert "已按期删除" in page
    assert house.CANARY_STORY in page
    assert desk.get("/admin/cases/").status_code == 200


def test_the_head_holds_a_case_and_then_nobody_erases_it(clerk: User, heads_desk: Client) -> None:
    case = closed(clerk)
    base = f"/admin/cases/{case.reference}"
    page = heads_desk.post(f"{base}/hold/", {"reason": ""}, follow=True)
    assert "请写明理由" in page.content.decode()
    page = heads_desk.post(f"{base}/hold/", {"reason": "诉讼", "until": "2020-01-01"}, follow=True)
    assert "今天或以后" in page.content.decode()
    page = heads_desk.post(f"{base}/hold/", {"reason": "诉讼"}, follow=True)
    assert "直到解除" in page.content.decode()
    page = heads_desk.post(f"{base}/erase/", {"confirmed": "on"}, follow=True)
    assert "不能删除" in page.content.decode()
    with pytest.raises(CommandError, match="诉讼"):
        run("erase", case.reference)
    heads_desk.post(f"{base}/lift/")
    assert LegalHold.objects.get().lifted_by is not None
    page = heads_desk.post(f"{base}/erase/", {"confirmed": "on"}, follow=True)
    assert "内容已删除" in page.content.decode()
    assert house.CANARY_STORY not in page.content.decode()
    case.submission.record.refresh_from_db()
    assert case.submission.record.wrapped_key is None


def test_only_the_head_of_the_unit_decides_and_only_once_it_is_finished(
    clerk: User, desk: Client
) -> None:
    case = house.ask()
    for deed in ("hold", "lift", "erase"):
        assert desk.post(f"/admin/cases/{case.reference}/{deed}/").status_code in (302, 403)
    assert not LegalHold.objects.exists()
    desk.force_login(house.person(Role.HEAD, house.HEPING))
    page = desk.post(f"/admin/cases/{case.reference}/erase/", {"confirmed": "on"}, follow=True)
    assert "还在办理" in page.content.decode()
    assert SealedRecord.objects.get(pk=case.submission.record_id).wrapped_key is not None
    desk.force_login(house.person(Role.HEAD, house.SHENHE))
    assert desk.post(f"/admin/cases/{case.reference}/erase/").status_code == 404


def test_erase_says_what_went_and_names_a_wrong_reference(clerk: User) -> None:
    case = house.ask(email=house.CANARY_MAIL)
    told = run("erase", case.reference.lower())
    assert "1 records" in told
    assert "mails to families" in told
    assert "records" not in run("erase", case.reference)
    with pytest.raises(CommandError, match="LNNONSENSE"):
        run("erase", "LNNONSENSE")


def test_verify_names_the_first_broken_place(clerk: User, desk: Client) -> None:
    case = house.ask()
    for _ in range(3):
        desk.get(f"/admin/cases/{case.reference}/")
    anchors.add()
    assert "3 looks" in run("verify")
    # The newest entry cut off: the chain alone would not show it.
    newest = AccessEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]
    write_once.remove(connection)  # as whoever owns the database can
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM vault_accessentry WHERE id = %s", [newest])
    with pytest.raises(CommandError, match="cut off"):
        run("verify")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE vault_accessentry SET what = 'print'")
    with pytest.raises(CommandError, match="entry 1"):
        run("verify")


def test_an_anchor_that_was_touched_is_found(clerk: User, desk: Client) -> None:
    case = house.ask()
    desk.get(f"/admin/cases/{case.reference}/")
    anchors.add()
    text = anchors.path().read_text()
    anchors.path().write_text(text.replace('"count":1', '"count":0'))
    with pytest.raises(CommandError, match="anchor 1"):
        run("verify")


def test_the_ledger_has_a_line_a_case_and_shows_a_change(
    clerk: User, django_assert_max_num_queries: Any
) -> None:
    cases = [house.ask() for _ in range(5)]
    house.do(cases[0], "accept", clerk)
    with django_assert_max_num_queries(5):
        before = list(ledger.lines())
    told = [json.loads(line) for line in run("ledger", "--jsonl").splitlines()]
    assert told == before
    assert [line["reference"] for line in told] == [case.reference for case in cases]
    assert [event["kind"] for event in told[0]["events"]] == ["received", "accept"]
    for secret in (house.CANARY_PHONE, house.CANARY_STORY, cases[0].submission.submission_key):
        assert secret not in json.dumps(told, ensure_ascii=False)
    run("erase", cases[1].reference)
    after = list(ledger.lines())
    assert after[0] == before[0]
    assert after[1]["payload"] is None
    assert after[1]["chain"] != before[1]["chain"]
    assert after[4]["chain"] != before[4]["chain"], "the chain runs through"


def test_the_ledger_says_why_a_payload_differs(clerk: User) -> None:
    case = house.ask()
    (before,) = ledger.lines()
    record = case.submission.record
    assert (before["payload_format"], before["payload_cut"]) == (record.algorithm, 0)
    key = house.request_form().form_fields.get(role="phone").clean_name
    assert erasing.forget(record, [key]) == [key]
    (after,) = ledger.lines()
    assert after["payload"] != before["payload"]
    assert (after["payload_format"], after["payload_cut"]) == (before["payload_format"], 1)


def test_a_dry_purge_touches_nothing(clerk: User) -> None:
    closed(clerk)
    far = timezone.now() + timedelta(days=5000)
    assert purging.purge(far, dry_run=True).owners == 1
    assert SealedRecord.objects.filter(wrapped_key__isnull=True).count() == 0


def test_a_reviewer_publishes_the_next_version_and_an_incomplete_one_is_refused(
    liaoning: None, client: Client
) -> None:
    client.force_login(house.person(Role.REVIEWER, house.LIAONING))
    last = ConsentText.objects.get(key="request-notice")
    assert last.body[:30] in client.get("/admin/notices/new/?from=request-notice").content.decode()
    typed = {"title": "新", "statement": "我已阅读", "body": "只有一句话"}
    assert client.get("/admin/notices/new/").status_code == 302, "of which text?"
    address = "/admin/notices/new/?from=request-notice"
    refused = client.post(address, typed)
    assert refused.status_code == 200
    assert "还没有写：谁在处理" in refused.content.decode()
    body = last.body + "\n\n补充一句。"
    preview = client.post(address, typed | {"body": body, "preview": "1"}).content.decode()
    assert "预览：第2版" in preview
    assert "补充一句。" in preview
    assert ConsentText.objects.filter(key="request-notice").get() == last, "nothing is published"
    assert client.post(address, typed | {"body": body}).status_code == 302
    newest = ConsentText.objects.filter(key="request-notice").order_by("-version")[0]
    assert (newest.version, newest.basis) == (2, last.basis)
    assert newest.published_by is not None
    shown = client.get(f"/admin/notices/inspect/{newest.pk}/").content.decode()
    assert "补充一句。" in shown
    seen = client.get(f"/admin/notices/seen/{newest.pk}/").content.decode()
    assert "示例" in seen
    assert "我已阅读" in seen
    for way in ("edit", "delete"):
        response = client.post(f"/admin/notices/{way}/{last.pk}/", typed)
        assert response.status_code in (302, 404)
    last.refresh_from_db()
    assert last.title != "新"


def test_a_changed_term_moves_the_days_of_what_is_kept(clerk: User, client: Client) -> None:
    case = closed(clerk)
    client.force_login(house.person(Role.ADMINISTRATOR, house.LIAONING))
    row = RetentionClass.objects.get(code="case")
    assert client.get("/admin/retention/").status_code == 200
    values = {"name": row.name, "days": "10", "source": "规定", "is_example": ""}
    assert client.post(f"/admin/retention/edit/{row.pk}/", values).status_code == 302
    record = SealedRecord.objects.get(pk=case.submission.record_id)
    assert record.purge_at == case.closed_at + timedelta(days=10)
