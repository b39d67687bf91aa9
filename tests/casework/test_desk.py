"""The desk in the admin: what is mine, by due date, masked; the next deed in reach."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from forms.casework import selectors
from forms.casework.clocks import start_of
from forms.casework.models import Case, State
from forms.vault.models import AccessEntry
from forms.vault.services import erase
from home.directory.calendar import add_working_days
from home.directory.models import User
from tests.casework import house

DESK = "/admin/cases/"


def page_of(case: Case) -> str:
    return f"{DESK}{case.reference}/"


def html(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


class TestTheList:
    def test_it_shows_what_waits_with_counts(self, desk: Client, clerk: User) -> None:
        waiting = house.ask()
        working = house.do(house.ask(), "accept", clerk)
        shown = html(desk.get(DESK))
        assert waiting.reference in shown
        assert working.reference not in shown
        tabs = desk.get(DESK).context["tabs"]
        assert [(tab["label"], tab["count"]) for tab in tabs] == [
            ("待受理", "1"),
            ("办理中", "1"),
            ("待补充", "0"),
            ("已答复", "0"),
            ("全部", "2"),
        ]
        assert working.reference in html(desk.get(DESK, {"tab": "working"}))

    def test_numbers_are_masked(self, desk: Client) -> None:
        house.ask()
        shown = html(desk.get(DESK))
        assert "139****5678" in shown
        assert house.CANARY_PHONE not in shown
        assert house.CANARY_STORY not in shown

    def test_it_is_ordered_by_due_time_and_says_late_and_soon_in_words(self, desk: Client) -> None:
        later, late, soon = house.ask(), house.ask(), house.ask()
        today = timezone.localdate()
        for case, days in ((later, 1), (late, -1), (soon, 0)):
            due = today + timedelta(days=days)
            Case.objects.filter(pk=case.pk).update(
                next_due_at=start_of(due + timedelta(days=1)), accept_due_on=due
            )
        shown = html(desk.get(DESK))
        places = [shown.index(case.reference) for case in (late, soon, later)]
        assert places == sorted(places)
        assert shown.count("已逾期") == 1
        assert shown.count("即将到期") == 1

    def test_what_is_accepted_is_soon_due_when_one_working_day_is_left(
        self, desk: Client, clerk: User
    ) -> None:
        case = house.do(house.ask(), "accept", clerk)
        last = add_working_days(timezone.localdate(), 1).date
        for due, words in ((last, 1), (last + timedelta(days=1), 0)):
            moment = start_of(due + timedelta(days=1))
            Case.objects.filter(pk=case.pk).update(next_due_at=moment, reply_due_on=due)
            assert html(desk.get(DESK, {"tab": "working"})).count("即将到期") == words

    def test_pages_follow_each_other_without_a_gap(
        self, desk: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(selectors, "PAGE_SIZE", 2)
        mine = [house.ask() for _ in range(5)]
        # Several due at the same moment: the number behind the time keeps them apart.
        Case.objects.update(next_due_at=timezone.now() + timedelta(days=3))
        for tab in ("pending", "all"):
            seen, url = [], f"{DESK}?tab={tab}"
            while url:
                response = desk.get(url)
                seen += [row.case.reference for row in response.context["page"].rows]
                next_url = response.context["next_url"]
                url = DESK + next_url if next_url else ""
            assert sorted(seen) == sorted(case.reference for case in mine)
            assert len(seen) == 5

    @pytest.mark.parametrize(
        "query",
        [
            "tab=nonsense",
            "after=1",
            "after=%00_1",
            "after=0001-01-01T00:00:00%2B14:00_1",
            "after=9999-12-31T23:59:59-14:00_1",
            "after=2026-13-99T00:00:00%2B08:00_1",
            "after=2026-01-01T00:00:00%2B08:00_99999999999999999999",
            "unit=0",
            "unit=x",
            "unit=%00",
        ],
    )
    def test_an_odd_address_is_not_found_and_no_failure(self, desk: Client, query: str) -> None:
        assert desk.get(f"{DESK}?{query}").status_code == 404

    def test_a_reference_is_found_as_it_is_typed(self, desk: Client) -> None:
        case = house.ask()
        typed = f" {case.reference[:4]} {case.reference[4:]} ".lower()
        assert case.reference in html(desk.get(DESK, {"q": typed}))
        assert "没有编号为" in html(desk.get(DESK, {"q": "LN0000000000"}))
        assert desk.get(DESK, {"q": "\x00<script>" * 99}).status_code == 200

    def test_an_erased_record_leaves_its_line(self, desk: Client) -> None:
        case = house.ask()
        erase(case.submission.record)
        assert case.reference in html(desk.get(DESK))
        assert "已按保存期限删除" in html(desk.get(page_of(case)))

    def test_its_queries_do_not_grow_with_its_lines(
        self, desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        house.ask()
        desk.get(DESK)
        with django_assert_max_num_queries(22) as few:
            desk.get(DESK)
        for _ in range(6):
            house.ask()
        with django_assert_max_num_queries(22) as many:
            desk.get(DESK)
        assert len(many) == len(few)

    def test_somebody_with_two_units_can_look_at_one(self, desk: Client, clerk: User) -> None:
        from home.directory.services import grant

        here, there = house.ask(), house.ask(house.SHENHE)
        assert there.owner_unit == house.unit(house.LIAONING)
        grant(clerk, house.unit(house.SHENHE), "clerk")
        there = house.ask(house.SHENHE)
        both = html(desk.get(DESK))
        assert here.reference in both
        assert there.reference in both
        one = html(desk.get(DESK, {"unit": there.owner_unit_id}))
        assert there.reference in one
        assert here.reference not in one


class TestTheCasePage:
    def test_it_says_what_is_asked_why_here_and_what_can_be_done(self, desk: Client) -> None:
        case = house.ask()
        shown = html(desk.get(page_of(case)))
        assert house.CANARY_STORY in shown
        assert "由沈阳市和平区民政局承办" in shown.replace("辽宁省", "")
        assert 'value="1"' in shown
        assert house.CANARY_PHONE not in shown
        assert "139****5678" in shown

    def test_there_is_one_filled_button_and_it_is_the_next_deed(
        self, desk: Client, clerk: User
    ) -> None:
        case = house.ask()
        for label, deed in (("受理", "accept"), ("答复", "reply"), ("办结", None)):
            response = desk.get(page_of(case))
            assert response.context["primary"]["label"] == label
            assert html(response).count('class="button"') == 1
            if deed:
                house.do(case, deed, clerk, text="请来窗口")

    def test_opening_it_is_written_down(self, desk: Client, clerk: User) -> None:
        case = house.ask()
        desk.get(page_of(case))
        entry = AccessEntry.objects.get()
        assert (entry.user, entry.record, entry.what) == (clerk, case.submission.record, "view")
        assert house.CANARY_PHONE not in repr(entry.fields)

    def test_a_field_is_revealed_for_a_reason_and_alone(self, desk: Client, clerk: User) -> None:
        case = house.ask(email=house.CANARY_MAIL)
        keys = {f.role: f.clean_name for f in house.request_form().form_fields.all()}
        response = desk.post(
            f"{page_of(case)}reveal/", {"key": keys["phone"], "reason": "回电核实"}
        )
        assert response.status_code == 200
        assert house.CANARY_PHONE in html(response)
        assert house.CANARY_MAIL not in html(response)
        entry = AccessEntry.objects.get(what="reveal")
        assert (entry.fields, entry.reason) == ([keys["phone"]], "回电核实")
        assert house.CANARY_PHONE not in html(desk.get(page_of(case)))
        assert "no-store" in response["Cache-Control"]

    @pytest.mark.parametrize("reason", ["", "  ", "\x00", "长" * 201])
    def test_nothing_is_revealed_without_a_reason(self, desk: Client, reason: str) -> None:
        case = house.ask()
        keys = {f.role: f.clean_name for f in house.request_form().form_fields.all()}
        response = desk.post(f"{page_of(case)}reveal/", {"key": keys["phone"], "reason": reason})
        assert response.status_code == 400
        assert "请写明查看理由" in html(response)
        assert house.CANARY_PHONE not in html(response)
        assert not AccessEntry.objects.filter(what="reveal").exists()

    @pytest.mark.parametrize("key", ["", "f0000000000", "\x00", "story"])
    def test_what_is_not_masked_can_not_be_revealed(self, desk: Client, key: str) -> None:
        case = house.ask()
        response = desk.post(f"{page_of(case)}reveal/", {"key": key, "reason": "看看"})
        assert response.status_code == 404

    def test_printing_is_masked_and_written_down(self, desk: Client) -> None:
        case = house.ask()
        shown = html(desk.get(f"{page_of(case)}print/"))
        assert "139****5678" in shown
        assert house.CANARY_PHONE not in shown
        assert AccessEntry.objects.get().what == "print"

    def test_its_queries_are_few_however_long_its_history(
        self, desk: Client, clerk: User, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        case = house.do(house.ask(), "accept", clerk)
        desk.get(page_of(case))
        with django_assert_max_num_queries(34) as short:
            desk.get(page_of(case))
        for number in range(6):
            house.do(case, "note", clerk, text=f"备注{number}")
        with django_assert_max_num_queries(34) as long:
            desk.get(page_of(case))
        assert len(long) == len(short)


class TestTheDeeds:
    def post(self, desk: Client, case: Case, deed: str, **said: object) -> object:
        return desk.post(f"{page_of(case)}{deed}/", {"version": case.version, **said})

    def test_a_clerk_takes_a_case_to_its_end(self, desk: Client) -> None:
        case = house.ask()
        for deed, said in (
            ("accept", {}),
            ("ask", {"text": "几年级？"}),
            ("resume", {"text": "电话里答复了"}),
            ("note", {"text": "已核实"}),
            ("reply", {"text": "请来窗口"}),
            ("close", {"outcome": "solved"}),
        ):
            response = self.post(desk, case, deed, **said)
            assert response.status_code == 302, (deed, html(response))  # type: ignore[attr-defined]
            case.refresh_from_db()
        assert (case.state, case.outcome) == (State.CLOSED, "solved")
        shown = html(desk.get(page_of(case)))
        assert "这件事项已经结束" in shown
        assert "已核实" in shown

    def test_an_old_page_gets_a_409_that_names_who_and_keeps_the_words(
        self, desk: Client, clerk: User
    ) -> None:
        head = house.person("head", house.HEPING, last_name="示例", first_name="负责人")
        case = house.do(house.ask(), "accept", clerk)
        stale = case.version
        house.do(case, "note", head, text="请加快")
        case.version = stale
        response = self.post(desk, case, "reply", text="我写了很久的答复")
        assert response.status_code == 409  # type: ignore[attr-defined]
        shown = html(response)
        assert "示例负责人已经进行了“内部备注”" in shown
        assert "我写了很久的答复" in shown
        case.refresh_from_db()
        assert case.state == State.IN_PROGRESS

    def test_words_are_kept_even_when_the_button_is_gone(self, desk: Client, clerk: User) -> None:
        case = house.ask()
        house.do(case, "withdraw", None)
        case.version = 1
        response = self.post(desk, case, "note", text="我写了很久的备注")
        assert response.status_code == 409  # type: ignore[attr-defined]
        assert "我写了很久的备注" in html(response)
        assert "家庭已经进行了“家庭撤回”" in html(response)

    @pytest.mark.parametrize("version", ["", "abc", "-1", "１", "99999999999999999999", "\x00"])
    def test_a_version_that_is_none_is_an_old_page(self, desk: Client, version: str) -> None:
        case = house.ask()
        response = desk.post(f"{page_of(case)}accept/", {"version": version})
        assert response.status_code == 409
        case.refresh_from_db()
        assert case.version == 1

    def test_what_is_missing_is_said_at_the_field(self, desk: Client, clerk: User) -> None:
        case = house.do(house.ask(), "accept", clerk)
        response = self.post(desk, case, "close", text="写好的说明", outcome="")
        assert response.status_code == 400  # type: ignore[attr-defined]
        shown = html(response)
        assert "请选择办理结果" in shown
        assert "写好的说明" in shown

    @pytest.mark.parametrize("deed", ["answer", "withdraw", "nonsense", "receive"])
    def test_what_is_not_the_units_to_do_is_not_found(self, desk: Client, deed: str) -> None:
        response = self.post(desk, house.ask(), deed, text="文字")
        assert response.status_code == 404  # type: ignore[attr-defined]

    def test_a_deed_is_never_done_by_following_a_link(self, desk: Client) -> None:
        case = house.ask()
        assert desk.get(f"{page_of(case)}accept/").status_code == 405
        assert desk.get(f"{page_of(case)}reveal/").status_code == 405

    def test_a_deed_needs_the_forms_token(self, clerk: User) -> None:
        case = house.ask()
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(clerk)
        assert strict.post(f"{page_of(case)}accept/", {"version": 1}).status_code == 403


class TestTheWayThere:
    def test_the_home_page_of_the_admin_leads_to_the_desk(self, desk: Client) -> None:
        house.ask()
        shown = html(desk.get(reverse("wagtailadmin_home")))
        assert "去办件台" in shown
        assert "1 件待受理" in shown
        assert "/admin/pages/" not in shown.split("data-wagtail-sidebar")[1].split("</script>")[0]

    @pytest.mark.parametrize("role", ["editor", "reviewer", "organiser", "administrator"])
    def test_others_see_neither_menu_nor_panel_nor_desk(
        self, liaoning: None, client: Client, role: str
    ) -> None:
        client.force_login(house.person(role, house.LIAONING))
        shown = html(client.get(reverse("wagtailadmin_home")))
        assert DESK not in shown
        assert "办件" not in shown
        assert client.get(DESK).status_code == 302

    def test_whoever_is_not_signed_in_is_sent_to_sign_in(
        self, liaoning: None, client: Client
    ) -> None:
        for url in (DESK, page_of(house.ask())):
            response = client.get(url)
            assert response.status_code == 302
            assert "login" in response["Location"]
