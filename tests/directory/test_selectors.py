"""Questions about people and places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from home.directory import selectors
from home.directory.models import Area, Role, Unit, User
from home.directory.services import grant

Person = Callable[..., User]
UnitAt = Callable[[str, str], Unit]


def names(areas: Any) -> list[str]:
    return [area.name for area in areas]


# ── people ──────────────────────────────────────────────────────────────────────────────────────


def test_a_membership_holds_on_its_first_and_its_last_day(person: Person, unit_at: UnitAt) -> None:
    user, unit = person("wang"), unit_at("civil-affairs", "210102")
    first, last = date(2026, 3, 1), date(2026, 3, 31)
    grant(user, unit, Role.CLERK, valid_from=first, valid_to=last)
    one = timedelta(days=1)
    held = [
        selectors.active_memberships(user, on=day).exists()
        for day in (first - one, first, last, last + one)
    ]
    assert held == [False, True, True, False]


def test_rights_fall_on_the_day_after_without_anybody_doing_anything(
    person: Person, unit_at: UnitAt
) -> None:
    user, unit = person("wang"), unit_at("civil-affairs", "210102")
    today = timezone.localdate()
    grant(user, unit, Role.CLERK, valid_to=today - timedelta(days=1))
    assert not selectors.has_role(user, Role.CLERK)
    assert not selectors.units_of(user).exists()
    grant(user, unit, Role.CLERK, valid_to=today)
    assert selectors.has_role(user, Role.CLERK)


def test_units_are_those_of_the_roles_asked_for(person: Person, unit_at: UnitAt) -> None:
    heping, xigang = unit_at("civil-affairs", "210102"), unit_at("civil-affairs", "210203")
    user = person("wang", Role.CLERK, heping)
    grant(user, heping, Role.HEAD)
    grant(user, xigang, Role.HEAD)
    assert list(selectors.units_of(user)) == [heping, xigang]
    assert list(selectors.units_of(user, Role.CLERK)) == [heping]
    assert list(selectors.units_of(user, Role.CLERK, Role.HEAD)) == [heping, xigang]
    assert not selectors.units_of(user, Role.AUDITOR).exists()
    assert selectors.has_role(user)
    assert selectors.has_role(user, Role.AUDITOR, Role.HEAD)
    assert not selectors.has_role(user, Role.AUDITOR)


def test_who_cannot_sign_in_holds_nothing(person: Person) -> None:
    user = person("wang", Role.CLERK)
    user.is_active = False
    for nobody in (user, AnonymousUser()):
        assert not selectors.has_role(nobody)
        assert not selectors.units_of(nobody).exists()
        assert not selectors.active_memberships(nobody).exists()


def test_memberships_come_with_their_units_in_one_query(
    person: Person, django_assert_num_queries: Any
) -> None:
    user = person("wang", Role.CLERK)
    with django_assert_num_queries(1):
        for membership in selectors.active_memberships(user):
            assert membership.unit.area.full_name
            assert membership.unit.department.name


# ── places ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_no_code_of_an_area_gives_none(loaded: Any) -> None:
    texts = ["", "999999", "210102 ", "21sfsf", "２１０１０２", "210102\n", "21\x00102", "\ud800"]
    for code in [*texts, "1" * 99, "' OR 1=1 --", None, 210102, ["210102"]]:
        assert selectors.area_by_code(code) is None
        assert not selectors.children_of(code).exists()


def test_a_path_leads_from_the_province_down(loaded: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        area = selectors.area_by_code("210102")
        assert area is not None
        assert names(selectors.area_path(area)) == ["辽宁省", "沈阳市", "和平区"]
    dongcheng = Area.objects.get(code="110101")
    with django_assert_num_queries(2):
        assert names(selectors.area_path(dongcheng)) == ["北京市", "东城区"]


def test_the_cascade_begins_with_the_provinces(loaded: Any) -> None:
    provinces = names(selectors.provinces())
    assert len(provinces) == 34
    assert provinces[0] == "北京市"


def test_liaoning_has_its_fourteen_cities_and_the_zone(loaded: Any) -> None:
    children = names(selectors.children_of("210000"))
    assert len(children) == 15
    assert children[-1] == "沈抚改革创新示范区"


def test_rows_that_stand_for_no_place_are_skipped(loaded: Any) -> None:
    assert len(selectors.children_of("110000")) == 16
    assert "城口县" in names(selectors.children_of("500000"))
    hubei = names(selectors.children_of("420000"))
    assert "武汉市" in hubei
    assert "仙桃市" in hubei
    chosen = [*selectors.provinces()]
    for province in selectors.provinces():
        chosen += selectors.children_of(province.code)
    assert [area for area in chosen if area.is_placeholder] == []


def test_every_real_place_can_be_reached_by_choosing(loaded: Any) -> None:
    provinces = ["110000", "210000", "420000", "440000", "460000", "500000", "650000", "810000"]
    reached: set[str] = set()
    step = list(selectors.provinces().filter(code__in=provinces))
    while step:
        reached |= {area.code for area in step}
        further = [area.code for area in step if not selectors.is_leaf(area)]
        step = [child for code in further for child in selectors.children_of(code)]
    starts = {code[:2] for code in provinces}
    areas = [area for area in Area.objects.all() if area.code[:2] in starts]
    assert reached == {area.code for area in areas if not area.is_placeholder}


def test_a_leaf_is_what_has_nothing_below(loaded: Any) -> None:
    codes = ["110000", "210000", "210100", "210102", "21SFSF", "441900", "810000"]
    leaves = [code for code in codes if selectors.is_leaf(Area.objects.get(code=code))]
    assert leaves == ["210102", "21SFSF", "441900", "810000"]


# ── departments and units ───────────────────────────────────────────────────────────────────────


def test_a_department_is_known_by_every_name_people_write(
    loaded: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        departments = selectors.departments_by_name()
    written = {
        "共青团辽宁省委员会": "youth-league",
        "团省委": "youth-league",
        "团委": "youth-league",
        "教委": "education",
        "卫健委": "health",
        "市委政法委": "political-legal",
        "妇儿工委办": "women-children-committee",
        "残疾人联合会": "disabled-federation",
        "民政部门": "civil-affairs",
        "人民法院": "court",
        "人民检察院": "procuratorate",
    }
    assert {name: departments[name].code for name in written} == written


def test_the_unit_of_a_department_in_a_place(loaded: Any) -> None:
    heping, beijing = Area.objects.get(code="210102"), Area.objects.get(code="110101")
    unit = selectors.unit_of("education", heping)
    assert unit is not None
    assert unit.name == "沈阳市和平区教育局"
    assert selectors.unit_of("education", beijing) is None
    assert selectors.unit_of("astrology", heping) is None
