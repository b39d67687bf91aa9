"""Departments in a clause: named as departments, or only words that look like one."""

from __future__ import annotations

import pytest

from home.policies.parser import DEPARTMENT_NAMES, departments_named_in
from tests.policies.signed import SIGNED


def named(text: str) -> list[str]:
    return departments_named_in(text, DEPARTMENT_NAMES)


def test_all_twenty_one_departments_of_the_plan_have_names() -> None:
    assert list(DEPARTMENT_NAMES) == [
        "civil-affairs",
        "political-legal",
        "cyberspace",
        "court",
        "procuratorate",
        "development-reform",
        "education",
        "public-security",
        "finance",
        "human-resources",
        "housing",
        "transport",
        "health",
        "broadcasting",
        "statistics",
        "medical-insurance",
        "disease-control",
        "women-children-committee",
        "youth-league",
        "womens-federation",
        "disabled-federation",
    ]


@pytest.mark.parametrize(
    ("full_name", "code"),
    list(
        zip(
            SIGNED,
            DEPARTMENT_NAMES,
            strict=True,
        )
    ),
)
def test_every_issuer_of_the_plan_is_known_by_its_full_name(full_name: str, code: str) -> None:
    assert named(f"由{full_name}牵头负责。") == [code]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("教育、公安、医保等有关部门和单位共同参与", "education public-security medical-insurance"),
        ("由民政部门牵头，疾控、残联配合", "civil-affairs disabled-federation"),
        ("各级财政部门统筹安排", "finance"),
        ("公安机关、人民检察院、人民法院", "public-security procuratorate court"),
        ("省教育厅、市卫健委、县医保局", "education health medical-insurance"),
        ("教育行政部门和交通主管部门", "education transport"),
        ("民政、应急管理、教育等部门", "civil-affairs education"),
        ("民政、公安和教育部门", "civil-affairs public-security education"),
        ("民政等21个部门", "civil-affairs"),
        ("民政及其他社会救助部门", "civil-affairs"),
        ("妇儿工委会同教育部门", "women-children-committee education"),
        ("党委政法部门、网信部门", "political-legal cyberspace"),
        ("各级共青团、妇联、残联等群团组织", "youth-league womens-federation disabled-federation"),
        ("（责任单位：民政、教育、省公安厅）", "civil-affairs education public-security"),
        ("省民政厅牵头，省财政厅、省统计局按职责负责", "civil-affairs finance statistics"),
        ("住房城乡建设部门、发展改革部门", "housing development-reform"),
        ("人力资源和社会保障局、广播电视局", "human-resources broadcasting"),
    ],
)
def test_a_department_named_as_one_is_found_in_order(text: str, codes: str) -> None:
    assert named(text) == codes.split()


@pytest.mark.parametrize(
    "text",
    [
        "开展家庭教育指导和心理健康教育",
        "提供心理健康教育、心理辅导、情绪疏导等服务",
        "加强教育部署，扭转教育局面",
        "教育、科研单位",
        "保障平等接受义务教育的权利",
        "动态监测和统计分析",
        "统筹使用中央和地方财政资金",
        "卫生健康基本公共服务均等化",
        "参加居民医保，落实医疗保障",
        "公安、教育",
        "受集团委托，由伤残联系人办理",
        "夫妇联名申请",
        "共青团员和团员青年",
        "各市相关部门、有关单位",
        "各级人民政府部门、县级人民政府及其部门",
        "根据《教育部门公安机关残联联合工作办法》",
        "",
    ],
)
def test_words_that_only_look_like_a_department_name_none(text: str) -> None:
    assert named(text) == []


def test_a_department_named_twice_is_listed_once_where_it_was_first_named() -> None:
    assert named("教育部门会同民政部门；民政部门和教育部门") == ["education", "civil-affairs"]


def test_the_names_are_the_callers() -> None:
    own = {"x": ["气象"], "y": ["气象局", "红十字会"]}
    assert departments_named_in("气象部门、红十字会、民政部门", own) == ["x", "y"]
    assert departments_named_in("民政部门", {}) == []
