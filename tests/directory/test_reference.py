"""Loading areas, departments, units, the calendar and the role groups."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from home.directory import reference
from home.directory.models import Area, Department, Unit, WorkdayException
from ops.management.commands.load_reference import REFERENCE_MODULES


def test_the_whole_country_is_there_and_liaonings_units(loaded: reference.Summary) -> None:
    # 3,355 rows of the source; 东莞, 中山 and 儋州 stand there twice under one code.
    assert Area.objects.count() == 3352
    levels = Counter(Area.objects.filter(code__startswith="21").values_list("level", flat=True))
    assert levels == {"province": 1, "city": 14, "county": 100, "functional": 1}
    assert Department.objects.count() == 21
    assert Unit.objects.count() == 116 * 21 == 2436
    assert WorkdayException.objects.count() == 48
    assert loaded.changed


@pytest.mark.parametrize(
    ("code", "full_name"),
    [
        ("210000", "辽宁省"),
        ("210102", "辽宁省沈阳市和平区"),
        ("21SFSF", "辽宁省沈抚改革创新示范区"),
        ("110101", "北京市东城区"),
        ("500229", "重庆市城口县"),
        ("429004", "湖北省仙桃市"),
        ("659001", "新疆维吾尔自治区石河子市"),
        ("441900", "广东省东莞市"),
        ("620201", "甘肃省嘉峪关市"),
    ],
)
def test_a_full_name_is_what_people_say(code: str, full_name: str) -> None:
    assert reference.read_areas()[code]["full_name"] == full_name


@pytest.mark.parametrize(
    ("department", "area", "name"),
    [
        ("civil-affairs", "210000", "辽宁省民政厅"),
        ("civil-affairs", "210100", "沈阳市民政局"),
        ("civil-affairs", "210102", "沈阳市和平区民政局"),
        ("political-legal", "210100", "沈阳市委政法委"),
        ("political-legal", "210521", "本溪市本溪满族自治县委政法委"),
        ("cyberspace", "210000", "中共辽宁省委网信办"),
        ("court", "210000", "辽宁省高级人民法院"),
        ("court", "210200", "大连市中级人民法院"),
        ("court", "210203", "大连市西岗区人民法院"),
        ("women-children-committee", "210181", "沈阳市新民市妇儿工委办公室"),
        ("civil-affairs", "21SFSF", "沈抚改革创新示范区相关单位（民政）"),
    ],
)
def test_a_units_name_is_its_place_and_its_department(
    department: str, area: str, name: str
) -> None:
    areas = reference.read_areas()
    [row] = [row for row in reference.read_departments() if row["code"] == department]
    assert reference.unit_name(row, areas[area], areas) == name


def test_no_two_units_have_one_name(loaded: Any) -> None:
    names = Counter(Unit.objects.values_list("name", flat=True))
    assert [name for name, count in names.items() if count > 1] == []


def test_the_database_gets_these_names(unit_at: Any) -> None:
    unit = unit_at("civil-affairs", "210102")
    assert unit.name == "沈阳市和平区民政局"
    assert unit.area.full_name == "辽宁省沈阳市和平区"
    assert unit.area.parent.name == "沈阳市"


def test_no_contact_is_invented(loaded: Any) -> None:
    assert not Unit.objects.exclude(email="", phone="").exists()


def test_the_departments_stand_in_the_plans_order(loaded: Any) -> None:
    names = list(Department.objects.values_list("name", flat=True))
    assert names[:3] == ["辽宁省民政厅", "中共辽宁省委政法委", "中共辽宁省委网信办"]
    assert names[-3:] == ["共青团辽宁省委员会", "辽宁省妇女联合会", "辽宁省残疾人联合会"]


def test_no_name_means_two_departments(loaded: Any) -> None:
    names: Counter[str] = Counter()
    for department in Department.objects.all():
        names.update(
            {department.name, department.short_name, department.local_name, *department.aliases}
        )
    assert [name for name, count in names.items() if count > 1] == []


def test_calendar_notes_are_chinese_and_say_their_source(loaded: Any) -> None:
    row = WorkdayException.objects.get(date=date(2025, 2, 8))
    assert (row.kind, row.note, row.source) == ("work", "春节", "chinesecalendar 1.11.0")


def test_a_second_run_changes_nothing_and_asks_little(
    loaded: Any, django_assert_max_num_queries: Any
) -> None:
    ids = set(Unit.objects.values_list("pk", flat=True))
    with django_assert_max_num_queries(20):
        again = reference.load()
    assert not again.changed
    assert set(Unit.objects.values_list("pk", flat=True)) == ids


def test_what_an_administrator_edited_survives(unit_at: Any) -> None:
    unit = unit_at("civil-affairs", "210102")
    edits = {"name": "和平区民政和社区局", "email": "a@example.org", "phone": "1", "active": False}
    Unit.objects.filter(pk=unit.pk).update(**edits)
    WorkdayException.objects.filter(date=date(2026, 10, 10)).update(
        kind="off", note="改", source="文"
    )
    WorkdayException.objects.create(date=date(2027, 2, 8), kind="off")
    Department.objects.filter(code="education").update(aliases=["教委"])

    assert not reference.load().changed

    unit.refresh_from_db()
    assert {field: getattr(unit, field) for field in edits} == edits
    row = WorkdayException.objects.get(date=date(2026, 10, 10))
    assert (row.kind, row.note, row.source) == ("off", "改", "文")
    assert WorkdayException.objects.filter(date=date(2027, 2, 8)).exists()
    assert Department.objects.get(code="education").aliases == ["教委"]


def test_areas_and_names_of_departments_are_brought_back_to_the_data(loaded: Any) -> None:
    area = Area.objects.get(code="210102")
    Area.objects.filter(pk=area.pk).update(
        name="错", full_name="错", level="city", parent=Area.objects.get(code="110000")
    )
    Department.objects.filter(code="education").update(name="错", sort_order=99)

    summary = reference.load()

    assert (summary.areas.updated, summary.departments.updated) == (1, 1)
    area = Area.objects.get(pk=area.pk)
    assert (area.name, area.full_name, area.level) == ("和平区", "辽宁省沈阳市和平区", "county")
    assert area.parent is not None
    assert area.parent.code == "210100"
    assert Department.objects.get(code="education").name == "辽宁省教育厅"


def test_a_missing_unit_and_a_missing_day_come_back(unit_at: Any) -> None:
    unit_at("education", "210203").delete()
    WorkdayException.objects.filter(date=date(2026, 10, 10)).delete()
    summary = reference.load()
    assert (summary.units.created, summary.working_days.created) == (1, 1)


def test_a_groups_rights_are_brought_back_to_what_is_declared(loaded: Any) -> None:
    clerks = Group.objects.get(name="经办人")
    clerks.permissions.set(Group.objects.get(name="系统管理员").permissions.all())
    assert reference.load().groups.updated == 1
    assert [p.codename for p in clerks.permissions.all()] == ["access_admin"]


@pytest.mark.django_db
def test_the_command_loads_each_rooms_data_and_says_so(capsys: Any) -> None:
    call_command("load_reference")
    lines = capsys.readouterr().out.splitlines()
    names = [line.split(":")[0] for line in lines]
    assert names == [name.removesuffix(".reference") for name in REFERENCE_MODULES]
    assert names[:3] == ["home.directory", "forms.vault", "forms.casework"]
    assert "3352 (+3352) areas" in lines[0]
    call_command("load_reference")
    assert "3352 areas, 21 departments, 2436 units" in capsys.readouterr().out
