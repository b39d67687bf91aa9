"""What may be done to a case, by whom, and what it needs: the table and its only door."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.models import OutboxMessage
from forms.casework.models import FINAL_STATES, OPEN_STATES, Case, State
from forms.casework.transitions import (
    MAX_TEXT,
    TRANSITIONS,
    Conflict,
    Deed,
    Incomplete,
    Need,
    NotAllowed,
    Who,
    apply,
)
from forms.vault.services import open_record
from home.directory.models import User
from tests.casework import house

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEXTS = {"text": "请带户口簿。", "elsewhere": "和平区教育局", "outcome": "solved"}


def case_in(state: State, clerk: User, **answers: str) -> Case:
    """A case that has come to a state in the usual way."""
    case = house.ask(**answers)
    way = {
        State.PENDING_ACCEPTANCE: [],
        State.IN_PROGRESS: ["accept"],
        State.AWAITING_APPLICANT: ["accept", "ask"],
        State.REPLIED: ["accept", "reply"],
        State.CLOSED: ["accept", "reply", "close"],
        State.REJECTED: ["reject"],
    }
    if state == State.WITHDRAWN:
        return house.do(case, "withdraw", None)
    for deed in way[state]:
        house.do(case, deed, clerk, **TEXTS)
    return case


class TestTheTable:
    def test_no_deed_leads_out_of_a_final_state(self) -> None:
        assert not [row for row in TRANSITIONS if row.source in FINAL_STATES]

    def test_each_state_and_deed_stand_there_once(self) -> None:
        assert len({(row.source, row.deed) for row in TRANSITIONS}) == len(TRANSITIONS)

    def test_every_open_state_has_a_way_to_an_end(self) -> None:
        ends = set(FINAL_STATES)
        while added := {row.source for row in TRANSITIONS if row.target in ends} - ends:
            ends |= added
        assert set(OPEN_STATES) <= ends

    def test_rejecting_needs_a_reason_and_where_to_go_instead(self) -> None:
        (row,) = (row for row in TRANSITIONS if row.deed is Deed.REJECT)
        assert row.needs == {Need.TEXT, Need.ELSEWHERE}

    @pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.source}-{row.deed}")
    def test_each_line_can_be_walked(self, clerk: User, row: object) -> None:
        case = case_in(row.source, clerk)  # type: ignore[attr-defined]
        actor = clerk if row.who is Who.UNIT else None  # type: ignore[attr-defined]
        house.do(case, row.deed, actor, **TEXTS)  # type: ignore[attr-defined]
        assert case.state == row.target  # type: ignore[attr-defined]

    @pytest.mark.parametrize("state", [s for s in State if s != State.MERGED])
    def test_whatever_is_not_in_it_is_refused(self, clerk: User, state: State) -> None:
        case = case_in(state, clerk)
        for deed in Deed:
            for who, actor in ((Who.UNIT, clerk), (Who.FAMILY, None)):
                if any((r.source, r.deed, r.who) == (state, deed, who) for r in TRANSITIONS):
                    continue
                with pytest.raises(NotAllowed):
                    apply(case.pk, deed, actor, expected_version=case.version, **TEXTS)
        before = case.version
        case.refresh_from_db()
        assert (case.state, case.version) == (state, before)


class TestOneDeed:
    def test_it_leaves_one_event_and_moves_the_version_by_one(self, clerk: User) -> None:
        case = house.do(house.ask(), "accept", clerk)
        event = case.events.get(seq=2)
        assert (case.version, event.kind, event.actor, event.unit) == (
            2,
            "accept",
            clerk,
            case.owner_unit,
        )
        assert case.assignee == clerk

    def test_what_is_written_is_sealed(self, clerk: User) -> None:
        case = house.do(house.ask(), "reject", clerk, **TEXTS)
        event = case.events.get(seq=2)
        assert event.record is not None
        assert open_record(event.record) == {"text": TEXTS["text"], "elsewhere": "和平区教育局"}
        assert event.record.bound_to == case.submission.uuid
        assert event.data == {}

    @pytest.mark.parametrize(
        ("deed", "said", "need"),
        [
            ("reject", {"text": "", "elsewhere": "别处"}, Need.TEXT),
            ("reject", {"text": "理由", "elsewhere": " \n"}, Need.ELSEWHERE),
            ("note", {"text": "\x00"}, Need.TEXT),
            ("note", {"text": "\ud800"}, Need.TEXT),
            ("note", {"text": "长" * (MAX_TEXT + 1)}, Need.TEXT),
            ("close", {"text": "说明", "outcome": ""}, Need.OUTCOME),
            ("close", {"text": "说明", "outcome": "nonsense"}, Need.OUTCOME),
            ("close", {"text": "", "outcome": "solved"}, Need.TEXT),
            ("reply", {}, Need.TEXT),
            ("ask", {}, Need.TEXT),
        ],
    )
    def test_it_is_not_done_while_something_is_missing(
        self, clerk: User, deed: str, said: dict[str, str], need: Need
    ) -> None:
        case = house.ask()
        if deed not in ("reject", "note"):
            house.do(case, "accept", clerk)
        version = case.version
        with pytest.raises(Incomplete) as problem:
            house.do(case, deed, clerk, **said)
        assert problem.value.need is need
        assert problem.value.message
        case.refresh_from_db()
        assert case.version == version
        assert case.events.count() == version

    def test_a_page_that_is_out_of_date_names_who_was_first(self, clerk: User) -> None:
        head = house.person("head", house.HEPING, last_name="示例", first_name="负责")
        case = house.ask()
        apply(case.pk, "accept", head, expected_version=1)
        with pytest.raises(Conflict) as conflict:
            apply(case.pk, "accept", clerk, expected_version=1)
        assert (conflict.value.who, conflict.value.what) == ("示例负责", "受理")

    def test_the_family_is_told_of_public_deeds_and_of_no_others(self, clerk: User) -> None:
        case = house.do(house.ask(email=house.CANARY_MAIL), "accept", clerk)
        house.do(case, "note", clerk, text="已电话核实")
        house.do(case, "reply", clerk, text="请来窗口")
        told = OutboxMessage.objects.filter(destination="family").order_by("pk")
        assert [row.event_key for row in told] == [f"case:{case.pk}:{n}" for n in (1, 2, 4)]

    def test_the_unit_is_told_what_the_family_did(self, clerk: User) -> None:
        case = case_in(State.AWAITING_APPLICANT, clerk)
        house.do(case, "answer", None, text="三年级")
        told = OutboxMessage.objects.filter(kind="case-unit").order_by("-pk").first()
        assert told is not None
        assert told.event_key == f"case:{case.pk}:{case.version}"


class TestDanger:
    @pytest.mark.parametrize(("deed", "by_family"), [("withdraw", True), ("reject", False)])
    def test_it_can_not_be_withdrawn_or_rejected(
        self, clerk: User, deed: str, by_family: bool
    ) -> None:
        case = house.ask(danger="yes")
        with pytest.raises(NotAllowed, match="涉及安全"):
            house.do(case, deed, None if by_family else clerk, **TEXTS)
        case.refresh_from_db()
        assert case.state == State.PENDING_ACCEPTANCE


class TestTheClock:
    def test_it_follows_the_state(self, clerk: User) -> None:
        with time_machine.travel(datetime(2026, 11, 20, 15, tzinfo=SHANGHAI), tick=False):
            case = house.ask()
        with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=SHANGHAI), tick=False):
            house.do(case, "accept", clerk)
            assert case.next_due_at == datetime(2026, 12, 5, tzinfo=SHANGHAI)
            assert case.due_on == date(2026, 12, 4)
        with time_machine.travel(datetime(2026, 11, 24, 9, tzinfo=SHANGHAI), tick=False):
            house.do(case, "ask", clerk, text="几年级？")
            assert (case.next_due_at, case.due_on) == (None, None)
        # Three working days pass: 25, 26, 27 November; the weekend counts for nothing.
        with time_machine.travel(datetime(2026, 11, 28, 9, tzinfo=SHANGHAI), tick=False):
            house.do(case, "answer", None, text="三年级")
            assert case.clock_paused_at is None
            assert case.due_on == date(2026, 12, 9)
        with time_machine.travel(datetime(2026, 11, 30, 9, tzinfo=SHANGHAI), tick=False):
            house.do(case, "reply", clerk, text="请来窗口")
            assert case.due_on == date(2026, 12, 21)
            house.do(case, "close", clerk, outcome="solved")
        assert (case.next_due_at, case.due_on, case.is_open) == (None, None, False)
        assert case.closed_at is not None

    def test_the_unit_can_go_on_when_the_family_stays_silent(self, clerk: User) -> None:
        case = house.do(
            case_in(State.AWAITING_APPLICANT, clerk), "resume", clerk, text="三次联系未果"
        )
        assert case.next_due_at is not None
        assert case.events.get(seq=case.version).visibility == "unit"


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(st.sampled_from(list(Deed)), st.booleans()), max_size=8))
def test_whatever_is_tried_an_open_case_keeps_an_owner_a_clock_and_a_whole_history(
    clerk: User, steps: list[tuple[Deed, bool]]
) -> None:
    case = house.ask()
    for deed, by_family in steps:
        try:
            house.do(case, deed, None if by_family else clerk, **TEXTS)
        except NotAllowed:
            continue
    case.refresh_from_db()
    assert case.owner_unit_id
    assert case.is_open == (case.state in OPEN_STATES)
    if case.is_open:
        assert case.next_due_at or case.clock_paused_at
    events = list(case.events.order_by("seq"))
    assert [event.seq for event in events] == list(range(1, case.version + 1))
    assert events[-1].state == case.state
