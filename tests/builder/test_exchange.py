"""A form as a document: taken away, brought back, begun from a template."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.builder import exchange
from forms.builder.conditions import asked_about
from forms.builder.exchange import NotAForm
from forms.builder.models import FIELD_KEY, FormPage
from forms.builder.patterns import CODES, document_of, patterns
from forms.builder.questions import question_of, questions_of_page, to_schema
from forms.builder.rows import field_of
from forms.casework.models import REQUEST_MATTERS
from tests.builder import any_form

CONDITION = {"question": "place", "is": "equals", "value": "far"}


def document(**changes: Any) -> dict[str, Any]:
    rows = [
        {"key": "story", "type": "multiline", "label": "情况", "role": "story"},
        {
            "key": "place",
            "type": "radio",
            "label": "远吗",
            "choices": [["near", "近"], ["far", "远"]],
        },
        {
            "key": "how_far",
            "type": "number",
            "label": "多少公里",
            "condition": CONDITION,
            "least": 1,
        },
    ]
    return {
        "format": "tongban-form",
        "version": 1,
        "title": "带来的表（测试）",
        "kind": "test",
        "rows": rows,
        **changes,
    }


def text(**changes: Any) -> str:
    return json.dumps(document(**changes), ensure_ascii=False)


def with_row(**row: Any) -> str:
    plain = {"key": "more", "type": "singleline", "label": "还有"}
    return text(rows=[*document()["rows"], {**plain, **row}])


@pytest.fixture
def admin(page: FormPage) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def test_a_document_becomes_a_draft_with_keys_of_its_own_and_conditions_that_follow(
    page: FormPage,
) -> None:
    made = exchange.make_draft(page.get_parent(), exchange.read(text()))
    assert not made.live
    assert made.versions.count() == 0
    rows = list(made.form_fields.all())
    assert all(FIELD_KEY.fullmatch(row.clean_name) for row in rows)
    assert rows[2].condition == {**CONDITION, "question": rows[1].clean_name}
    made.save_revision().publish()
    assert made.versions.get().schema[2]["condition"]["question"] == rows[1].clean_name


def test_what_is_taken_away_is_the_same_when_it_comes_back(page: FormPage) -> None:
    before = to_schema(question_of(field) for field in page.form_fields.all())
    written = exchange.write(page)
    draft = exchange.draft_into(page, exchange.read(written))
    assert exchange.write(draft) == written
    page.refresh_from_db()
    draft.get_latest_revision().publish()
    page = FormPage.objects.get(pk=page.pk)
    assert to_schema(question_of(field) for field in page.form_fields.all()) == before
    assert page.versions.count() == 1


def test_into_its_own_form_it_is_a_draft_and_the_public_page_stays(page: FormPage) -> None:
    changed = json.loads(exchange.write(page))
    changed["rows"][3]["label"] = "改了的问题"
    exchange.draft_into(page, exchange.read(json.dumps(changed)))
    assert "改了的问题" not in Client().get(page.url).content.decode()
    page.refresh_from_db()
    assert page.has_unpublished_changes
    latest = page.get_latest_revision_as_object()
    keys = [field.clean_name for field in latest.form_fields.all()]
    assert keys == list(page.form_fields.values_list("clean_name", flat=True))


def test_a_copied_page_keeps_its_conditions(page: FormPage) -> None:
    made = exchange.make_draft(page.get_parent(), exchange.read(text()))
    made.save_revision().publish()
    made.refresh_from_db()
    copy = made.copy(update_attrs={"slug": "copied", "title": "副本"}, keep_live=False).specific
    keys = {field.clean_name for field in copy.form_fields.all()}
    asked = {key for field in copy.form_fields.all() for key in asked_about(field.condition)}
    assert asked
    assert asked <= keys


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "这不是一份表单文件"),
        ("[" * 100_000, "这不是一份表单文件"),
        ("[]", "导出表单"),
        (b"\xff\xfe\x00", "这不是一份表单文件"),
        (text(format="other"), "导出表单"),
        (text(version=2), "只读第1版"),
        (text(version=True), "只读第1版"),
        (text(title=""), "缺少“title”"),
        (text(title="长" * 101), "“title”最多100个字"),
        (text(kind="ghost"), "没有名为“ghost”的用途"),
        (text(secret=1), "没有名为“secret”的项"),
        (text(rows={}), "“rows”应当是一个列表"),
        (text(rows=[document()["rows"][0]] * 201), "最多200行"),
        (text(most_submissions=0), "1以上的整数"),
        (text(checks_answers="yes"), "true 或 false"),
        (with_row(extra=1), "第4行：没有名为“extra”的项"),
        (with_row(key="Has Space"), "第4行：“key”应当"),
        (with_row(key="story"), "第1行：有两行的内部代号相同"),
        (with_row(type="hologram"), "第4行：没有这种类型"),
        (with_row(label=7), "第4行：“label”应当是文字"),
        (with_row(label="长" * 121), "第4行：“label”最多120个字"),
        (with_row(label="\ud800"), "无法识别的字符"),
        (with_row(required="on"), "第4行：“required”应当是 true 或 false"),
        (with_row(least=1.5), "第4行：“least”应当是整数"),
        (with_row(least=10**30), "第4行：“least”应当是整数"),
        (with_row(choices=["a"]), "第4行：“choices”应当"),
        (with_row(choices=[["a|b", "x"]]), "值里不能有“|”"),
        (with_row(choices=[["a", "x\ny"]]), "不能换行"),
        (with_row(condition={"all": []}), "第4行：“全部”“任一”"),
        (with_row(condition="x"), "第4行：条件的写法不对"),
        (with_row(role="king"), "第4行：没有这种含义"),
        (with_row(retention="for-ever"), "第4行：没有代号为“for-ever”的保存期限"),
        ('{"format": "tongban-form", "format": "x"}', "“format”写了两次"),
        ("{" + " " * 500_000 + "}", "文件太大"),
    ],
)
def test_what_is_no_form_is_refused_with_the_row_and_the_reason(
    content: str | bytes, sentence: str
) -> None:
    with pytest.raises(NotAForm) as refused:
        exchange.read(content)
    assert any(sentence in one for one in refused.value.sentences), refused.value.sentences


@pytest.mark.usefixtures("page")
def test_every_problem_is_said_at_once() -> None:
    rows = [{"key": "a"}, {"key": "B", "type": "radio", "label": 1}, 7]
    with pytest.raises(NotAForm) as refused:
        exchange.read(text(rows=rows, title=""))
    assert len(refused.value.sentences) >= 5


@pytest.mark.usefixtures("page")
def test_what_is_only_unfinished_becomes_a_draft_that_says_so() -> None:
    later = [*reversed(document()["rows"])]
    found = exchange.read(text(rows=later))
    assert any("排在后面" in sentence for sentence in found.unfinished)


@settings(max_examples=60, suppress_health_check=any_form.SLOW)
@given(any_form.forms())
def test_any_form_survives_the_way_out_and_back(page: FormPage, questions: list[Any]) -> None:
    # A label of the editor's has no white space at its ends, and its choices are lines.
    meant = exchange.FormDocument(title="任意", kind="test", questions=questions)
    form = FormPage(title=meant.title, kind=meant.kind)
    form.form_fields = [field_of(question, place) for place, question in enumerate(questions)]
    back = exchange.read(exchange.write(form))
    assert back.unfinished == []
    assert [q.key for q in back.questions] == [q.key for q in questions]
    assert [q.condition for q in back.questions] == [q.condition for q in questions]
    assert [q.label for q in back.questions] == [exchange._clean(q.label) for q in questions]


@settings(max_examples=60, suppress_health_check=any_form.SLOW)
@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["key", "type", "label", "condition", "choices", "all", "is"]),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=10,
    )
)
def test_rows_of_any_nonsense_are_refused_in_words(page: FormPage, row: Any) -> None:
    with pytest.raises(NotAForm) as refused:
        exchange.read(json.dumps({**document(), "rows": [*document()["rows"], row]}))
    assert all(refused.value.sentences)


class TestTemplates:
    def test_there_is_one_for_each_matter(self) -> None:
        assert set(CODES) == {matter.value for matter in REQUEST_MATTERS}

    @pytest.mark.usefixtures("page")
    @pytest.mark.parametrize("code", CODES)
    def test_each_is_published_without_a_word(self, page: FormPage, code: str) -> None:
        found = document_of(code)
        assert found.unfinished == []
        made = exchange.make_draft(page.get_parent(), found)
        made.save_revision().publish()
        version = made.versions.get()
        asked = {row["role"] for row in version.schema}
        assert {"danger", "matter", "residence", "phone", "safe_time", "consent"} <= asked
        offered = next(row["choices"] for row in version.schema if row["role"] == "matter")
        assert code in dict(offered)
        assert "general" in dict(offered)

    @pytest.mark.usefixtures("page")
    @pytest.mark.parametrize("code", CODES)
    def test_none_labels_a_child_or_asks_for_its_papers(self, code: str) -> None:
        questions = document_of(code).questions
        assert not [q for q in questions if q.type in ("identity",) or q.role == "child_name"]
        words = " ".join(f"{q.label}{q.help_text}{q.why}" for q in questions)
        assert not [word for word in ("困境", "留守", "低保户", "问题儿童") if word in words]
        assert questions[0].role == "danger" or questions[1].role == "danger"

    @pytest.mark.usefixtures("page")
    def test_where_protection_is_at_stake_the_safe_time_comes_before_the_story(self) -> None:
        for code in ("guardianship", "mental"):
            roles = [question.role for question in document_of(code).questions]
            assert roles.index("danger") < roles.index("safe_time") < roles.index("story")

    @pytest.mark.usefixtures("page")
    def test_the_list_says_how_long_each_is(self) -> None:
        education = next(one for one in patterns() if one.code == "education")
        assert (education.screens, education.questions) == (3, 20)


class TestInTheAdmin:
    def test_an_editor_begins_from_a_template(self, admin: Client, page: FormPage) -> None:
        index = page.get_parent()
        listing = admin.get(reverse("wagtailadmin_explore", args=[index.pk])).content.decode()
        begin = reverse("builder_begin", args=[index.pk])
        assert begin in listing
        assert "教育入学求助" in admin.get(begin).content.decode()
        response = admin.post(begin, {"pattern": "education"}, follow=True)
        made = FormPage.objects.get(title="教育入学求助")
        assert not made.live
        assert response.redirect_chain[-1][0] == reverse("wagtailadmin_pages:edit", args=[made.pk])
        assert "已存为草稿" in response.content.decode()
        assert admin.post(begin, {"pattern": "ghost"}).status_code == 404

    def test_a_file_is_brought_in_and_taken_away(self, admin: Client, page: FormPage) -> None:
        begin = reverse("builder_begin", args=[page.get_parent().pk])
        admin.post(begin, {"file": SimpleUploadedFile("form.json", text().encode())})
        made = FormPage.objects.get(title="带来的表（测试）")
        response = admin.get(reverse("builder_export", args=[made.pk]))
        assert response["Content-Disposition"].startswith("attachment")
        back = SimpleUploadedFile("form.json", response.content)
        bring_in = reverse("builder_import", args=[made.pk])
        assert admin.post(bring_in, {"file": back}).status_code == 302
        made.refresh_from_db()
        assert len(questions_of_page(made.get_latest_revision_as_object())) == 3

    def test_a_file_that_is_none_is_refused_at_the_field(
        self, admin: Client, page: FormPage
    ) -> None:
        begin = reverse("builder_begin", args=[page.get_parent().pk])
        for content, sentence in ((b"{}", "导出表单"), (b"", "空的"), (None, "请选择")):
            sent = {} if content is None else {"file": SimpleUploadedFile("x.json", content)}
            response = admin.post(begin, sent)
            assert response.status_code == 422
            assert sentence in response.content.decode()

    def test_who_may_not_edit_gets_no_file_and_makes_no_draft(self, page: FormPage) -> None:
        stranger = Client()
        stranger.force_login(get_user_model().objects.create_user("stranger", password="x"))
        for name, pk in (
            ("builder_export", page.pk),
            ("builder_import", page.pk),
            ("builder_begin", page.get_parent().pk),
        ):
            assert stranger.get(reverse(name, args=[pk])).status_code in (302, 403)
            assert Client().get(reverse(name, args=[pk])).status_code == 302
        assert FormPage.objects.count() == 1

    def test_no_form_is_begun_below_a_page_that_takes_none(
        self, admin: Client, page: FormPage
    ) -> None:
        assert admin.get(reverse("builder_begin", args=[page.pk])).status_code == 404
