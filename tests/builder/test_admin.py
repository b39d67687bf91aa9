"""Forms in the Wagtail admin."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from forms.builder.models import FIELD_KEY, FormField, FormPage, FormVersion, Submission
from forms.vault.models import RetentionClass
from tests.builder.conftest import CANARY, Family


@pytest.fixture
def admin(page: FormPage) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def row(**values: Any) -> dict[str, Any]:
    empty = {"help_text": "", "why": "", "choices": "", "role": "", "text_key": ""}
    return {"clean_name": "", "required": "on", **empty, **values}


def posted(rows: list[dict[str, Any]], *, initial: int = 0, **values: Any) -> dict[str, Any]:
    return nested_form_data(
        {
            "title": "新表单",
            "slug": "new-form",
            "kind": "test",
            "intro": "",
            "form_fields": inline_formset(rows, initial=initial),
            "comments": inline_formset([]),
            **values,
        }
    )


PUBLISH: dict[str, Any] = {"action-publish": "1"}
STORY = row(label="情况", field_type="multiline", role="story")


def add_url(page: FormPage) -> str:
    return reverse("wagtailadmin_pages:add", args=["builder", "formpage", page.get_parent().pk])


def edit_url(page: FormPage) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def test_an_editor_builds_and_publishes_a_form(admin: Client, page: FormPage) -> None:
    assert admin.get(add_url(page)).status_code == 200
    shared = "f0123456789"
    rows = [
        STORY | {"clean_name": shared},
        row(label="姓名", field_type="singleline", clean_name=shared),
        row(label="姓名", field_type="singleline", clean_name="label"),
    ]
    response = admin.post(add_url(page), posted(rows, **PUBLISH))
    assert response.status_code == 302, response.context["form"].errors
    form = FormPage.objects.get(slug="new-form")
    keys = list(form.form_fields.values_list("clean_name", flat=True))
    assert keys[0] == shared
    assert len(set(keys)) == 3
    assert all(FIELD_KEY.fullmatch(key) for key in keys)
    assert form.versions.count() == 1


def test_editing_through_the_admin_keeps_the_keys(admin: Client, page: FormPage) -> None:
    admin.post(add_url(page), posted([STORY], **PUBLISH))
    form = FormPage.objects.get(slug="new-form")
    for label in ("第一次改", "第二次改"):
        page_html = admin.get(edit_url(form))
        bound = page_html.context["form"].formsets["form_fields"].forms[0]
        kept = {
            name: bound[name].value() or ""
            for name in ("clean_name", "label", "field_type", "role", "id")
        }
        hidden = (
            f'<input type="hidden" name="form_fields-0-clean_name" value="{kept["clean_name"]}"'
        )
        assert hidden in page_html.content.decode()
        rows = [row(**kept | {"label": label})]
        response = admin.post(edit_url(form), posted(rows, initial=1, **PUBLISH))
        assert response.status_code == 302
    versions = FormVersion.objects.filter(page=form).order_by("number")
    assert [version.schema[0]["label"] for version in versions] == ["情况", "第一次改", "第二次改"]
    assert len({version.schema[0]["key"] for version in versions}) == 1


def test_rows_saved_in_between_keep_their_own_keys(admin: Client, page: FormPage) -> None:
    """After an autosave, rows that were new still send the key all new rows began with."""
    name = row(label="姓名", field_type="singleline")
    admin.post(add_url(page), posted([STORY, name], **PUBLISH))
    form = FormPage.objects.get(slug="new-form")
    first, second = form.form_fields.all()
    rows = [
        STORY | {"id": first.pk, "clean_name": first.clean_name},
        name | {"id": second.pk, "clean_name": first.clean_name},
    ]
    response = admin.post(edit_url(form), posted(rows, initial=2, **PUBLISH))
    assert response.status_code == 302
    assert [field.clean_name for field in form.form_fields.all()] == [
        first.clean_name,
        second.clean_name,
    ]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([STORY, STORY], "用了不止一次"),
        ([row(label="情况", field_type="singleline", role="story")], "只能用这些类型"),
        ([row(label="名", field_type="singleline")], "还缺少含义为以下各项的问题：情况说明"),
        ([STORY, row(label="选", field_type="radio")], "请填写选项"),
        ([STORY, row(label="告知", field_type="consent", text_key="no")], "告知书的代号"),
    ],
)
def test_a_mistake_is_said_where_it_is_before_it_is_published(
    admin: Client, page: FormPage, rows: list[dict[str, Any]], sentence: str
) -> None:
    response = admin.post(add_url(page), posted(rows, **PUBLISH))
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert not FormPage.objects.filter(slug="new-form").exists()


def test_an_unfinished_form_can_be_kept_as_a_draft(admin: Client, page: FormPage) -> None:
    rows = [row(label="名", field_type="singleline"), row(label="选", field_type="radio")]
    assert admin.post(add_url(page), posted(rows)).status_code == 302
    form = FormPage.objects.get(slug="new-form")
    assert not form.live
    assert form.versions.count() == 0


def test_a_draft_can_be_looked_at_before_it_is_published(admin: Client, page: FormPage) -> None:
    page.form_fields.filter(label="发生了什么").update(label="草稿里的问题")
    page.refresh_from_db()
    page.save_revision()
    url = reverse("wagtailadmin_pages:view_draft", args=[page.pk])
    response = admin.get(url)
    assert response.status_code == 200
    assert "草稿里的问题" in response.content.decode()


def test_no_answers_are_listed_exported_or_deleted_in_the_admin(
    admin: Client, family: Family
) -> None:
    family.send()
    home = admin.get(reverse("wagtailadmin_home")).content.decode()
    assert reverse("wagtailforms:index") not in home
    listing = admin.get(reverse("wagtailforms:index")).content.decode()
    assert family.page.title not in listing
    for name in ("list_submissions", "list_submissions_results", "delete_submissions"):
        url = reverse(f"wagtailforms:{name}", args=[family.page.pk])
        for query in ("", "?export=csv", "?export=xlsx"):
            response = admin.get(url + query)
            assert response.status_code in (302, 403, 404)
            assert CANARY not in response.content.decode()


def test_a_form_with_submissions_is_not_deleted_and_it_says_why(
    admin: Client, family: Family
) -> None:
    family.send()
    index = family.page.get_parent()
    for page in (family.page, index, Page.objects.get(depth=2)):
        url = reverse("wagtailadmin_pages:delete", args=[page.pk])
        for response in (admin.get(url, follow=True), admin.post(url, follow=True)):
            assert "已经收到提交的内容，必须保留" in response.content.decode()
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    response = admin.post(f"{bulk}?id={family.page.pk}&next=/admin/", follow=True)
    assert "已经收到提交的内容，必须保留" in response.content.decode()
    assert Submission.objects.exists()
    assert FormPage.objects.filter(pk=family.page.pk).exists()


def test_an_unused_form_is_deleted_as_any_page(admin: Client, page: FormPage) -> None:
    url = reverse("wagtailadmin_pages:delete", args=[page.pk])
    assert admin.post(url).status_code == 302
    assert not FormPage.objects.filter(pk=page.pk).exists()


ASKED = row(label="远吗", field_type="radio", choices="near|近\nfar|远", clean_name="f0000000001")


def asking(key: str, value: str = "far") -> str:
    return json.dumps({"question": key, "is": "equals", "value": value})


def test_a_condition_may_ask_a_row_that_is_not_saved_yet(admin: Client, page: FormPage) -> None:
    follow_up = row(
        label="多远", field_type="number", clean_name="f0000000002", condition=asking("f0000000001")
    )
    response = admin.post(add_url(page), posted([STORY, ASKED, follow_up], **PUBLISH))
    assert response.status_code == 302, response.context["form"].errors
    (version,) = FormPage.objects.get(slug="new-form").versions.all()
    assert version.schema[2]["condition"]["question"] == "f0000000001"


def test_a_condition_follows_a_row_whose_key_is_given_anew(admin: Client, page: FormPage) -> None:
    asked = ASKED | {"clean_name": "distance"}
    follow_up = row(label="多远", field_type="number", condition=asking("distance"))
    admin.post(add_url(page), posted([STORY, asked, follow_up], **PUBLISH))
    (version,) = FormPage.objects.get(slug="new-form").versions.all()
    assert FIELD_KEY.fullmatch(version.schema[1]["key"])
    assert version.schema[2]["condition"]["question"] == version.schema[1]["key"]


def test_a_row_moved_above_what_it_asks_is_told_so_and_kept_as_a_draft(
    admin: Client, page: FormPage
) -> None:
    """What counts is the place on the screen, not the number the row was made with."""
    follow_up = row(label="多远", field_type="number", condition=asking("f0000000001"))
    data = posted([STORY, ASKED, follow_up], **PUBLISH)
    data |= {"form_fields-1-ORDER": "3", "form_fields-2-ORDER": "2"}
    response = admin.post(add_url(page), data)
    assert response.status_code == 200
    wrong = response.context["form"].formsets["form_fields"].forms[2]
    assert "“远吗”排在后面" in str(wrong.errors["condition"])
    del data["action-publish"]
    assert admin.post(add_url(page), data).status_code == 302


@pytest.mark.parametrize("condition", ["{", "[" * 9_000, '{"not":' * 1_400, "x" * 20_000])
def test_what_is_no_condition_is_refused_even_in_a_draft(
    admin: Client, page: FormPage, condition: str
) -> None:
    data = posted([STORY, row(label="多远", field_type="number", condition=condition)])
    response = admin.post(add_url(page), data)
    assert response.status_code == 200
    wrong = response.context["form"].formsets["form_fields"].forms[1]
    assert "condition" in wrong.errors


def test_the_row_that_ends_a_group_needs_no_words(admin: Client, page: FormPage) -> None:
    rows = [
        STORY,
        row(label="孩子", field_type="group"),
        row(label="几岁", field_type="number"),
        row(label="", field_type="group_end"),
    ]
    assert admin.post(add_url(page), posted(rows, **PUBLISH)).status_code == 302
    (version,) = FormPage.objects.get(slug="new-form").versions.all()
    assert [question["type"] for question in version.schema][1:] == ["group", "number", "group_end"]


def test_a_form_closes_after_it_opens_and_takes_at_least_one(admin: Client, page: FormPage) -> None:
    times: dict[str, Any] = {"opens_at": "2025-03-02 08:00", "closes_at": "2025-03-01 08:00"}
    html = admin.post(
        add_url(page), posted([STORY], most_submissions="0", **times)
    ).content.decode()
    assert "截止的时间应当在开始的时间以后" in html
    assert "请填写1以上的整数" in html


def test_the_editor_reads_what_publishing_will_change(admin: Client, page: FormPage) -> None:
    assert "问题与这份草稿相同" in admin.get(edit_url(page)).content.decode()
    draft = page.get_latest_revision_as_object()
    field = next(one for one in draft.form_fields.all() if one.label == "发生了什么")
    field.label = "您遇到了什么"
    draft.form_fields.add(field)
    draft.save_revision()
    html = admin.get(edit_url(page)).content.decode()
    assert "“发生了什么”改成了“您遇到了什么”。" in html


def test_a_long_form_opens_in_the_editor_in_few_queries(
    admin: Client, page: FormPage, django_assert_max_num_queries: Any
) -> None:
    rows = [STORY, *[row(label=f"问题{n}", field_type="singleline") for n in range(39)]]
    admin.post(add_url(page), posted(rows, **PUBLISH))
    form = FormPage.objects.get(slug="new-form")
    admin.get(edit_url(form))
    with django_assert_max_num_queries(60):
        admin.get(edit_url(form))


def test_every_state_of_a_form_can_be_looked_at_before_it_is_published(page: FormPage) -> None:
    names = [name for name, _label in page.preview_modes]
    assert names == ["", "errors", "check", "not-open", "closed", "full", "test", "receipt"]
    page.form_fields = [
        FormField(label="一", field_type="screen", sort_order=0),
        FormField(label="情况", field_type="multiline", role="story", sort_order=1),
        FormField(label="二", field_type="screen", sort_order=2),
        FormField(label="更多", field_type="singleline", sort_order=3),
    ]
    modes = dict(page.preview_modes)
    assert (modes["screen-1"], modes["screen-2"]) == ("第1页：一", "第2页：二")


def test_what_a_row_of_another_type_left_behind_is_dropped(admin: Client, page: FormPage) -> None:
    """Its settings are hidden: an error there would be seen by nobody."""
    left: dict[str, Any] = {"least": "3", "most": "9", "age_limit": "14", "text_key": "some-notice"}
    rows = [STORY, row(label="别名", field_type="singleline", **left)]
    assert admin.post(add_url(page), posted(rows, **PUBLISH)).status_code == 302
    field = FormPage.objects.get(slug="new-form").form_fields.get(label="别名")
    assert (field.least, field.most, field.age_limit, field.text_key) == (None, None, "", "")


def test_a_row_that_is_only_begun_is_kept_in_a_draft(admin: Client, page: FormPage) -> None:
    """The page saves itself after every step, also before the question is written."""
    begun = [STORY, row(label="", field_type="singleline")]
    assert admin.post(add_url(page), posted(begun)).status_code == 302
    form = FormPage.objects.get(slug="new-form")
    assert form.form_fields.count() == 2
    response = admin.post(add_url(page), posted(begun, slug="other", **PUBLISH))
    wrong = response.context["form"].formsets["form_fields"].forms[1]
    assert "label" in wrong.errors


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"role": "story", "field_type": "multiline"}, "role"),
        ({"role": "story"}, "role"),
        ({"field_type": "radio", "choices": "a|甲\na|乙"}, "choices"),
        ({"field_type": "number", "least": "3", "most": "2"}, "least"),
        ({"field_type": "phone", "sensitivity": "public"}, "sensitivity"),
        ({"field_type": "consent", "text_key": "gone"}, "text_key"),
    ],
)
def test_what_an_editor_passes_through_is_kept_and_not_published(
    admin: Client, page: FormPage, values: dict[str, Any], field: str
) -> None:
    rows = [STORY, row(**{"label": "问题", "field_type": "singleline"} | values)]
    assert admin.post(add_url(page), posted(rows)).status_code == 302
    response = admin.post(add_url(page), posted(rows, slug="other", **PUBLISH))
    assert field in response.context["form"].formsets["form_fields"].forms[1].errors


def test_answers_are_kept_by_the_vaults_terms_with_name_and_days(
    admin: Client, page: FormPage
) -> None:
    RetentionClass.objects.create(code="a-week", name="一周", days=7, source="测试用")
    html = admin.get(add_url(page)).content.decode()
    assert "一周（7天）" in html
    assert "没有提交的草稿" not in html
    rows = [STORY, row(label="别名", field_type="singleline", retention="a-week")]
    assert admin.post(add_url(page), posted(rows, **PUBLISH)).status_code == 302
    (version,) = FormPage.objects.get(slug="new-form").versions.all()
    assert version.schema[1]["retention"] == "a-week"
    rows[1]["retention"] = "for-ever"
    response = admin.post(add_url(page), posted(rows, slug="other"))
    html = response.content.decode()
    assert "没有代号为“for-ever”的保存期限，请从列表中选择。" in html
    # What was chosen is still chosen.
    assert "（已经没有）for-ever" in html


def test_files_in_a_group_are_refused_with_the_reason(admin: Client, page: FormPage) -> None:
    rows = [
        STORY,
        row(label="孩子", field_type="group"),
        row(label="几岁", field_type="number"),
        row(label="照片", field_type="files"),
        row(label="", field_type="group_end"),
    ]
    response = admin.post(add_url(page), posted(rows, **PUBLISH))
    wrong = response.context["form"].formsets["form_fields"].forms[3]
    assert "分不清属于哪一遍" in str(wrong.errors["field_type"])


def test_choices_pasted_from_word_lose_the_marks_of_its_list(admin: Client, page: FormPage) -> None:
    pasted = "•\t甲\r\n\uf0b7\t乙\x0b3.\t丙\r\n2. 个\r\n\r\n"
    rows = [STORY, row(label="哪个", field_type="radio", choices=pasted)]
    assert admin.post(add_url(page), posted(rows, **PUBLISH)).status_code == 302
    (version,) = FormPage.objects.get(slug="new-form").versions.all()
    assert [label for _value, label in version.schema[1]["choices"]] == ["甲", "乙", "丙", "2. 个"]


def test_what_was_moved_comes_back_where_it_was_moved_to(admin: Client, page: FormPage) -> None:
    """A form that is refused shows its rows in the order of the screen, with all that was typed."""
    rows = [
        STORY,
        row(label="排到最前", field_type="singleline"),
        row(label="", field_type="radio"),
    ]
    data = posted(rows, **PUBLISH) | {"form_fields-0-ORDER": "2", "form_fields-1-ORDER": "1"}
    html = admin.post(add_url(page), data).content.decode()
    assert html.index('value="排到最前"') < html.index('value="情况"')
    assert 'name="form_fields-1-ORDER" id="id_form_fields-1-ORDER" value="1"' in html
    assert 'name="form_fields-0-ORDER" id="id_form_fields-0-ORDER" value="2"' in html


def test_a_row_weighs_little_and_asks_nothing_of_the_database(
    admin: Client, page: FormPage
) -> None:
    """Forty rows of Wagtail's panels were 1.4 MB and took seconds."""
    sizes, queries = [], []
    for many in (10, 40):
        rows = [
            STORY,
            *[row(label=f"问题{n}", field_type="radio", choices="甲") for n in range(many)],
        ]
        admin.post(add_url(page), posted(rows, slug=f"with-{many}"))
        form = FormPage.objects.get(slug=f"with-{many}")
        admin.get(edit_url(form))
        with CaptureQueriesContext(connection) as asked:
            sizes.append(len(admin.get(edit_url(form)).content))
        queries.append(len(asked))
    assert queries[0] == queries[1]
    assert (sizes[1] - sizes[0]) / 30 < 14_000
