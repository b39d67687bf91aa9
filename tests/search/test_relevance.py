"""The words people use lead to the clause that answers them. Text: the plan, word for word."""

from __future__ import annotations

import pytest

from search.engine.choices import Chosen
from search.engine.services import search

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plan_site")]

PLAN = "/policies/lmf-2025-10/"

# query → the clause that must be first among clauses
PLAIN_WORDS = {
    "孩子上学": "2-2-1",
    "外地孩子上小学": "2-2-1",
    "随迁子女参加中高考": "2-2-1",
    "幼儿园入园": "2-2-1",
    "打疫苗": "2-2-2",
    "异地就医怎么报销": "2-2-2",
    "居住证 医保": "2-2-2",
    "残疾孩子康复": "2-2-2",
    "托育": "2-2-2",
    "公租房": "2-2-3",
    "公租房申请条件": "2-2-3",
    "租房补贴": "2-2-3",
    "低保": "2-2-3",
    "临时救助": "2-2-3",
    "怎么办理残疾人两项补贴呢": "2-2-3",
    "学生公交卡": "2-2-3",
    "家庭教育指导": "2-3-1",
    "村委会发现父母不管孩子": "2-3-1",
    "心理辅导": "2-3-2",
    "12355": "2-3-2",
    "孩子焦虑": "2-3-2",
    "童心港湾": "2-3-3",
    "兴趣班": "2-3-3",
    "家长找工作": "2-3-4",
    "职业培训": "2-3-4",
    "儿童主任多久来看一次": "2-1-2",
    "一人一档 信息台账": "2-1-2",
    "沈阳营口阜新试点": "2-1-2",
    "多久更新一次信息": "2-1-1",
    "暂住登记": "2-1-3",
    "2026年底前": "1-2-2",
    "2025年3月底": "1-2-1",
    "督办通报": "3-3",
    "服务清单": "3-2",
    "经费": "3-2",
}


@pytest.mark.parametrize(("query", "key"), PLAIN_WORDS.items())
def test_plain_words_lead_to_the_clause(query: str, key: str) -> None:
    found = search(query, Chosen(type="clause"))
    assert found.results, f"{query}: nothing"
    assert found.results[0].url == f"{PLAN}#c-{key}"


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("隨遷子女 中高考", "随迁子女 中高考"),
        ("心理輔導", "心理辅导"),
        ("殘疾兒童康復", "残疾儿童康复"),
    ],
)
def test_traditional_characters_find_what_simplified_ones_find(
    traditional: str, simplified: str
) -> None:
    found, expected = search(traditional), search(simplified)
    assert [result.id for result in found.results] == [result.id for result in expected.results]
    assert any(segment.hit for segment in found.results[0].heading)


@pytest.mark.parametrize(
    "spelling",
    [
        "辽民发〔2025〕10号",
        "辽民发2025 10号",
        "辽民发（2025）10",
        "2025年10号",
        "遼民發[2025]10號",
        "10号文",
    ],
)
def test_a_document_number_leads_to_the_document(spelling: str) -> None:
    assert search(spelling).results[0].url == PLAN


def test_a_document_that_is_only_cited_leads_to_the_clause_that_cites_it() -> None:
    assert search("辽民儿函〔2024〕83号").results[0].url == f"{PLAN}#c-2-1-1"


def test_the_documents_title_leads_to_the_document() -> None:
    assert search("辽宁省加强流动儿童关爱保护行动方案").results[0].url == PLAN
    assert search("流动儿童").results[0].url == PLAN


def test_a_service_is_found_by_its_name_before_the_clause_that_names_it() -> None:
    assert search("临时救助").results[0].url == "/services/ln-19/"


@pytest.mark.parametrize(
    "query",
    [
        "宠物医院",
        "火星移民签证",
        "护照办理",
        "结婚登记",
        "房价走势",
        "火车票",
        "营业执照",
        "彩票开奖",
        "天气预报",
    ],
)
def test_what_shares_a_character_or_a_common_word_is_no_answer(query: str) -> None:
    found = search(query)
    assert [result.title for result in found.results] == []


def test_a_word_is_not_found_where_two_others_meet() -> None:
    titles = [result.title for result in search("入学").results]
    assert "义务教育入学" in titles
    assert "指导思想" not in titles  # 深入学习


@pytest.mark.parametrize(
    "number", ["辽民发〔2024〕10号", "沈政发〔2025〕10号", "辽民发〔2025〕11号"]
)
def test_another_document_is_not_offered_in_place_of_the_one_asked_for(number: str) -> None:
    assert search(number).total == 0


def test_one_character_is_enough() -> None:
    found = search("医")
    assert found.total > 3
    for result in found.results:
        marked = any(segment.hit for segment in (*result.heading, *result.marked))
        assert marked or "医" in result.breadcrumb


@pytest.mark.parametrize(
    "question",
    [
        "我家孩子随我打工，到了沈阳，没有户口能不能在当地上小学",
        "外地户口的孩子能在这里上小学吗",
        "请问外来务工人员的子女在这边读书需要办理什么手续",
    ],
)
def test_a_long_question_is_answered_by_what_it_is_about(question: str) -> None:
    found = search(question)
    assert f"{PLAN}#c-2-2-1" in [result.url for result in found.results[:3]]


def test_facets_count_every_type_whatever_is_chosen() -> None:
    everything, clauses = search("康复"), search("康复", Chosen(type="clause"))
    counts = {option.value: option.count for option in everything.facets[0].options}
    assert sum(counts.values()) == everything.total
    assert clauses.total == counts["clause"]
    kept = {option.value: option.count for option in clauses.facets[0].options}
    assert kept == counts
    assert {result.type for result in clauses.results} == {"clause"}


def test_where_the_whole_finds_nothing_its_known_words_are_offered() -> None:
    found = search("护照办理")
    assert found.total == 0
    assert found.known_words == ("办理",)
    assert search(found.known_words[0]).total > 0


def test_a_result_carries_what_a_reader_needs() -> None:
    result = search("童心港湾", Chosen(type="clause")).results[0]
    assert result.title == "加强精神文化生活服务"
    assert result.number == "辽民发〔2025〕10号 二(三)3"
    assert result.breadcrumb == "辽宁省加强流动儿童关爱保护行动方案"
    assert result.validity_label == "有效"
    assert result.type_label == "条款"
    assert [segment.text for segment in result.marked if segment.hit] == ["童心港湾"]
