"""A request becomes a case with an owner, a clock, a history and its mails, or nothing at all."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from delivery.models import OutboxMessage
from forms.builder.handlers import handler_for
from forms.builder.models import Submission
from forms.casework.models import Case, CaseEvent, RoutingRuleSet, State, TimeLimit
from forms.casework.reference import load
from forms.casework.routing import NoGuaranteedOwner
from forms.vault.immutable import WrittenOnce
from home.directory.models import User
from tests.casework import house

SHANGHAI = ZoneInfo("Asia/Shanghai")
FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=SHANGHAI)


class TestReferenceData:
    def test_loading_twice_changes_nothing(self, liaoning: None) -> None:
        before = (RoutingRuleSet.objects.count(), TimeLimit.objects.count())
        load()
        assert (RoutingRuleSet.objects.count(), TimeLimit.objects.count()) == before

    def test_what_an_administrator_changed_stays(self, liaoning: None) -> None:
        TimeLimit.objects.filter(stage="reply", matter="").update(amount=7, source="本市规定")
        load()
        assert TimeLimit.objects.get(stage="reply", matter="").amount == 7

    def test_every_limit_names_its_ground(self, liaoning: None) -> None:
        assert not TimeLimit.objects.filter(source="").exists()


class TestACaseOfAnOrdinaryMatter:
    @time_machine.travel(FRIDAY, tick=False)
    def test_it_is_due_by_working_days(self, clerk: User) -> None:
        case = house.ask(matter="living")
        assert case.accept_due_on == date(2026, 11, 23)
        assert case.reply_due_on == date(2026, 12, 4)
        assert case.next_due_at == datetime(2026, 11, 24, tzinfo=SHANGHAI)
        assert case.due_on == case.accept_due_on

    @time_machine.travel(FRIDAY, tick=False)
    def test_a_general_question_is_answered_sooner(self, clerk: User) -> None:
        assert house.ask(matter="general").reply_due_on == date(2026, 11, 27)

    @time_machine.travel(FRIDAY, tick=False)
    def test_a_newer_limit_holds_from_its_day_on(self, clerk: User) -> None:
        for begins, days in ((date(2026, 11, 20), 3), (date(2026, 11, 21), 1)):
            TimeLimit.objects.create(
                stage="reply", amount=days, source="本市规定", valid_from=begins
            )
        assert house.ask(matter="living").reply_due_on == date(2026, 11, 25)

    @time_machine.travel(datetime(2026, 12, 25, 9, tzinfo=SHANGHAI), tick=False)
    def test_a_date_in_an_unannounced_year_says_that_it_is_an_estimate(self, clerk: User) -> None:
        case = house.ask(matter="living")
        assert (case.accept_due_is_estimated, case.reply_due_is_estimated) == (False, True)
        said = handler_for("request").receipt(case.submission)
        assert "暂按周末推算" in said.sentences[1]

    @time_machine.travel(FRIDAY, tick=False)
    def test_a_gap_in_the_table_costs_no_family_its_request(
        self, clerk: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        TimeLimit.objects.all().delete()
        assert house.ask(matter="general").reply_due_on == date(2026, 11, 27)
        assert "No time limit holds" in caplog.text

    def test_its_history_begins_with_its_receipt(self, clerk: User) -> None:
        case = house.ask()
        assert [(e.seq, e.kind, e.state) for e in case.events.all()] == [
            (1, "received", State.PENDING_ACCEPTANCE)
        ]
        assert case.version == 1
        decision = case.routing_decisions.get()
        assert decision.unit == case.owner_unit
        assert decision.rule is not None
        assert decision.explanation

    def test_it_knows_its_owners_department_and_city(self, clerk: User) -> None:
        case = house.ask()
        assert case.department.code == "civil-affairs"
        assert case.city is not None
        assert case.city.code == house.SHENYANG

    def test_unknown_matters_and_areas_are_taken_in_all_the_same(self, clerk: User) -> None:
        case = house.ask(matter="?", residence="210102; --")
        assert (case.matter, case.area) == ("general", None)
        assert case.owner_unit == house.unit(house.LIAONING)

    def test_the_unit_and_the_family_are_written_to(self, clerk: User) -> None:
        case = house.ask(email=house.CANARY_MAIL)
        rows = OutboxMessage.objects.order_by("destination").values_list("kind", "destination")
        assert list(rows) == [
            ("case-family", "family"),
            ("case-unit", f"unit:{case.owner_unit_id}"),
        ]

    def test_a_family_without_an_address_is_not_written_to(self, clerk: User) -> None:
        house.ask(email="")
        assert not OutboxMessage.objects.filter(destination="family").exists()

    def test_the_receipt_says_who_and_until_when(self, clerk: User) -> None:
        case = house.ask()
        receipt = handler_for("request").receipt(case.submission)
        assert receipt.result == "received"
        assert not receipt.in_danger
        assert case.owner_unit.name in receipt.sentences[0]
        due = case.accept_due_on
        assert f"{due.year}年{due.month}月{due.day}日受理" in receipt.sentences[1]


class TestACaseOfDanger:
    def test_it_is_urgent_and_on_the_hour_clock(self, clerk: User) -> None:
        house.person("clerk", house.HEPING, "education")
        case = house.ask(matter="education", danger="yes")
        assert case.danger_level == 2
        assert case.owner_unit.department.code == "civil-affairs"
        assert case.next_due_at == case.received_at + timedelta(hours=24)

    def test_the_receipt_sends_people_to_110(self, clerk: User) -> None:
        receipt = handler_for("request").receipt(house.ask(danger="yes").submission)
        assert receipt.in_danger
        assert "110" in "".join(receipt.sentences)

    def test_accepting_it_does_not_move_its_clock(self, clerk: User) -> None:
        case = house.ask(danger="yes")
        due = case.next_due_at
        assert house.do(case, "accept", clerk).next_due_at == due

    def test_asking_the_family_does_not_stop_its_clock(self, clerk: User) -> None:
        case = house.do(house.ask(danger="yes"), "accept", clerk)
        due = case.next_due_at
        case = house.do(case, "ask", clerk, text="孩子现在在哪里？")
        assert (case.next_due_at, case.clock_paused_at) == (due, None)


class TestTheDatabaseItself:
    @pytest.mark.parametrize(
        "changes",
        [
            {"is_open": False},
            {"state": State.CLOSED},
            {"state": State.WITHDRAWN, "is_open": False},
            {"outcome": "solved"},
            {"next_due_at": None},
            {"clock_paused_at": FRIDAY},
            {"danger_level": 4},
            {"version": 0},
            {"owner_unit": None},
        ],
    )
    def test_it_refuses_a_case_that_contradicts_itself(
        self, clerk: User, changes: dict[str, object]
    ) -> None:
        case = house.ask()
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(**changes)

    def test_what_has_happened_can_not_be_changed_or_removed(self, clerk: User) -> None:
        event: CaseEvent = house.ask().events.get()
        event.kind = "accept"
        for forbidden in (
            event.save,
            event.delete,
            CaseEvent.objects.all().delete,
            lambda: CaseEvent.objects.update(kind="accept"),
            lambda: CaseEvent.objects.bulk_update([event], ["kind"]),
        ):
            with pytest.raises(WrittenOnce):
                forbidden()
        assert CaseEvent.objects.get().kind == "received"

    def test_a_unit_with_cases_and_a_submission_with_a_case_are_kept(self, clerk: User) -> None:
        case = house.ask()
        with pytest.raises(ProtectedError):
            case.owner_unit.delete()
        with pytest.raises(ProtectedError):
            case.submission.delete()

    def test_where_the_case_fails_the_submission_is_not_kept_either(self, clerk: User) -> None:
        house.unit(house.LIAONING).delete()
        form = house.request_form()
        with pytest.raises(NoGuaranteedOwner):
            house.ask(house.SHENHE)
        assert form.versions.exists()
        assert not Submission.objects.exists()
        assert not Case.objects.exists()
        assert not OutboxMessage.objects.exists()
