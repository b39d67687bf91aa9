"""A page with a Chinese title needs no address from its editor: it is given one."""

from __future__ import annotations

import pytest
from django.test import Client
from wagtail.models import Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from home.checklist.models import ServiceChecklistPage, ServicePage
from home.directory.models import User
from home.pages.slugs import free_slug, slug_of_words
from home.policies.models import (
    InterpretationIndexPage,
    InterpretationPage,
    PolicyIndexPage,
    PolicyPage,
)
from home.portal.models import HomePage, NewsIndexPage, NewsPage
from tests.portal.conftest import add, write_news

NO_ROWS = inline_formset([])
COMMENTS = {
    "TOTAL_FORMS": "0",
    "INITIAL_FORMS": "0",
    "MIN_NUM_FORMS": "0",
    "MAX_NUM_FORMS": "",
}


@pytest.fixture
def editor(client: Client, home: HomePage) -> Client:
    client.force_login(User.objects.create_superuser("editor", "editor@example.invalid", "x"))
    return client


def news_form(title: str, **more: object) -> dict[str, str]:
    data = {
        "title": title,
        "slug": "",
        "published_on": "2026-11-02",
        "department": "",
        "source": "",
        "summary": "",
        "keywords": "",
        "body": rich_text("<p>正文。</p>"),
        "comments": COMMENTS,
    }
    return nested_form_data(data | more)


def create(editor: Client, model: type[Page], parent: Page, data: dict[str, str]) -> int:
    label = model._meta
    address = f"/admin/pages/add/{label.app_label}/{label.model_name}/{parent.pk}/"
    return editor.post(address, data).status_code


def test_a_draft_with_a_chinese_title_is_saved_and_has_an_address(
    editor: Client, news: NewsIndexPage
) -> None:
    assert create(editor, NewsPage, news, news_form("儿童福利工作动态")) == 302
    page = NewsPage.objects.get()
    assert (page.slug, page.url_path) == ("etflgzdt", f"{news.url_path}etflgzdt/")
    assert page.latest_revision.content["slug"] == "etflgzdt"


def test_autosave_keeps_a_new_page_and_its_later_words(editor: Client, news: NewsIndexPage) -> None:
    asks = {"HTTP_ACCEPT": "application/json"}
    address = f"/admin/pages/add/portal/newspage/{news.pk}/"
    answer = editor.post(address, news_form("儿童"), **asks)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.content
    # The page stays open, its field of the address still empty: the address follows the title.
    more = news_form("儿童福利") | {"overwrite_revision_id": str(answer.json()["revision_id"])}
    again = editor.post(answer.json()["url"], more, **asks)  # type: ignore[arg-type]
    assert again.status_code == 200, again.content
    page = NewsPage.objects.get()
    assert (page.title, page.slug) == ("儿童福利", "etfl")


def test_a_second_page_of_the_same_sounds_is_numbered(editor: Client, news: NewsIndexPage) -> None:
    for _each in range(3):
        assert create(editor, NewsPage, news, news_form("儿童福利")) == 302
    slugs = NewsPage.objects.order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["etfl", "etfl-2", "etfl-3"]


def test_an_address_that_the_editor_types_is_kept(editor: Client, news: NewsIndexPage) -> None:
    assert create(editor, NewsPage, news, news_form("儿童福利", slug="welfare")) == 302
    assert NewsPage.objects.get().slug == "welfare"


def test_an_emptied_address_of_a_public_page_stays_what_it_was(
    editor: Client, news: NewsIndexPage
) -> None:
    page = write_news(news, "a")
    data = news_form("改了标题")
    assert editor.post(f"/admin/pages/{page.pk}/edit/", data).status_code == 302
    page.refresh_from_db()
    assert (page.slug, page.get_latest_revision().content["slug"]) == ("a", "a")


def test_a_title_does_not_write_into_the_field_of_the_address(
    editor: Client, news: NewsIndexPage
) -> None:
    """2026年的工作 would otherwise become "2026", and the next year's page would be refused."""
    answer = editor.get(f"/admin/pages/add/portal/newspage/{news.pk}/")
    body = answer.content.decode()
    assert "w-sync#apply" not in body
    assert "留空则自动生成" in body


def test_an_interpretation_with_a_chinese_title_is_saved(editor: Client, home: HomePage) -> None:
    index = add(home, InterpretationIndexPage(title="政策解读", slug="interpretations"))
    data = nested_form_data(
        {
            "title": "怎样上学",
            "slug": "",
            "summary": "说明",
            "published_on": "",
            "department": "",
            "keywords": "",
            "form": "",
            "body": streamfield([]),
            "clause_links": NO_ROWS,
            "comments": COMMENTS,
        }
    )
    assert create(editor, InterpretationPage, index, data) == 302
    assert InterpretationPage.objects.get().slug == "zysx"


def test_a_policy_gets_its_address_from_its_number_and_a_service_from_its_code(
    home: HomePage,
) -> None:
    policies = add(home, PolicyIndexPage(title="政策文件", slug="policies"))
    policy = add(
        policies,
        PolicyPage(title="关于某事的通知", document_number="辽民发〔2025〕10号", live=False),
    )
    assert policy.slug == "lmf-2025-10"
    unnumbered = add(policies, PolicyPage(title="关于某事的通知", live=False))
    assert unnumbered.slug == "gymsdtz"
    checklist = add(home, ServiceChecklistPage(title="服务清单", slug="services"))
    service = add(checklist, ServicePage(title="临时救助", code="A-03", live=False))
    assert service.slug == "a-03"


def test_the_form_of_a_copy_offers_an_address_that_is_free(
    editor: Client, news: NewsIndexPage
) -> None:
    page = write_news(news, "a")
    address = f"/admin/pages/{page.pk}/copy/"
    form = editor.get(address).context["form"]
    assert form["new_slug"].value() == "a-2"
    sent = {"new_title": "另一篇", "new_slug": "", "new_parent_page": str(news.pk)}
    assert editor.post(address, sent).status_code == 302
    assert NewsPage.objects.exclude(pk=page.pk).get().slug == "lyp"


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("2026年 A类 儿童", "2026-n-a-l-et"),
        ("Annual report", "annual-report"),
        ("𠮷囍", ""),
        ("儿" * 80, "e" * 50),
    ],
)
def test_titles_are_spelt_by_their_initials(title: str, slug: str) -> None:
    assert slug_of_words(title) == slug


def test_a_title_of_which_nothing_can_be_spelt_gets_the_day(news: NewsIndexPage) -> None:
    page = add(news, NewsPage(title="囍", live=False))
    assert len(page.slug) == 8
    assert page.slug.isdigit()


def test_a_numbered_address_is_no_longer_than_others(news: NewsIndexPage) -> None:
    longest = "e" * 50
    write_news(news, longest)
    assert free_slug(longest, news) == "e" * 48 + "-2"
