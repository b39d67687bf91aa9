"""What editors measure the search with: graded queries, the check, and the set as a file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Page, PageViewRestriction
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from home.checklist.models import ServicePage
from home.directory.models import Role, Unit, User
from home.directory.services import grant
from home.policies.models import ClauseKey, PolicyPage
from ops.demo import relevance as demo
from search.engine import indexing, quality, quality_exchange, reference, relevance, vocabulary
from search.engine.grading import Kind
from search.engine.models import (
    GradedQuery,
    Judgement,
    QualityRun,
    QueryMeasure,
    SynonymGroup,
)
from tests.search.relevance import measure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plan_site")]

QUALITY, SET = "/admin/search/quality/", "/admin/search/graded/"
PLAN = "/policies/lmf-2025-10/"


def service(slug: str) -> ServicePage:
    return ServicePage.objects.get(slug=slug)


def clause(key: str) -> ClauseKey:
    return ClauseKey.objects.get(policy__slug="lmf-2025-10", key=key)


def graded(query: str, *judged: tuple[Page | ClauseKey, int], **fields: Any) -> GradedQuery:
    row = GradedQuery.objects.create(query=query, finds_nothing=not judged, **fields)
    for number, (what, grade) in enumerate(judged):
        names = {"clause_key": what} if isinstance(what, ClauseKey) else {"page": what}
        Judgement.objects.create(graded_query=row, sort_order=number, grade=grade, **names)
    return row


def checked() -> QualityRun:
    run = quality.begin(None)
    quality.work_off()
    run.refresh_from_db()
    return run


def measure_of(query: str) -> QueryMeasure:
    return QueryMeasure.objects.filter(query=query).latest("pk")


def reindexed() -> None:
    while indexing.work_off().more:
        pass


class TestArithmetic:
    def test_it_is_the_gain_by_place_over_the_best_possible_gain(self) -> None:
        # Worked out by hand: gains 7, 3 and 1; places 1, 2 and 3 divide by 1, log2(3) and 2.
        best = 7 + 3 / math.log2(3) + 1 / 2
        got = 1 + 7 / math.log2(3) + 0 / 2
        assert relevance.ndcg(["c", "a", "x"], {"a": 3, "b": 2, "c": 1}) == pytest.approx(
            got / best
        )

    def test_the_best_order_is_one_and_nothing_found_is_none(self) -> None:
        assert relevance.ndcg(["a", "b"], {"a": 3, "b": 1}) == 1
        assert relevance.ndcg([], {"a": 3}) == 0

    def test_only_the_first_ten_count_in_the_order_and_in_the_best_one(self) -> None:
        eleven = [str(number) for number in range(11)]
        assert relevance.ndcg(eleven, {"10": 3}) == 0
        assert relevance.ndcg(eleven, dict.fromkeys(eleven, 2)) == 1

    def test_the_development_set_is_measured_by_the_same_arithmetic(self) -> None:
        assert measure.ndcg is relevance.ndcg
        assert {*Kind.values, "nothing to find"} == set(measure.KINDS)


def typed(*judged: dict[str, Any], initial: int = 0, **fields: Any) -> dict[str, Any]:
    rows = [{"page": "", "clause_key": "", "grade": 3} | one for one in judged]
    values = {"query": "公租房", "kind": "", "note": ""} | fields
    return nested_form_data(values | {"judgements": inline_formset(rows, initial=initial)})


class TestTheSet:
    def test_an_editor_grades_a_page_and_a_clause(self, editor: Client) -> None:
        page, key = service("ln-15"), clause("2-2-3")
        answer = editor.post(
            f"{SET}new/",
            typed(
                {"page": page.pk},
                {"clause_key": key.pk, "grade": 2},
                query=" 公租房 ",
                kind="exact",
            ),
        )
        assert answer.status_code == 302
        row = GradedQuery.objects.get(query="公租房")
        first, second = row.judgements.all()
        assert (first.page_id, first.clause_key, first.grade) == (page.pk, None, 3)
        assert (second.page_id, second.clause_key, second.grade) == (key.policy_id, key, 2)
        assert (first.address, second.address) == ("/services/ln-15/", f"{PLAN}#c-2-2-3")
        listed = editor.get(SET).content.decode()
        assert "公租房" in listed
        assert "原词" in listed

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({}, "请在下面至少添加一个"),
            ({"query": "  "}, "请写出要搜索的词"),
            ({"query": "！？", "finds_nothing": "on"}, "请写出要搜索的词"),
            ({"query": "护照\x07", "finds_nothing": "on"}, "无法识别的字符"),
            ({"query": "护" * 101, "finds_nothing": "on"}, "100"),
        ],
    )
    def test_what_cannot_be_measured_is_refused_with_a_sentence(
        self, editor: Client, fields: dict[str, Any], sentence: str
    ) -> None:
        answer = editor.post(f"{SET}new/", typed(**fields))
        assert answer.status_code == 200
        assert sentence in answer.content.decode()
        assert not GradedQuery.objects.exists()

    def test_either_something_answers_or_nothing_does(self, editor: Client) -> None:
        data = typed({"page": service("ln-15").pk}, finds_nothing="on")
        assert "下面已有评分" in editor.post(f"{SET}new/", data).content.decode()

    def test_nothing_is_graded_twice_in_one_query(self, editor: Client) -> None:
        page = service("ln-15")
        data = typed({"page": page.pk}, {"page": page.pk, "grade": 1})
        assert "已经评过这一项" in editor.post(f"{SET}new/", data).content.decode()
        row = graded("住房", (page, 3))
        with pytest.raises(IntegrityError), transaction.atomic():
            Judgement.objects.create(graded_query=row, page=page, grade=1)

    def test_an_empty_judgement_says_what_to_choose(self, editor: Client) -> None:
        answer = editor.post(f"{SET}new/", typed({"grade": 1})).content.decode()
        assert "请选择页面，或者在下面选择条款" in answer

    def test_a_query_stands_in_the_set_once(self, editor: Client) -> None:
        graded("护照")
        answer = editor.post(f"{SET}new/", typed(query="护照", finds_nothing="on"))
        assert "已经有这个测试搜索词" in answer.content.decode()

    def test_a_deleted_page_is_named_at_its_judgement_and_can_be_saved_around(
        self, editor: Client
    ) -> None:
        row = graded("公租房", (service("ln-15"), 3), (clause("2-2-3"), 2))
        service("ln-15").delete()
        address = f"{SET}edit/{row.pk}/"
        html = editor.get(address).content.decode()
        assert "现在找不到“公租房实物配租/租赁补贴”（/services/ln-15/）：页面已删除" in html
        kept = [{"id": one.pk, "grade": one.grade} for one in row.judgements.all()]
        kept[1]["clause_key"] = clause("2-2-3").pk
        answer = editor.post(address, typed(*kept, initial=2, note="看过"))
        assert answer.status_code == 302
        row.refresh_from_db()
        assert row.note == "看过"
        assert [one.grade for one in row.judgements.all()] == [3, 2]

    def test_why_something_cannot_be_found_is_said_in_words(self, editor: Client) -> None:
        withdrawn, private, gone = service("ln-15"), service("ln-18"), clause("2-2-3")
        index = Page.objects.get(slug="services")
        row = graded("住房", (withdrawn, 3), (private, 3), (gone, 3), (index, 1))
        withdrawn.unpublish()
        PageViewRestriction.objects.create(page=private, restriction_type="login")
        plan = PolicyPage.objects.get(slug="lmf-2025-10")
        plan.clauses.set([one for one in plan.clauses.all() if one.key != "2-2-3"])
        plan.change_note = "删去一条（测试）"
        plan.save_revision().publish()
        reindexed()
        judged = list(row.judgements.all())
        known = quality.standings(judged)
        assert [known[one.pk] for one in judged] == [
            "页面没有发布，或者不公开",
            "页面没有发布，或者不公开",
            "现行文本中没有这一条",
            "搜索不收这个页面",
        ]
        html = editor.get(f"{SET}edit/{row.pk}/").content.decode()
        assert html.count("现在找不到") == 4
        assert editor.post(f"{QUALITY}run/").status_code == 302
        assert measure_of("住房").score is None
        assert "无法评分" in editor.get(QUALITY).content.decode()

    def test_the_list_costs_the_same_however_long_it_is(
        self, editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(30):
            graded(f"公租房{number}", (service("ln-15"), 3))
        checked()
        editor.get(SET)
        with django_assert_max_num_queries(18):
            page = editor.get(SET)
        assert page.content.decode().count("公租房") >= 30

    def test_a_query_with_many_judgements_is_edited_in_few_queries(
        self, editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        pages = ServicePage.objects.all()[:20]
        row = graded("服务", *((page, 1) for page in pages))
        editor.get(f"{SET}edit/{row.pk}/")
        # Wagtail's page chooser asks three times for its page; nothing else grows with the rows.
        with django_assert_max_num_queries(3 * 20 + 18):
            editor.get(f"{SET}edit/{row.pk}/")


class TestTheCheck:
    def test_it_says_what_was_found_what_was_not_and_how_good_that_is(self, editor: Client) -> None:
        graded("公租房", (service("ln-15"), 3), (clause("2-2-3"), 2), (service("ln-34"), 1))
        graded("护照办理")
        graded("公租")
        answer = editor.post(f"{QUALITY}run/", follow=True)
        assert "检查完成" in answer.content.decode()
        run = QualityRun.objects.get()
        assert (run.state, run.by.username, run.queries) == ("done", "editor", 3)  # type: ignore[union-attr]
        assert (run.answerable, run.without_result) == (1, 0)
        assert (run.unanswerable, run.false_results) == (2, 1)
        one = measure_of("公租房")
        grades = {"ln-15": 3, "lmf-2025-10#2-2-3": 2, "ln-34": 1}
        found = [measure.entry(shown["url"]) for shown in one.found]
        assert one.score == run.average == pytest.approx(relevance.ndcg(found, grades))
        assert one.found[0] == {
            "title": "公租房实物配租/租赁补贴",
            "url": "/services/ln-15/",
            "label": "服务",
            "grade": 3,
        }
        assert [missed["title"] for missed in one.missed] == ["公交出行与学生公交卡"]
        assert (measure_of("护照办理").score, measure_of("公租").score) == (1, 0)
        html = editor.get(QUALITY).content.decode()
        assert "却找到" in html
        assert "应当找到而不在前10条里" in html
        # The worst first.
        places = [html.index(f'<span class="measure__query">{query}<') for query in
                  ("公租", "公租房", "护照办理")]  # fmt: skip
        assert places == sorted(places)

    def test_what_stands_further_down_is_named_with_its_place(self) -> None:
        order = [result.url for result in quality.services.search("儿童", limit=100).results]
        slug = next(url for url in order[15:] if url.startswith("/services/")).split("/")[2]
        graded("儿童", (service(slug), 3))
        checked()
        (missed,) = measure_of("儿童").missed
        assert missed["place"] == order.index(f"/services/{slug}/") + 1
        assert measure_of("儿童").score == 0

    def test_a_query_that_finds_nothing_though_something_answers_is_counted(self) -> None:
        graded("护照办理", (service("ln-15"), 3))
        run = checked()
        assert (run.average, run.answerable, run.without_result) == (0, 1, 1)

    def test_an_editor_sees_what_a_synonym_made_better_and_worse(self, editor: Client) -> None:
        reference.load()
        graded("蜗居补助", (service("ln-15"), 3))
        graded("公租房", (service("ln-15"), 3))
        graded("马蹄莲")
        editor.post(f"{QUALITY}run/")
        assert measure_of("蜗居补助").score == 0
        SynonymGroup.objects.create(said="蜗居补助 马蹄莲", written="公租房")
        editor.post(f"{QUALITY}run/")
        assert measure_of("蜗居补助").score == 1
        html = editor.get(QUALITY).content.decode()
        assert "1 个变好，1 个变差" in html
        assert "↑ 变好 1.00" in html
        assert "↓ 变差 1.00" in html
        assert "0.500 → 1.000" in html
        changed = editor.get(f"{QUALITY}?order=change").content.decode()
        places = [changed.index(f'"measure__query">{query}<') for query in
                  ("马蹄莲", "公租房", "蜗居补助")]  # fmt: skip
        assert places == sorted(places)

    def test_a_query_that_was_judged_anew_is_not_compared(self, editor: Client) -> None:
        row = graded("公租房", (service("ln-15"), 3))
        checked()
        row.judgements.update(grade=1)
        graded("低保", (service("ln-18"), 3))
        checked()
        html = editor.get(QUALITY).content.decode()
        assert "评分改过，不比较" in html
        assert "新加的" in html
        assert "0 个变好，0 个变差" in html

    def test_earlier_checks_can_be_looked_at_and_compared_with(self, editor: Client) -> None:
        graded("公租房", (service("ln-15"), 3))
        first, second, third = checked(), checked(), checked()
        html = editor.get(f"{QUALITY}?run={third.pk}&with={first.pk}").content.decode()
        assert f"?run={third.pk}&amp;with={second.pk}" in html
        assert editor.get(f"{QUALITY}?run={first.pk}").status_code == 200

    @pytest.mark.parametrize(
        "asked", ["?run=x", "?run=99999999999999999999&with=%00", "?order=no&p=-3", "?p=99999"]
    )
    def test_the_page_takes_any_address(self, editor: Client, asked: str) -> None:
        graded("公租房", (service("ln-15"), 3))
        checked()
        assert editor.get(QUALITY + asked).status_code == 200

    def test_without_a_set_it_says_how_to_begin(self, editor: Client) -> None:
        assert "添加测试搜索词" in editor.get(QUALITY).content.decode()
        answer = editor.post(f"{QUALITY}run/", follow=True).content.decode()
        assert "还没有测试搜索词" in answer
        assert not QualityRun.objects.exists()

    def test_the_page_costs_the_same_however_many_queries_there_are(
        self, editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(60):
            graded(f"公租房{number}", (service("ln-15"), 3))
        for _run in range(2):
            checked()
        editor.get(QUALITY)
        with django_assert_max_num_queries(20):
            html = editor.get(QUALITY).content.decode()
        assert html.count('class="measure"') == 50

    def test_only_those_who_keep_the_set_may_check(self, editor: Client) -> None:
        unit = Unit.objects.get(department__code="civil-affairs", area__code="210000")
        clerk = User.objects.create_user("clerk", "", "a-long-password-92")
        grant(clerk, unit, Role.CLERK)
        client = Client()
        client.force_login(clerk)
        graded("公租房", (service("ln-15"), 3))
        for address in ("", "export/", "import/"):
            assert client.get(QUALITY + address).status_code == 302
        client.post(f"{QUALITY}run/")
        assert not QualityRun.objects.exists()
        assert editor.get(f"{QUALITY}run/").status_code == 405


class TestALongCheck:
    @pytest.fixture
    def many(self) -> int:
        count = quality.AT_ONCE + 1
        for number in range(count):
            graded(f"公租房{number}", (service("ln-15"), 3))
        return count

    def test_it_is_done_by_the_worker_and_the_page_says_how_far_it_is(
        self, editor: Client, many: int
    ) -> None:
        answer = editor.post(f"{QUALITY}run/", follow=True).content.decode()
        assert f"已开始检查 {many} 个测试搜索词，在后台进行" in answer
        assert f"已完成 0 / {many}" in answer
        quality.work_off()
        assert QualityRun.objects.get().state == "done"
        assert "正在检查" not in editor.get(QUALITY).content.decode()

    def test_whoever_presses_twice_gets_one_check(self, editor: Client, many: int) -> None:
        for _press in range(2):
            editor.post(f"{QUALITY}run/")
        assert QualityRun.objects.count() == 1

    def test_a_run_out_of_time_is_gone_on_with_where_it_stopped(self, many: int) -> None:
        run = quality.begin(None)
        for portions in (1, 2):
            quality.work_off(seconds=0)
            assert QueryMeasure.objects.filter(run=run).count() == portions * quality.PORTION
        first = QueryMeasure.objects.filter(run=run).earliest("pk").pk
        quality.work_off()
        run.refresh_from_db()
        assert (run.state, run.queries) == ("done", many)
        assert QueryMeasure.objects.filter(run=run).earliest("pk").pk == first

    def test_what_a_killed_worker_holds_is_taken_up_when_its_time_is_over(
        self, editor: Client, many: int
    ) -> None:
        run = quality.begin(None)
        QualityRun.objects.update(held_until=timezone.now() + quality.HOLD, attempts=1)
        quality.work_off()
        run.refresh_from_db()
        assert run.is_open
        QualityRun.objects.update(held_until=timezone.now() - timedelta(minutes=5))
        assert "后台进程可能没有运行" in editor.get(QUALITY).content.decode()
        quality.work_off()
        run.refresh_from_db()
        assert run.state == "done"

    def test_one_that_fails_again_and_again_is_given_up_and_says_so(
        self, editor: Client, many: int
    ) -> None:
        quality.begin(None)
        QualityRun.objects.update(attempts=quality.MOST_ATTEMPTS)
        quality.work_off()
        assert QualityRun.objects.get().state == "failed"
        assert "检查没有完成" in editor.get(QUALITY).content.decode()
        assert quality.begin(None).is_open

    def test_only_the_last_checks_are_kept(self) -> None:
        graded("护照办理")
        done = [QualityRun(state="done", engine="sqlite", analysis=1) for _run in range(60)]
        QualityRun.objects.bulk_create(done)
        run = checked()
        assert QualityRun.objects.count() == quality.KEPT_RUNS
        assert QualityRun.objects.first() == run


def file(text: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("set.jsonl", text.encode())


class TestTheFile:
    def test_a_set_goes_to_another_installation(self, editor: Client) -> None:
        graded("公租房", (clause("2-2-3"), 2), (service("ln-15"), 3), kind="exact", note="测试")
        graded("护照办理")
        exported = editor.get(f"{QUALITY}export/")
        assert exported["Content-Type"].startswith("application/x-ndjson")
        text = b"".join(exported.streaming_content).decode()  # type: ignore[attr-defined]
        before = list(quality_exchange.lines())
        GradedQuery.objects.all().delete()
        answer = editor.post(f"{QUALITY}import/", {"file": file(text)}, follow=True)
        assert "新增 2 个" in answer.content.decode()
        assert list(quality_exchange.lines()) == before
        first, second = GradedQuery.objects.get(query="公租房").judgements.all()
        assert (first.clause_key, second.page_id) == (clause("2-2-3"), service("ln-15").pk)

    def test_what_this_site_lacks_comes_as_words(self, editor: Client) -> None:
        line = {"query": "彩虹桥", "judgements": [
            {"address": "/news/rainbow/", "title": "彩虹桥（测试）", "grade": 3},
            {"address": f"{PLAN}#c-9-9", "title": "没有的条款（测试）", "grade": 1}]}  # fmt: skip
        answer = editor.post(f"{QUALITY}import/", {"file": file(json.dumps(line))}, follow=True)
        assert "2 条评分的页面本站没有" in answer.content.decode()
        checked()
        assert [one["standing"] for one in measure_of("彩虹桥").missed] == [
            "页面已删除，或者本站没有"
        ] * 2
        assert json.loads(next(iter(quality_exchange.lines())))["judgements"] == line["judgements"]

    def test_what_is_there_stays_unless_it_is_to_be_renewed(self, editor: Client) -> None:
        graded("公租房", (service("ln-15"), 3), note="本站写的")
        line = json.dumps({"query": "公租房", "finds_nothing": True, "note": "文件里的"})
        editor.post(f"{QUALITY}import/", {"file": file(line)})
        assert GradedQuery.objects.get().note == "本站写的"
        editor.post(f"{QUALITY}import/", {"file": file(line), "renew": "on"})
        row = GradedQuery.objects.get()
        assert (row.note, row.finds_nothing, row.judgements.count()) == ("文件里的", True, 0)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("\n \n", "文件里没有内容"),
            ("公租房", "第1行：不是一行 JSON"),
            ("[" * 100_000, "第1行：不是一行 JSON"),
            ("[1]", "第1行：不是一个测试搜索词"),
            ('{"query": "a\\u0000"}', "第1行：有无法识别的字符"),
            ('{"query": "\\ud800"}', "第1行：有无法识别的字符"),
            ('{"query": "护照", "judgements": [{"address": "/\\u0000", "grade": 1}]}', "无法识别"),
            ('{"query": 5, "finds_nothing": true}', "都应当是文字"),
            ('{"query": "护照"}', "要么有评分"),
            ('{"query": "护照", "kind": "other", "finds_nothing": true}', "第1行"),
            ('{"query": "？", "finds_nothing": true}', "请写出要搜索的词"),
            ('{"query": "护照", "finds_nothing": "no"}', "写得不对"),
            ('{"query": "护照", "judgements": [7]}', "地址应当像"),
            ('{"query": "护照", "judgements": [{"address": "/a/", "grade": true}]}', "1、2 或 3"),
            ('{"query": "护照", "judgements": [{"address": "/a/", "grade": [1]}]}', "1、2 或 3"),
            ('{"query": "护照", "finds_nothing": true}\n' * 2, "第2行：这个搜索词在文件里写了两次"),
        ],
    )
    def test_a_wrong_line_is_named_and_nothing_is_loaded(
        self, editor: Client, text: str, sentence: str
    ) -> None:
        good = json.dumps({"query": "好的", "finds_nothing": True})
        text = text if "没有内容" in sentence else f"{text}\n{good}"
        answer = editor.post(f"{QUALITY}import/", {"file": file(text)})
        assert answer.status_code == 200
        assert sentence in answer.content.decode()
        assert not GradedQuery.objects.exists()

    def test_bytes_that_are_no_text_and_a_file_too_large_are_refused(self, editor: Client) -> None:
        for content, sentence in (
            ("公租房".encode("gb18030"), "不是 UTF-8"),
            (b" " * (quality_exchange.MOST_BYTES + 1), "超过 2 MB"),
            (b"", "空"),
        ):
            sent = SimpleUploadedFile("set.jsonl", content)
            answer = editor.post(f"{QUALITY}import/", {"file": sent})
            assert answer.status_code == 200
            assert sentence in answer.content.decode()

    def test_the_demo_brings_a_set_that_says_it_is_an_example(
        self, django_assert_max_num_queries: Callable[..., Any]
    ) -> None:
        demo.load()
        rows = GradedQuery.objects.all()
        assert rows.count() >= 15
        assert all(row.note.startswith("示例") for row in rows)
        again = demo.load()
        assert "0 graded queries made" in again
        lacking = Judgement.objects.filter(page=None).exclude(
            address__startswith="/interpretations"
        )
        assert not lacking.exists()
        vocabulary.current()
        assert checked().average > 0.6  # type: ignore[operator]
