"""Versions of a form, the keys of its fields, and what keeps both."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import ProtectedError
from django.test import Client
from wagtail.contrib.forms.models import FormSubmission
from wagtail.models import Page

from forms.builder import handlers
from forms.builder.checks import every_kind_of_form_has_a_handler
from forms.builder.models import FIELD_KEY, FormPage, FormVersion, RequestIndexPage, Submission
from forms.builder.questions import parse_choices
from forms.builder.selectors import answers_of, labelled_answers
from forms.builder.services import FieldSpec, create_form
from forms.vault.immutable import WrittenOnce
from tests.builder.conftest import CANARY, Family

STORY = FieldSpec("情况", "multiline", "story")


def publish(page: FormPage) -> None:
    page.refresh_from_db()
    page.save_revision().publish()


def numbers(page: FormPage) -> list[int]:
    return sorted(page.versions.values_list("number", flat=True))


def test_publishing_makes_a_version_only_when_a_question_changed(page: FormPage) -> None:
    assert numbers(page) == [1]
    page.intro = "别的导语"
    page.save_revision().publish()
    assert numbers(page) == [1]
    page.form_fields.filter(label="发生了什么").update(help_text="慢慢写")
    publish(page)
    assert numbers(page) == [1, 2]
    page.form_fields.filter(label="发生了什么").update(help_text="请写 <重要> 的事")
    publish(page)
    assert numbers(page) == [1, 2, 3]


def test_a_draft_makes_no_version_and_changes_nothing_for_families(page: FormPage) -> None:
    field = page.form_fields.get(label="发生了什么")
    field.label = "草稿里的问题"
    page.form_fields.add(field)
    page.save_revision()
    assert numbers(page) == [1]
    assert "草稿里的问题" not in Client().get(page.url).content.decode()


def test_a_version_is_never_changed(page: FormPage) -> None:
    version = page.versions.get()
    version.schema = []
    with pytest.raises(WrittenOnce):
        version.save()
    with pytest.raises(WrittenOnce):
        FormVersion.objects.filter(pk=version.pk).update(number=2)


def test_a_submission_keeps_the_questions_it_answered(family: Family) -> None:
    family.send()
    submission = Submission.objects.get()
    page = family.page
    page.form_fields.filter(label="发生了什么").delete()
    page.form_fields.filter(label="您是孩子的什么人").update(choices="other|其他人")
    publish(page)
    submission.refresh_from_db()
    assert submission.form_version.number == 1
    texts = {answer.label: answer.text for answer in labelled_answers(submission)}
    assert texts["发生了什么"] == CANARY
    assert texts["您是孩子的什么人"] == "父母"
    assert answers_of(submission).text("story") == CANARY


def test_publishing_again_and_again_keeps_the_keys(page: FormPage) -> None:
    before = list(page.form_fields.values_list("clean_name", flat=True))
    for _ in range(2):
        publish(page)
    assert list(page.form_fields.values_list("clean_name", flat=True)) == before
    assert all(FIELD_KEY.fullmatch(key) for key in before)


def test_two_questions_may_have_the_same_label(page: FormPage) -> None:
    index = page.get_parent()
    twins = [STORY, FieldSpec("姓名", "singleline"), FieldSpec("姓名", "singleline")]
    form = create_form(index, title="双胞胎", slug="twins", kind="test", fields=twins)
    assert len({field.clean_name for field in form.form_fields.all()}) == 3
    html = Client().get(form.url).content.decode()
    assert html.count(">\n      姓名") == 2


def test_a_form_made_without_publishing_answers_nothing(page: FormPage) -> None:
    form = FormPage(title="没有发布", slug="unpublished", kind="test")
    page.get_parent().add_child(instance=form)
    assert Client().get(form.url).status_code == 404
    assert Client().post(form.url, {}).status_code == 404


def test_a_copy_has_versions_of_its_own(page: FormPage) -> None:
    copy = page.copy(update_attrs={"slug": "copy", "title": "副本"}, keep_live=True)
    assert numbers(copy.specific) == [1]
    family = Family(copy.specific)
    family.open()
    family.fill_everything()
    assert family.send().status_code == 303
    assert Submission.objects.get().form_version.page_id == copy.pk


def test_an_alias_leads_to_the_form_it_stands_for(page: FormPage) -> None:
    alias = page.create_alias(update_slug="alias")
    response = Client().get(alias.specific.url)
    assert (response.status_code, response["Location"]) == (302, page.url)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ([], "还缺少含义为以下各项的问题：情况说明"),
        ([STORY, STORY], "用了不止一次"),
        ([FieldSpec("情况", "singleline", "story")], "只能用这些类型：长文字"),
        ([STORY, FieldSpec("事项", "radio", "matter")], "请填写选项"),
        ([STORY, FieldSpec("a", "radio", choices=[("x", "1"), ("x", "2")])], "值相同"),
        ([STORY, FieldSpec("a", "radio", choices=[("字" * 41, "1")])], "最多40个字"),
        ([STORY, FieldSpec("告知", "consent", text_key="nowhere")], "告知书的代号"),
    ],
)
def test_a_form_that_could_not_be_handled_is_not_published(
    page: FormPage, fields: list[FieldSpec], sentence: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        create_form(page.get_parent(), title="错", slug="wrong", kind="test", fields=fields)
    assert sentence in "".join(refused.value.messages)
    assert not FormPage.objects.filter(slug="wrong").exists()


def test_an_unknown_kind_is_refused_and_found_by_the_system_check(page: FormPage) -> None:
    with pytest.raises(ValidationError, match="没有名为“ghost”的用途"):
        create_form(page.get_parent(), title="x", slug="x", kind="ghost", fields=[STORY])
    assert every_kind_of_form_has_a_handler(databases=["default"]) == []
    FormPage.objects.filter(pk=page.pk).update(kind="ghost")
    assert [e.id for e in every_kind_of_form_has_a_handler(databases=["default"])] == [
        "builder.E001"
    ]
    assert every_kind_of_form_has_a_handler(databases=None) == []


def test_choices_are_written_as_value_and_label_or_label_alone() -> None:
    assert parse_choices("a|甲\r\n\n 乙 \nc｜丙|丁\n|戊") == [
        ("a", "甲"),
        ("乙", "乙"),
        ("c", "丙|丁"),
        ("戊", "戊"),
    ]


def ways_to_delete() -> list[Any]:
    return [
        lambda page: page.delete(),
        lambda page: Page.objects.get(pk=page.pk).delete(),
        lambda page: page.get_parent().specific.delete(),
        lambda page: FormPage.objects.filter(pk=page.pk).delete(),
        lambda page: Page.objects.filter(pk=page.pk).delete(),
        lambda page: RequestIndexPage.objects.all().delete(),
        lambda page: Page.objects.filter(depth=1).delete(),
        lambda page: Submission.objects.get().record.delete(),
        lambda page: FormVersion.objects.all().delete(),
    ]


@pytest.mark.parametrize("delete", ways_to_delete())
def test_no_way_of_deleting_loses_a_submission(family: Family, delete: Any) -> None:
    family.send()
    with pytest.raises((ProtectedError, WrittenOnce)):
        delete(family.page)
    assert answers_of(Submission.objects.get()).text("story") == CANARY
    assert FormPage.objects.filter(pk=family.page.pk).exists()


def test_moving_and_unpublishing_keep_submissions(family: Family) -> None:
    family.send()
    page = family.page
    page.move(Page.objects.get(depth=2), pos="last-child")
    page.refresh_from_db()
    page.unpublish()
    assert answers_of(Submission.objects.get()).text("story") == CANARY
    assert Client().get("/help/").status_code == 404


def test_a_form_nobody_used_can_be_deleted(page: FormPage) -> None:
    page.delete()
    assert not FormVersion.objects.exists()


def test_wagtails_own_store_of_answers_stays_empty(family: Family) -> None:
    family.send()
    assert FormSubmission.objects.count() == 0
    for deed in (family.page.get_submission_class, lambda: family.page.process_form_submission(1)):
        with pytest.raises(Exception, match="sealed"):
            deed()


def test_a_form_says_to_search_only_its_title_and_intro(page: FormPage) -> None:
    (entry,) = page.search_entries()
    assert (entry.type, entry.title, entry.url, entry.body) == (
        "form",
        "求助",
        "/requests/help/",
        "请填写",
    )
    assert page.get_parent().specific.search_entries()[0].url == "/requests/"


def test_the_index_lists_live_public_forms(page: FormPage) -> None:
    html = Client().get("/requests/").content.decode()
    assert 'href="/requests/help/"' in html
    page.unpublish()
    assert 'href="/requests/help/"' not in Client().get("/requests/").content.decode()


def test_a_form_is_shown_in_few_queries(page: FormPage, django_assert_max_num_queries: Any) -> None:
    client = Client()
    client.get(page.url)
    with django_assert_max_num_queries(12):
        client.get(page.url)


def test_every_kind_that_is_registered_is_offered() -> None:
    assert ("test", "测试") in handlers.kinds()
