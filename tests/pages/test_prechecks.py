"""The pre-publication check: what it finds on pages, how severe it is, and that it can't be evaded.

All pages, names and numbers are made up.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from wagtail import blocks
from wagtail.actions.publish_page_revision import PublishPageRevisionAction
from wagtail.contrib.redirects.models import Redirect
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Collection, Page, PageLogEntry, PageViewRestriction

from home.directory.models import Area, AreaLevel, Department, Unit
from home.pages import checked, prechecks
from home.pages.checked import PageCheck
from home.pages.checking import walk
from home.pages.models import PrecheckSettings, SiteDocument, SiteImage, SiteSettings
from home.pages.prechecks import Finding, NotReady, Rule, Severity
from home.policies.models import (
    ClauseKey,
    InterpretationClause,
    InterpretationPage,
    PolicyPage,
)
from home.portal.models import HomePage, NewsIndexPage, NewsPage
from tests.pages.prechecked import clause, draft_news, draft_policy, make_home

pytestmark = pytest.mark.django_db

IDENTITY = "11010519491231002X"
MOBILE = "13912345678"


@pytest.fixture
def home() -> HomePage:
    return make_home()


def codes(page: Page) -> list[str]:
    return [finding.code for finding in prechecks.findings(page)]


def one(page: Page, code: str) -> Finding:
    [found] = [finding for finding in prechecks.findings(page) if finding.code == code]
    return found


# ── every text, with its place ──────────────────────────────────────────────────────────────────


def test_a_page_with_nothing_to_mend_has_no_findings(home: HomePage) -> None:
    assert codes(draft_news()) == []


@pytest.mark.parametrize(
    ("fields", "place", "field"),
    [
        ({"title": f"关于{IDENTITY}"}, "标题", "title"),
        ({"summary": IDENTITY}, "摘要", "summary"),
        ({"body": f"<ul><li>见{IDENTITY}</li></ul>"}, "正文", "body"),
        ({"search_description": IDENTITY}, None, "search_description"),
    ],
)
def test_every_text_is_read_and_its_place_named(
    home: HomePage, fields: dict[str, str], place: str | None, field: str
) -> None:
    finding = one(draft_news(**fields), "personal-identity")
    assert finding.severity == Severity.BLOCK
    assert finding.field == field
    assert place is None or finding.place == place
    assert IDENTITY not in finding.message


def test_a_clause_is_named_as_it_is_cited(home: HomePage) -> None:
    policy = draft_policy(
        clause("2", "二、", "", heading="工作任务"),
        clause("2-2", "(二)", f"手机{MOBILE}", parent_key="2", level=2),
    )
    row = policy.clauses.get(key="2-2")
    finding = one(policy, "personal-mobile")
    assert (finding.place, finding.field) == ("二(二) · 正文", f"clauses.{row.pk}.text")


def test_a_clause_that_was_never_saved_is_named_by_its_place_among_the_others(
    home: HomePage,
) -> None:
    policy = draft_policy()
    policy.clauses.add(clause("3", "三、", MOBILE))
    assert one(policy, "personal-mobile").field == "clauses.@2.text"


def test_blocks_are_read_and_counted_as_readers_count_them(home: HomePage) -> None:
    page = InterpretationPage(
        title="示例解读",
        slug="i",
        summary="示例",
        body=json.dumps(
            [
                {"type": "question_answer", "value": {"question": "问？", "answer": "<p>答。</p>"}},
                {
                    "type": "question_answer",
                    "id": "5f9a",
                    "value": {"question": "谁？", "answer": "<p>孤儿张小明</p>"},
                },
            ]
        ),
    )
    finding = one(page, "personal-name")
    assert (finding.place, finding.field) == ("问答第2条 · 答", "body.5f9a.answer")


def test_the_revision_that_would_be_published_is_read_and_not_the_live_row(home: HomePage) -> None:
    page = draft_news()
    page.save_revision().publish()
    page.body = f"<p>{MOBILE}</p>"
    draft = page.save_revision().as_object()
    assert codes(draft) == ["personal-mobile"]
    assert codes(Page.objects.get(pk=page.pk).specific) == []


# ── telephone numbers that are public ───────────────────────────────────────────────────────────


def test_numbers_of_units_and_of_the_site_may_stand_in_a_text(home: HomePage) -> None:
    area = Area.objects.create(
        code="990100", name="示例市", full_name="示例省示例市", level=AreaLevel.CITY
    )
    department = Department.objects.create(
        code="sample", name="示例厅", short_name="示例", local_name="示例局"
    )
    Unit.objects.create(
        department=department, area=area, name="示例局", phone="024-20000001、13900000002"
    )
    SiteSettings.objects.update_or_create(defaults={"contact": "电话：024-20000003"})
    page = draft_news(
        "<p>电话：024 20000001，20000003，手机13900000002。请拨打110、12345或12355。</p>"
        "<p>联系电话：20000001</p>"
    )
    assert codes(page) == []
    page.body += "<p>024-20000009</p><p>13900000009</p>"
    assert sorted(codes(page)) == ["personal-landline", "personal-mobile"]


# ── links ───────────────────────────────────────────────────────────────────────────────────────


def linking(address: str) -> str:
    return f'<p><a href="{address}">看这里</a></p>'


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.gov.cn/a.htm", []),
        ("https://www.gov.cn/关于.htm", []),
        ("mailto:sample@example.cn", []),
        ("tel:024-12345", []),
        ("/news/", []),
        ("/news", []),
        ("http://localhost/news/", []),
        ("/", []),
        ("/search/?q=上学", []),
        ("/track/", []),
        ("/static/img/mark.svg", []),
        ("/news/nothing/", ["link-gone"]),
        ("http://localhost/nothing/", ["link-gone"]),
        ("/news/news-0/clauses/1/", ["link-gone"]),
        ("/admin/pages/3/", ["link-admin"]),
        ("www.gov.cn", ["link-malformed"]),
        ("http:/www.gov.cn", ["link-malformed"]),
        ("htp://www.gov.cn", ["link-malformed"]),
        ("https://www.gov.cn，", ["link-malformed"]),
        ("https://www.gov cn/", ["link-malformed"]),
        ("http://[::1", ["link-malformed"]),
        ("mailto:sample", ["link-malformed"]),
        ("javascript:alert(1)", ["link-malformed"]),
        ("", ["link-malformed"]),
        ("/news/%00", ["link-malformed"]),
        ("/news/\x00", ["link-malformed"]),
        ("/documents/99999/x.pdf", ["link-gone"]),
    ],
)
def test_where_an_address_leads(home: HomePage, address: str, expected: list[str]) -> None:
    page = draft_news()
    # In hand and not saved: PostgreSQL keeps no NUL.
    page.body = linking(address)
    assert codes(page) == expected


def to_page(pk: int) -> str:
    return f'<p><a linktype="page" id="{pk}">看这里</a></p>'


def test_links_to_pages_that_readers_can_not_open(home: HomePage) -> None:
    draft = draft_news(title="还没发布")
    assert codes(draft_news(to_page(99999))) == ["link-gone"]
    finding = one(draft_news(to_page(draft.pk)), "link-draft")
    assert "《还没发布》还没有发布" in finding.message
    index = NewsIndexPage.objects.get()
    assert codes(draft_news(to_page(index.pk))) == []
    PageViewRestriction.objects.create(page=index, restriction_type="login")
    assert codes(draft_news(to_page(index.pk))) == ["link-draft"]


def test_a_page_may_link_to_itself_and_to_what_goes_out_with_it(home: HomePage) -> None:
    first, second = draft_news(), draft_news()
    first.body = to_page(first.pk) + to_page(second.pk)
    assert codes(first) == ["link-draft"]
    with prechecks.going_out_together([first.pk, second.pk]):
        assert codes(first) == []
    assert codes(first) == ["link-draft"]


def test_a_path_that_is_redirected_leads_on(home: HomePage) -> None:
    page = draft_news(linking("/old/"))
    assert codes(page) == ["link-gone"]
    Redirect.objects.create(old_path="/old", redirect_link="/news/")
    assert codes(page) == []


def test_links_to_clauses(home: HomePage) -> None:
    policy = draft_policy()
    policy.save_revision().publish()
    at = "/policies/sample-1/"
    assert codes(draft_news(linking(f"{at}#c-1") + linking(f"{at}clauses/1/"))) == []
    finding = one(draft_news(linking(f"{at}#c-9")), "link-clause-gone")
    assert "《示例文件》" in finding.message
    assert codes(draft_news(linking(f"{at}clauses/9/"))) == ["link-clause-gone"]
    assert codes(draft_news(linking(f"{at}no/such/"))) == ["link-gone"]


def test_links_to_documents(home: HomePage) -> None:
    collection = Collection.get_first_root_node().add_child(name="内部")
    document = SiteDocument.objects.create(title="示例表", file=ContentFile(b"%PDF-", "a.pdf"))
    to_document = f'<p><a linktype="document" id="{document.pk}">表</a></p>'
    assert codes(draft_news(to_document)) == []
    assert codes(draft_news(linking(f"/documents/{document.pk}/a.pdf"))) == []
    collection.view_restrictions.create(restriction_type="login")
    SiteDocument.objects.update(collection=collection)
    assert codes(draft_news(to_document)) == ["link-draft"]
    SiteDocument.objects.all().delete()
    assert codes(draft_news(to_document)) == ["link-gone"]


# ── pictures ────────────────────────────────────────────────────────────────────────────────────


def picture(**fields: Any) -> SiteImage:
    values = {"title": "示例图", "file": get_test_image_file("sample.png")}
    return SiteImage.objects.create(**(values | fields))


def test_pictures_without_a_text_for_who_can_not_see_them(home: HomePage) -> None:
    image = picture()
    embed = f'<embed embedtype="image" id="{image.pk}" format="left"'
    assert codes(draft_news(f'{embed} alt="两个孩子在看书"/>')) == []
    assert codes(draft_news(f"{embed}/>")) == ["image-without-text"]
    assert codes(draft_news(f'{embed} alt=""/>')) == ["image-decorative"]
    image.delete()
    assert codes(draft_news(f'{embed} alt="图"/>')) == ["image-gone"]


@pytest.mark.parametrize(
    "name",
    [
        "IMG_2032.png",
        "IMG_2032",
        "DSC0001",
        "DSC_0001.JPG",
        "微信图片_20260105123456",
        "微信图片_20260105123456.jpg",
        "活动现场.webp",
        "Screenshot 2026-01-05 at 10.20.30",
        "屏幕截图 2026-01-05 102030",
        "mmexport1767580000000",
        "20260105_102030",
        "图片1",
        "sample",
    ],
)
def test_the_name_of_a_file_is_no_alternative_text(home: HomePage, name: str) -> None:
    image = picture(description=name)
    finding = one(
        draft_news(f'<embed embedtype="image" id="{image.pk}" alt="{name}"/>'),
        "image-without-text",
    )
    assert finding.severity == Severity.BLOCK
    assert name[:40] in finding.message
    assert image.default_alt_text == ""


@pytest.mark.parametrize(
    "said",
    ["两个孩子在看书", "图片上两个孩子在看书", "2025年救助流程图", "照片里的示例楼", "IMG标志"],
)
def test_words_about_a_picture_are_its_alternative_text(home: HomePage, said: str) -> None:
    image = picture(description=said)
    assert codes(draft_news(f'<embed embedtype="image" id="{image.pk}" alt="{said}"/>')) == []
    assert image.default_alt_text == said


def test_a_name_in_the_title_or_text_of_a_picture_is_found(home: HomePage) -> None:
    alt = "孤儿张小明在看书"
    image = picture()
    assert codes(draft_news(f'<embed embedtype="image" id="{image.pk}" alt="{alt}"/>')) == [
        "personal-name"
    ]
    # Wagtail keeps of a file's name what is ASCII, and makes of the whole the picture's title.
    named = picture(title="孤儿张小明")
    finding = one(
        draft_news(f'<embed embedtype="image" id="{named.pk}" alt="看书"/>'), "personal-name"
    )
    assert finding.place == "正文 · 图片文件"


# ── metadata and wording ────────────────────────────────────────────────────────────────────────


def test_what_news_lacks_is_named(home: HomePage) -> None:
    page = draft_news(summary="", source="", published_on=timezone.localdate() + timedelta(days=3))
    found = prechecks.findings(page)
    assert {(one.code, one.field) for one in found} == {
        ("missing-summary", "summary"),
        ("missing-source", "source"),
        ("date-in-future", "published_on"),
    }
    assert {one.severity for one in found} == {Severity.WARN}
    page.go_live_at = timezone.now() + timedelta(days=3)
    assert "date-in-future" not in codes(page)


def test_a_title_too_long_for_lists(home: HomePage) -> None:
    assert codes(draft_news(title="长" * 80)) == []
    assert codes(draft_news(title="长" * 81)) == ["long-title"]


def test_many_of_a_kind_in_one_text_are_one_finding(home: HomePage) -> None:
    finding = one(draft_news("<p>待填，____，XX，TODO</p>"), "placeholder")
    assert "等4处" in finding.message


# ── how severe: the house decides ───────────────────────────────────────────────────────────────


def decide(**severities: str) -> None:
    PrecheckSettings.objects.update_or_create(
        defaults={"severities": {code.replace("_", "-"): word for code, word in severities.items()}}
    )


def test_the_house_decides_what_blocks_what_warns_and_what_is_not_looked_at(
    home: HomePage,
) -> None:
    page = draft_news(f"<p>{MOBILE}</p>", summary="")
    assert [f.severity for f in prechecks.findings(page)] == [Severity.BLOCK, Severity.WARN]
    decide(personal_mobile="warn", missing_summary="block")
    assert {f.code: f.severity for f in prechecks.findings(page)} == {
        "personal-mobile": Severity.WARN,
        "missing-summary": Severity.BLOCK,
    }
    decide(personal_mobile="off", missing_summary="off")
    assert prechecks.findings(page) == []


def test_what_the_house_says_of_unknown_codes_or_in_unknown_words_decides_nothing(
    home: HomePage,
) -> None:
    page = draft_news(f"<p>{MOBILE}</p>")
    decide(personal_mobile="perhaps", no_such_rule="block")
    assert one(page, "personal-mobile").severity == Severity.BLOCK


def test_a_code_that_nobody_declared_is_as_severe_as_its_check_says(
    home: HomePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlucky(page: Page) -> list[Finding]:
        return [Finding("made-up", Severity.BLOCK, "示例。")]

    monkeypatch.setattr(prechecks, "_checks", [])
    prechecks.register(unlucky)
    assert prechecks.reasons_not_to_publish(draft_news()) == ["示例。"]


def test_a_code_is_declared_once() -> None:
    codes = [rule.code for rule in prechecks.rules()]
    assert len(codes) == len(set(codes)) > 30
    with pytest.raises(ValueError, match="twice"):
        prechecks.declare(Rule("personal-mobile", Severity.WARN, "", ""))


# ── no way around it ────────────────────────────────────────────────────────────────────────────


def by_revision(page: Page) -> None:
    page.get_latest_revision().publish()


def by_page(page: Page) -> None:
    page.publish(page.get_latest_revision())


def by_action(page: Page) -> None:
    user = get_user_model().objects.create_superuser("sample-root")
    PublishPageRevisionAction(page.get_latest_revision(), user=user).execute(
        skip_permission_checks=True
    )


@pytest.mark.parametrize("publish", [by_revision, by_page, by_action])
def test_what_blocks_is_not_published_by_any_way(
    home: HomePage, publish: Callable[[Page], None]
) -> None:
    page = draft_news(f"<p>{MOBILE}</p>")
    with pytest.raises(NotReady) as refused:
        publish(page)
    assert refused.value.reasons == [
        "正文：手机号码（139******78）没有登记为公开电话。请删去；确是公开的，请先登记到单位信息或站点信息。"
    ]
    page.refresh_from_db()
    assert not page.live
    page.body = "<p>正文。</p>"
    page.save_revision()
    publish_again = page.get_latest_revision()
    publish_again.publish()
    page.refresh_from_db()
    assert page.live


def test_a_page_that_is_live_keeps_its_text_when_the_next_one_is_refused(home: HomePage) -> None:
    page = draft_news()
    page.save_revision().publish()
    page.body = f"<p>{IDENTITY}</p>"
    with pytest.raises(NotReady):
        page.save_revision().publish()
    page.refresh_from_db()
    assert page.body == "<p>正文。</p>"
    assert page.live


def test_what_only_warns_goes_out(home: HomePage) -> None:
    page = draft_news(summary="")
    page.save_revision().publish()
    page.refresh_from_db()
    assert page.live


def test_an_operator_may_override_with_a_reason_and_it_is_logged(
    home: HomePage, caplog: pytest.LogCaptureFixture
) -> None:
    page = draft_news(f"<p>{MOBILE}</p>")
    with caplog.at_level(logging.WARNING), prechecks.overridden("旧站迁移"):
        page.get_latest_revision().publish()
    page.refresh_from_db()
    assert page.live
    assert "旧站迁移" in caplog.text
    assert MOBILE not in caplog.text
    entry = PageLogEntry.objects.get(page=page.pk, action="pages.check_overridden")
    assert entry.data["reason"] == "旧站迁移"
    assert len(entry.data["findings"]) == 1


def test_an_override_needs_a_reason_and_ends_with_its_block(home: HomePage) -> None:
    with pytest.raises(ValueError, match="reason"), prechecks.overridden(" "):
        pass
    page = draft_news(f"<p>{MOBILE}</p>")
    with prechecks.overridden("示例"):
        pass
    with pytest.raises(NotReady):
        page.get_latest_revision().publish()


# ── the report's results ────────────────────────────────────────────────────────────────────────


def test_live_pages_are_looked_at_again_and_what_rotted_is_kept(home: HomePage) -> None:
    target = draft_news()
    target.save_revision().publish()
    page = draft_news(to_page(target.pk))
    page.save_revision().publish()
    while checked.check_live_pages(limit=2):
        pass
    assert PageCheck.objects.get(page=page.pk).findings == []
    assert not checked.pages_due().exists()
    target.refresh_from_db()
    target.unpublish()
    assert checked.check_live_pages(limit=10) == 0  # it is not its turn yet
    checked.forget_results()
    checked.check_live_pages(limit=10)
    result = PageCheck.objects.get(page=page.pk)
    assert [finding.code for finding in result.findings] == ["link-draft"]
    assert (result.blocking, result.warnings) == (1, 0)


def test_a_page_that_is_published_anew_is_due_again(home: HomePage) -> None:
    page = draft_news()
    page.save_revision().publish()
    checked.check_live_pages(limit=10)
    page.save_revision().publish()
    assert list(checked.pages_due().values_list("pk", flat=True)) == [page.pk]


# ── any text ────────────────────────────────────────────────────────────────────────────────────

HTML = st.lists(
    st.one_of(
        st.sampled_from(
            ['<a href="', '<a linktype="page" id="', '<embed embedtype="image" id="', '">', "</a>"]
            + [
                "/news/",
                "//",
                "[",
                "%00",
                "#c-",
                "mailto:",
                "<p>",
                "</p>",
                "-1",
                "9" * 30,
                "附件：",
            ]
        ),
        st.text(max_size=20),
    ),
    max_size=12,
).map("".join)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(HTML)
def test_no_rich_text_and_no_address_breaks_the_check(home: HomePage, html: str) -> None:
    news = NewsIndexPage.objects.get()
    page = NewsPage(title="示例", slug="sample", body=html, path=f"{news.path}9999", depth=4)
    prechecks.findings(page)
    policy = PolicyPage(title="示例", slug="sample", preamble=html, path=page.path, depth=4)
    prechecks.findings(policy)


# ── speed ───────────────────────────────────────────────────────────────────────────────────────


def test_a_policy_of_100_clauses_is_checked_with_few_queries(
    home: HomePage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    text = "各市要建立台账。根据示民发〔2026〕1号，困境儿童关爱服务由民政部门负责。" * 8
    policy = draft_policy(
        *(clause(f"1-{n}", f"({n})", text, parent_key="1", level=2) for n in range(1, 101))
    )
    index = policy.get_parent()
    page = InterpretationPage(title="解读", slug="i", summary="示例", body="[]")
    index.get_siblings(inclusive=False).get(slug="interpretations").add_child(instance=page)
    InterpretationClause.objects.create(
        page=page, clause_key=ClauseKey.objects.create(policy=policy, key="1-1")
    )
    draft = policy.get_latest_revision_as_object()
    # The settings, the calendar, the interpretations, the last edition, whether it is a copy.
    with django_assert_max_num_queries(5):
        prechecks.findings(draft)
    row = type(policy).objects.get(pk=policy.pk)
    with django_assert_max_num_queries(14):
        prechecks.findings(row)


def test_the_number_of_links_does_not_change_the_number_of_queries(
    home: HomePage, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    pages = [draft_news() for _ in range(10)]
    body = "".join(to_page(page.pk) + linking(f"/news/{page.slug}/") for page in pages)
    page = draft_news(body)
    with django_assert_max_num_queries(5):
        assert len(prechecks.findings(page)) == 20


def test_the_editors_handbook_lists_every_rule_with_its_default() -> None:
    handbook = (Path(__file__).resolve().parents[2] / "docs" / "editing.md").read_text("utf-8")
    for rule in prechecks.rules():
        word = "必须改" if rule.severity == Severity.BLOCK else "请留意"
        assert f"| {rule.group} | {rule.label} | {word} | {rule.source or '—'} |" in handbook


class FilmBlock(blocks.StructBlock):
    video = DocumentChooserBlock(label="视频文件")
    transcript = blocks.RichTextBlock(label="文字稿", required=False)


class PictureBlock(blocks.StructBlock):
    image = ImageChooserBlock(label="图片")
    text = blocks.RichTextBlock(label="文字内容", required=False)


def walked(block: blocks.StructBlock, **values: Any) -> walk.Content:
    content = walk.Content()
    walk._walk_block(block, block.to_python(values), walk.Spot(), content)
    return content


def test_a_film_has_its_transcript_beside_it_and_a_picture_its_text(home: HomePage) -> None:
    film = SiteDocument.objects.create(title="示例", file=ContentFile(b"0", "a.mp4"))
    [silent] = walked(FilmBlock(), video=film.pk, transcript="<p></p>").videos
    assert (silent.transcript, silent.spot) == ("", walk.Spot("视频文件", "video"))
    [told] = walked(FilmBlock(), video=film.pk, transcript="<p>你好。</p>").videos
    assert told.transcript == "你好。"
    assert walked(FilmBlock(), video=None, transcript="<p>你好。</p>").videos == []
    image = picture()
    assert walked(PictureBlock(), image=image.pk, text="").pictures[0].alt is None
    assert walked(PictureBlock(), image=image.pk, text="<p>两步。</p>").pictures[0].alt == "两步。"
