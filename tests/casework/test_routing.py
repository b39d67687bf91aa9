"""Every request finds an owner, and the page says why that one."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from forms.casework.models import LadderStep, RoutingRule, RoutingRuleSet, RuleLevel
from forms.casework.routing import (
    NoGuaranteedOwner,
    RuleFact,
    Rung,
    UnitFact,
    choose,
    ladder,
    most_specific,
    places,
    route,
)
from home.directory.models import Area, Department, Membership, User
from home.directory.selectors import area_by_code
from tests.casework import house

HEPING_PLACES = {
    RuleLevel.SAME_COUNTY: "210102",
    RuleLevel.CITY: "210100",
    RuleLevel.PROVINCE: "210000",
}


def rule(pk: int, matter: str = "", area: str = "", department: str = "education") -> RuleFact:
    return RuleFact(pk, 1, matter, area, department, RuleLevel.SAME_COUNTY)


class TestThePureParts:
    def test_a_county_stands_below_its_city_and_the_province(self) -> None:
        chain = [("210102", "county"), ("210100", "city"), ("210000", "province")]
        assert places(chain) == HEPING_PLACES

    def test_shenfu_answers_for_itself_then_the_province(self) -> None:
        found = places([("21SFSF", "functional"), ("210000", "province")])
        assert ladder("education", RuleLevel.SAME_COUNTY, found) == [
            Rung(LadderStep.COUNTY, "education", "21SFSF"),
            Rung(LadderStep.PROVINCE, "education", "210000"),
            Rung(LadderStep.CIVIL_AFFAIRS_COUNTY, "civil-affairs", "21SFSF"),
            Rung(LadderStep.CIVIL_AFFAIRS_PROVINCE, "civil-affairs", "210000"),
        ]

    def test_another_province_leaves_our_province_alone(self) -> None:
        chain = [("110101", "county"), ("110100", "city"), ("110000", "province")]
        assert places(chain) == {RuleLevel.PROVINCE: "210000"}
        assert places([]) == {RuleLevel.PROVINCE: "210000"}

    def test_the_ladder_climbs_to_the_province_then_through_civil_affairs(self) -> None:
        steps = [rung.step for rung in ladder("education", RuleLevel.SAME_COUNTY, HEPING_PLACES)]
        assert steps == list(LadderStep)

    def test_a_rule_may_begin_at_the_city(self) -> None:
        rungs = ladder("education", RuleLevel.CITY, HEPING_PLACES)
        assert [rung.step for rung in rungs][:2] == [LadderStep.CITY, LadderStep.PROVINCE]
        assert rungs[2].step == LadderStep.CIVIL_AFFAIRS_COUNTY

    @pytest.mark.parametrize("level", list(RuleLevel))
    @pytest.mark.parametrize("department", ["education", "civil-affairs"])
    def test_every_ladder_ends_at_the_provinces_civil_affairs(
        self, level: RuleLevel, department: str
    ) -> None:
        last = ladder(department, level, HEPING_PLACES)[-1]
        assert (last.department, last.area) == ("civil-affairs", "210000")

    def test_the_nearest_area_wins_then_the_named_matter(self) -> None:
        codes = ["210102", "210100", "210000"]
        rules = [
            rule(1),
            rule(2, "living"),
            rule(3, "living", "210000"),
            rule(4, "", "210100"),
            rule(5, "living", "210100"),
            rule(6, "living", "210103"),
            rule(7, "education", "210102"),
        ]
        order = []
        while found := most_specific(rules, "living", codes):
            order.append(found.pk)
            rules.remove(found)
        assert order == [5, 4, 3, 2, 1]

    def test_units_without_people_are_passed_over_and_named(self) -> None:
        rungs = ladder("education", RuleLevel.SAME_COUNTY, HEPING_PLACES)
        units = {
            ("education", "210102"): UnitFact(1, "和平教育", active=False, staffed=True),
            ("education", "210100"): UnitFact(2, "沈阳教育", active=True, staffed=False),
            ("education", "210000"): UnitFact(3, "省教育", active=True, staffed=True),
        }
        rung, unit, said = choose(rungs, units)
        assert (rung.step, unit.pk) == (LadderStep.PROVINCE, 3)
        assert "和平教育已停用" in said[0]
        assert "沈阳教育目前没有在岗" in said[1]
        assert "由省教育承办" in said[2]

    def test_a_ladder_without_a_last_rung_is_an_error_and_not_silence(self) -> None:
        with pytest.raises(NoGuaranteedOwner):
            choose(ladder("education", RuleLevel.CITY, HEPING_PLACES), {})


class TestWithRealUnits:
    def test_a_county_with_people_keeps_its_request(self, clerk: User) -> None:
        decision = route("living", area_by_code(house.HEPING))
        assert decision.unit == house.unit(house.HEPING)
        assert decision.step == LadderStep.CIVIL_AFFAIRS_COUNTY
        assert "“生活救助”由民政办理" in decision.explanation[0]
        assert not decision.unstaffed

    def test_a_department_without_people_hands_up_to_civil_affairs(self, clerk: User) -> None:
        decision = route("education", area_by_code(house.HEPING))
        assert decision.unit == house.unit(house.HEPING)
        assert len([line for line in decision.explanation if "没有在岗" in line]) == 3

    def test_where_nobody_works_the_province_still_takes_it_and_an_alarm_is_raised(
        self, liaoning: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.ERROR, "forms.casework"):
            decision = route("medical", area_by_code(house.XIGANG))
        assert decision.unit == house.unit(house.LIAONING)
        assert decision.unstaffed
        assert "兜底承办" in decision.explanation[-1]
        assert "nobody works for" in caplog.text

    def test_the_guaranteed_owner_stands_even_when_it_is_switched_off(self, liaoning: None) -> None:
        guarantee = house.unit(house.LIAONING)
        guarantee.active = False
        guarantee.save()
        assert route("living", None).unit == guarantee

    def test_danger_skips_the_rules_and_begins_with_the_countys_civil_affairs(
        self, clerk: User
    ) -> None:
        house.person("clerk", house.HEPING, "education")
        decision = route("education", area_by_code(house.HEPING), urgent=True)
        assert decision.unit == house.unit(house.HEPING)
        assert decision.rule_id is None
        assert "紧急事项" in decision.explanation[0]

    def test_shenfu_keeps_what_is_its_own(self, liaoning: None) -> None:
        house.person("head", house.SHENFU)
        assert route("living", area_by_code(house.SHENFU)).unit == house.unit(house.SHENFU)

    def test_a_family_of_another_province_goes_to_ours(self, liaoning: None) -> None:
        house.person("clerk", house.LIAONING)
        decision = route("living", area_by_code("110101"))
        assert decision.unit == house.unit(house.LIAONING)
        assert decision.explanation[0] == "居住地不在本省，由省级单位办理。"

    @pytest.mark.parametrize("why", ["inactive person", "ended", "not begun", "organiser"])
    def test_only_somebody_at_work_today_counts(self, liaoning: None, why: str) -> None:
        role = "organiser" if why == "organiser" else "clerk"
        user = house.person(role, house.HEPING)
        today = timezone.localdate()
        if why == "inactive person":
            User.objects.filter(pk=user.pk).update(is_active=False)
        elif why == "ended":
            Membership.objects.update(valid_to=today - timedelta(days=1))
        elif why == "not begun":
            Membership.objects.update(valid_from=today + timedelta(days=1))
        assert route("living", area_by_code(house.HEPING)).unit == house.unit(house.LIAONING)

    def test_a_newer_published_set_replaces_the_older_one(self, clerk: User) -> None:
        house.person("clerk", house.SHENYANG, "education")
        draft = RoutingRuleSet.objects.create(number=2)
        RoutingRule.objects.create(
            ruleset=draft,
            matter="living",
            area=Area.objects.get(code=house.SHENYANG),
            department=Department.objects.get(code="education"),
            level=RuleLevel.CITY,
        )
        heping = area_by_code(house.HEPING)
        assert route("living", heping).unit == house.unit(house.HEPING)
        draft.published_at = timezone.now()
        draft.save()
        decision = route("living", heping)
        assert decision.unit == house.unit(house.SHENYANG, "education")
        assert decision.ruleset_id == draft.pk

    def test_a_matter_without_a_rule_goes_to_civil_affairs_and_is_heard_of(
        self, clerk: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        RoutingRule.objects.filter(matter="housing").delete()
        decision = route("housing", area_by_code(house.HEPING))
        assert decision.unit == house.unit(house.HEPING)
        assert "没有适用于“住房保障”的分派规则" in decision.explanation[0]
        assert "No routing rule" in caplog.text

    def test_routing_takes_four_queries_however_far_it_climbs(self, liaoning: None) -> None:
        heping = area_by_code(house.HEPING)
        with CaptureQueriesContext(connection) as queries:
            route("education", heping)
        assert len(queries) == 4
